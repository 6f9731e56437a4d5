"""Decisions of a log made again under another model or policy."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from events.envelope import Record
from events.facts import ClockTicked, Fact, PolicyChanged
from events.outcomes import OfferMade
from events.values import Place, Policy
from gigmatch.commands.what_if import register
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from matching.scorer import Features, Probabilities, RuleScorer, rules_only
from models.alternatives import Alternative, Decision, DecisionReplay
from models.off_policy import what_if
from models.registry import Registry
from tests.matching.scenario import JOB, WORKER
from tests.models.logbook import LogBook, live_through
from tests.system.matchers import town_log
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

runner = CliRunner()


class Backwards(RuleScorer):
    """Likes best whom the rules like least."""

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        accept, complete = super().probabilities(features)
        return 1 - accept * complete, np.ones(len(features))


@pytest.fixture(scope="module")
def log() -> list[Record]:
    return town_log(days=0.5)


def replayed(log: list[Record], alternative: Alternative) -> DecisionReplay:
    replay = DecisionReplay(1, rules_only, alternative)
    for record in log:
        replay.feed(record)
    return replay


def differing(decisions: list[Decision]) -> float:
    offers = sum(len(one.asked) for one in decisions)
    other = sum(
        len({offer.option.id for offer in one.asked} - {option.id for option in one.chosen})
        for one in decisions
    )
    return other / offers


def test_every_offer_but_those_of_a_long_wait_is_a_decision(log: list[Record]) -> None:
    engine, offers = Engine(0, 1, rules_only), 0
    for record in log:
        for emission in engine.step(record).emissions:
            outcome = emission.outcome
            offers += isinstance(outcome, OfferMade) and outcome.via != "waiting"
    decisions = replayed(log, Alternative(RuleScorer(), {})).decisions
    assert sum(len(one.asked) for one in decisions) == offers > 100


def test_the_same_model_and_policy_choose_the_same(log: list[Record]) -> None:
    decisions = replayed(log, Alternative(None, {})).decisions
    assert all(one.overlap == 1 for one in decisions)
    # Crews: who is too many after the first offers is only known when those have been made.
    assert differing(decisions) < 0.01


def test_another_model_chooses_others_from_the_same_candidates(log: list[Record]) -> None:
    decisions = replayed(log, Alternative(Backwards(), {})).decisions
    assert differing(decisions) > 0.3
    assert np.mean([one.overlap for one in decisions]) < 0.8


def test_another_policy_chooses_others(log: list[Record]) -> None:
    decisions = replayed(log, Alternative(None, {"ring_minutes": (2.0, 4.0)})).decisions
    assert 0.02 < differing(decisions) < 1


def test_a_job_that_asks_many_is_compared_to_the_last() -> None:
    """Beyond sixty-four nobody was put in order, and all others counted as choices that differ."""
    job = msgspec.structs.replace(JOB, headcount=60)
    workers = [msgspec.structs.replace(WORKER, worker_id=f"W-{n}") for n in range(150)]
    facts: tuple[Fact, ...] = (ClockTicked(now=NOW), *workers, job)
    replay = replayed([record_of(f, n) for n, f in enumerate(facts)], Alternative(None, {}))
    [decision] = replay.decisions
    assert len(decision.asked) > 64
    assert len(decision.chosen) == len(decision.asked)
    assert differing([decision]) == 0


def test_a_job_of_one_place_is_decided_anew_though_the_best_is_nearly_sure() -> None:
    """The offer already made still stood in the plan: there was room for nobody else."""
    likely, other = (msgspec.structs.replace(WORKER, worker_id=id) for id in ("W-a", "W-b"))
    other = msgspec.structs.replace(other, place=Place(lat=29.63, lon=103.48))
    policy = PolicyChanged(zone=ZONE, policy=Policy(refusal_risk=0.3))
    facts: tuple[Fact, ...] = (ClockTicked(now=NOW), policy, likely, other, JOB)
    [decision] = replayed(
        [record_of(f, n) for n, f in enumerate(facts)], Alternative(Backwards(), {})
    ).decisions
    assert [one.option.id for one in decision.asked] == ["W-a"]
    assert [option.id for option in decision.chosen] == ["W-b"]


def test_what_a_round_assigns_is_in_no_decision() -> None:
    policy = PolicyChanged(zone=ZONE, policy=Policy(mode="batch"))
    ticks = [ClockTicked(now=NOW + n * HOUR // 4) for n in range(1, 5)]
    facts: tuple[Fact, ...] = (ClockTicked(now=NOW), policy, WORKER, JOB, *ticks)
    replay = replayed([record_of(f, n) for n, f in enumerate(facts)], Alternative(Backwards(), {}))
    assert replay.in_rounds == 1
    assert replay.decisions == []
    warnings = what_if([], {"accept": {}, "complete": {}}, replay.in_rounds).warnings
    assert warnings[-1]["en"].startswith("1 offer was assigned in batch rounds")


def test_looking_leaves_the_market_as_it_is(log: list[Record]) -> None:
    plain = Engine(0, 1, rules_only)
    for record in log:
        plain.step(record)
    replay = replayed(log, Alternative(Backwards(), {"ring_minutes": (1.0,)}))
    (partition,) = replay._by_number.values()
    engine = partition.engine
    assert engine.state_hash() == plain.state_hash()
    assert engine.markets["511181"].state.policy == Policy()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = LogBook()
    live_through(book, seed=4, days=8)
    return book.write(tmp_path_factory.mktemp("log") / "log.jsonl")


def run(*arguments: str, language: str = "en") -> Result:
    app = typer.Typer()
    register(app)
    return runner.invoke(app, list(arguments), env={"GIGMATCH_LANGUAGE": language})


def test_what_if_tells_people_and_machines_the_same(file: Path) -> None:
    newest = Registry(PACKAGED_RELEASES).newest()
    asked = ("--model", "newest", "--policy", '{"claim_penalty": 0.5, "tier_ms": 60000}')
    machine = json.loads(run(*asked, "--log", str(file), "--json").stdout)
    assert machine["model"] == newest
    assert machine["policy"] == {"claim_penalty": 0.5}
    assert machine["not_judged"] == ["tier_ms"]
    found = machine["found"]
    assert found["changes"]["offers"] > 100
    assert 0 < found["changes"]["offers_differing"] < 1
    dr = found["estimates"]["accept"]["dr"]
    assert dr["low"] < dr["value"] < dr["high"]
    shown = run(*asked, "--log", str(file)).stdout
    assert f"{dr['value']:.4f}" in shown
    assert "not judged here, as it changes when or how many: tier_ms" in shown
    assert "effective sample size" in " ".join(shown.split())
    shown = run(*asked, "--log", str(file), language="zh-CN").stdout
    assert f"{dr['value']:.4f}" in shown
    assert "会改变邀约时间或人数，这里不作判断：tier_ms" in shown


def test_two_logs_are_told_of_as_one(file: Path, tmp_path: Path) -> None:
    once, twice = (
        json.loads(run("--model", "newest", *logs, "--json").stdout)["found"]
        for logs in (("--log", str(file)), ("--log", str(file)) * 2)
    )
    assert twice["changes"]["offers"] == 2 * once["changes"]["offers"]
    for target in ("accept", "complete"):
        mean = once["estimates"][target]["recorded"]["value"]
        assert twice["estimates"][target]["recorded"]["value"] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('{"shoe_size": 3}', "a policy has no field shoe_size"),
        ('{"claim_penalty": 7}', "--policy is no policy"),
        ('{"claim_penalty"', "--policy is no policy"),
    ],
)
def test_what_is_no_policy_is_refused(file: Path, policy: str, said: str) -> None:
    assert said in str(run("--policy", policy, "--log", str(file)).exception)


def test_a_policy_may_be_a_file(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{"waiting_weight": 1.0}')
    told = json.loads(run("--policy", str(path), "--log", str(file), "--json").stdout)
    assert told["policy"] == {"waiting_weight": 1.0}


def test_nothing_to_change_is_wrong_usage(file: Path) -> None:
    refused = run("--policy", '{"tier_ms": 60000}', "--log", str(file))
    assert refused.exit_code == 2
    assert "name another --model, or a --policy" in refused.stderr
