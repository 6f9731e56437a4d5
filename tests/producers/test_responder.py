"""An import with answers through a running matcher: within quotas, and no change when repeated."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from events.codec import decode_outcome
from events.facts import OfferAccepted, OfferDeclined
from events.outcomes import AnyOutcome, BookingConfirmed, Cause, MatchRanked, OfferMade
from events.topics import OUTCOMES
from gigmatch.commands import import_
from gigmatch.logread import LogReader
from producers.responder import answer
from tests.brokers import Broker
from tests.producers.test_crowd_tasks import write
from tests.system.matchers import make_topics, running_matcher
from tests.town import NOW

DAY = "2027-03-16"


@given(st.integers(0, 2_000), st.integers())
def test_an_answer_depends_on_the_seed_and_the_pair_only(number: int, seed: int) -> None:
    first, again = (answer(_offer(f"O-{id}", number), seed) for id in (1, 2))
    assert type(first) is type(again)
    assert (first.offer_id, again.offer_id) == ("O-1", "O-2")


def test_seven_of_ten_say_yes() -> None:
    answers = Counter(type(answer(_offer("O-1", number), seed=1)) for number in range(2_000))
    assert set(answers) == {OfferAccepted, OfferDeclined}
    assert 0.66 < answers[OfferAccepted] / answers.total() < 0.74


def test_an_import_is_answered_within_quotas_and_changes_nothing_twice(
    broker: Broker, tmp_path: Path
) -> None:
    make_topics(broker, 2)
    folder = write(tmp_path)
    with running_matcher(broker, tmp_path) as matcher:
        matcher.wait_ready()
        told = json.loads(_import(broker, folder, "--answers", "1", "--json").stdout)
        assert (told["worker.available"], told["job.posted"]) == (2, 4)
        assert told["answered"] >= 3
        before = _outcomes(broker)
        ranked = [o.job_id for o in before if isinstance(o, MatchRanked) and o.subject == "job"]
        assert Counter(ranked) == {"A1": 1, "A2": 1, "A3": 1, "C1": 1}
        booked = Counter(o.worker_id for o in before if isinstance(o, BookingConfirmed))
        assert booked
        assert booked["B1"] <= 2
        assert booked["B2"] <= 1
        _import(broker, folder)
        _import(broker, write(tmp_path, new_tasks="task_id,lat,lon\nC2,23.14,113.30\n"))
        while not any(getattr(o, "job_id", "") == "C2" for o in _outcomes(broker)):
            assert not matcher.ended
            time.sleep(0.3)
        after = [o for o in _outcomes(broker) if getattr(o, "job_id", "") != "C2"]
        assert after == before


def test_a_bad_row_is_shown_and_strict_publishes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, tasks="task_id,lat,lon,price_cny,completed\nA1,23.1,113.3,free,0\n")
    ran = _run([str(folder), "--dry-run", "--strict", "--date", DAY])
    assert ran.exit_code == 1
    assert "price_cny" in ran.stderr
    ran = _run([str(folder), "--dry-run", "--json", "--date", DAY])
    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["bad_rows"] == 1


def test_a_wrong_date_or_zone_is_said(tmp_path: Path) -> None:
    folder = str(write(tmp_path))
    assert "--date" in _run([folder, "--dry-run", "--date", "tomorrow"]).stderr
    assert "--zone" in _run([folder, "--dry-run", "--zone", "Canton"]).stderr


def _import(broker: Broker, folder: Path, *options: str) -> Result:
    ran = _run(
        [str(folder), "--date", DAY, *options],
        {"GIGMATCH_KAFKA": broker.bootstrap},
    )
    assert ran.exit_code == 0, ran.output
    return ran


def _run(arguments: Sequence[str], env: dict[str, str] | None = None) -> Result:
    app = typer.Typer()
    import_.register(app)
    return CliRunner().invoke(app, ["import", "crowd-tasks", *arguments], env=env)


def _outcomes(broker: Broker) -> list[AnyOutcome]:
    with LogReader(broker.bootstrap) as reader:
        return [
            decode_outcome(record)[1]
            for partition in reader.partitions(OUTCOMES)
            for record in reader.read(OUTCOMES, partition)
        ]


def _offer(offer_id: str, number: int) -> OfferMade:
    return OfferMade(
        zone="440100",
        at=NOW,
        cause=Cause(partition=0, offset=0, ce_id="x"),
        offer_id=offer_id,
        job_id=f"A{number}",
        worker_id="B1",
        rank=1,
        score=0.5,
        p_accept=0.5,
        p_complete=0.5,
        places=1,
        expires_at=NOW,
        model="rules:v1",
    )
