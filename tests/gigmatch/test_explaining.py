"""Explanations in words: every failure and every standing has a sentence in both languages."""

import re
from pathlib import Path

import msgspec
import pytest

from events.facts import JobCancelled
from events.outcomes import Reason
from events.texts import LANGUAGES, table, text
from events.values import Crew, Interval, Place
from gigmatch.explaining import NEAR_KM, failure_words, job_lines, pair_lines
from matching.constraints import CONSTRAINTS, Failure
from matching.explain import explain_job, explain_pair
from tests.matching.scenario import Scenario
from tests.town import HOUR, NOW, ZONE

SAID = {
    Failure(code="employer_blocked", unit="list"): "on the lost-trust list",
    Failure(code="crew"): "comes with a crew, whose leader has to be asked",
    Failure(code="crew", by=4.0, unit="people"): "brings a crew of 4, and the job takes no crews",
    Failure(code="crew", by=2.0, unit="places"): "their crew is larger by 2 than the places left",
    Failure(code="distance", by=0.001, unit="km"): "0.001 km farther than",
    Failure(code="pay_floor", by=12_345.5, unit="yuan_day"): "12345.5 yuan a day below",
    Failure(code="skill", missing=("cook", "mason")): "lacks cook, mason",
}


@pytest.mark.parametrize("failure", SAID, ids=lambda failure: f"{failure.code} {failure.unit}")
def test_a_failure_says_by_how_much(failure: Failure) -> None:
    assert SAID[failure] in failure_words(failure, "en")
    assert failure_words(failure, "zh-CN")


def test_every_constraint_has_a_sentence() -> None:
    said = {key.split(".")[1] for key in table() if key.startswith("failure.")}
    assert said == set(CONSTRAINTS)


@pytest.mark.parametrize(
    ("km", "words"), [(2.9, "near home +0.200"), (3.0, "the way suits +0.200")]
)
def test_a_way_that_speaks_for_somebody_is_near_only_when_it_is_short(
    km: float, words: str
) -> None:
    town = Scenario()
    town.available("W-1")
    town.posted()
    told = explain_job(town.market, "J-1")
    line = msgspec.structs.replace(
        told.ranking[0], distance_km=km, reasons=(Reason(code="near", contribution=0.2),)
    )
    said = job_lines(msgspec.structs.replace(told, ranking=(line,)), "en")
    assert said[-1].endswith(words)


def test_pages_and_the_command_line_call_the_same_ways_near() -> None:
    words = Path("gateway/static/words.js").read_text(encoding="utf-8")
    assert f"const NEAR_KM = {NEAR_KM};" in words


def test_who_fails_several_is_told_the_one_that_counts_first() -> None:
    town = Scenario()
    town.available(
        skills=(),
        pay_floor_fen_day=20_000,
        windows=(Interval(start=NOW, end=NOW + 30 * HOUR),),
        crew=Crew(leader_id="W-9", size=3),
        birth_year=2012,
    )
    town.posted(certificates=("health",))
    told = explain_pair(town.market, "J-1", "W-1")
    assert pair_lines(told, "en") == [
        "W-1 does not fit J-1: lacks tea_picking",
        "  also: lacks the certificate health",
        "  also: 2 years short of the minimum age",
        "  also: comes with a crew, whose leader has to be asked",
        "  also: 3 hours lie outside the times they can work",
        "  also: 50 yuan a day below the pay they want",
    ]


def test_what_has_passed_between_the_two_is_said() -> None:
    town = Scenario()
    town.available("W-1")
    town.available("W-2")
    town.posted(headcount=2)
    town.accepts("W-1")
    town.declines("W-2")
    booked, declined = (explain_pair(town.market, "J-1", id) for id in ("W-1", "W-2"))
    assert pair_lines(booked, "en") == ["W-1 is booked for it"]
    assert pair_lines(declined, "en")[0] == "W-2 has declined it on these terms"
    assert "number 1 for J-1" in pair_lines(declined, "en")[1]


def test_that_a_job_is_closed_is_said_first() -> None:
    """The first of a filled job was told that they are number 1 for it, and nothing else."""
    town = Scenario()
    town.available("W-1")
    town.available("W-2")
    town.posted()
    told = pair_lines(explain_pair(town.market, "J-1", "W-2"), "en")
    assert told[0] == "W-2 has an open offer for it"
    town.accepts("W-1")
    for hours, words in ((0, "J-1 is filled: nobody"), (34, "the work of J-1 is over: nobody")):
        town.passes(hours)
        told = pair_lines(explain_pair(town.market, "J-1", "W-2"), "en")
        assert told[0].startswith(words)
        assert told[1].startswith("W-2 is number 1 for J-1")
        told = pair_lines(explain_pair(town.market, "J-1", "W-1"), "en")
        assert told[0].startswith(words)
        assert told[1:] == ["W-1 is booked for it"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("happens", ["expires", "is cancelled"])
def test_every_way_to_close_a_job_has_a_sentence(happens: str, language: str) -> None:
    town = Scenario()
    town.available("W-1", skills=())
    town.posted()
    if happens == "expires":
        town.passes(25)
    else:
        town.happens(JobCancelled(job_id="J-1", zone=ZONE))
    told = pair_lines(explain_pair(town.market, "J-1", "W-1"), language)
    assert len(told) == 2
    assert "J-1" in told[0]
    assert "W-1" in told[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ranking_is_told(language: str) -> None:
    town = Scenario()
    town.available("W-1")
    town.available("W-2", skills=())
    town.posted()
    head, reach, excluded, line = job_lines(explain_job(town.market, "J-1"), language)
    assert "J-1" in head
    assert re.findall(r"\d+", reach) == ["20", "10"]
    assert excluded.endswith(": 1")
    assert "W-1" in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_far_a_job_looks_and_who_lives_farther_is_told(language: str) -> None:
    town = Scenario()
    town.available("W-1")
    town.available("W-far", station_id=f"{ZONE}-10", place=Place(lat=29.76, lon=103.48))
    town.posted()
    *_, beyond = pair_lines(explain_pair(town.market, "J-1", "W-far"), language)
    assert re.findall(r"(?<!J-)\b\d+", beyond) == ["2", "20"]
    assert len(pair_lines(explain_pair(town.market, "J-1", "W-1"), language)) == 2
    town.passes(20 / 60)
    _, reach, *_ = job_lines(explain_job(town.market, "J-1"), language)
    assert reach.strip() == text("explain.reach.all", language)
    assert "W-far" in pair_lines(explain_pair(town.market, "J-1", "W-far"), language)[-1]
    assert explain_pair(town.market, "J-1", "W-far").reached_at is None
