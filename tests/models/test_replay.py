"""Labels and features of a log, on a market small enough to read."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from events.facts import (
    ClockTicked,
    JobCancelled,
    JobPosted,
    ModelPromoted,
    OfferAccepted,
    OfferDeclined,
    WorkCompleted,
    WorkerAvailable,
    WorkerUnavailable,
    WorkNoShow,
)
from events.topics import EVENTS, OUTCOMES
from events.values import Interval, Pay, Place
from matching.features import FEATURES
from matching.scorer import RuleScorer, Scorer, rules_only
from models.dataset import Dataset
from models.replay import LogError, read_dataset
from tests.models.logbook import HOUR, NOON, SHIFT, ZONE, LogBook


@pytest.fixture
def book() -> LogBook:
    """Workers a, b and c, who live ever farther away, each with an offer of the same job."""
    book = LogBook()
    for index, worker_id in enumerate("abc"):
        available = WorkerAvailable(
            worker_id=worker_id,
            zone=ZONE,
            station_id="511181-00",
            windows=(Interval(start=NOON, end=NOON + 40 * HOUR),),
            place=Place(lat=29.6 + 0.01 * index, lon=103.48),
        )
        book.tell(available)
    job = JobPosted(
        job_id="J",
        zone=ZONE,
        station_id="511181-00",
        employer_id="E",
        title="采茶工",
        shifts=(SHIFT,),
        pay=Pay(amount_fen=15_000),
        place=Place(lat=29.6, lon=103.48),
        headcount=3,
    )
    book.tell(job)
    assert sorted(book.offers) == ["a", "b", "c"]
    return book


def read(book: LogBook, tmp_path: Path) -> Dataset:
    return read_dataset(book.write(tmp_path / "log.jsonl"), 1, rules_only)[0].answered()


def answers(data: Dataset, book: LogBook) -> dict[str, tuple[bool, bool | None]]:
    """By worker: accepted, and completed (None where the log does not tell)."""
    workers = {offer.offer_id: worker for worker, offer in book.offers.items()}
    return {
        workers[str(data.offers[row])]: (
            bool(data.accepted[row]),
            bool(data.completed[row]) if data.finished[row] else None,
        )
        for row in range(len(data))
    }


def accept(book: LogBook, worker: str) -> None:
    offer_id = book.offers[worker].offer_id
    book.tell(OfferAccepted(offer_id=offer_id, worker_id=worker, zone=ZONE))


def decline(book: LogBook, worker: str) -> None:
    offer_id = book.offers[worker].offer_id
    book.tell(OfferDeclined(offer_id=offer_id, worker_id=worker, zone=ZONE))


def test_yes_no_and_silence(book: LogBook, tmp_path: Path) -> None:
    accept(book, "a")
    decline(book, "b")
    book.tell(ClockTicked(now=NOON + HOUR // 4))  # what no clock has seen is offered again
    book.tell(ClockTicked(now=NOON + HOUR))
    found = answers(read(book, tmp_path), book)
    assert found == {"a": (True, None), "b": (False, None), "c": (False, None)}


def test_an_offer_still_open_or_withdrawn_teaches_nothing(book: LogBook, tmp_path: Path) -> None:
    assert len(read(book, tmp_path)) == 0
    book.tell(JobCancelled(job_id="J", zone=ZONE))
    assert len(read(book, tmp_path)) == 0


def test_work_done_work_missed_and_an_excused_absence(book: LogBook, tmp_path: Path) -> None:
    for worker in "abc":
        accept(book, worker)
    book.tell(ClockTicked(now=NOON + 40 * HOUR))
    book.tell(WorkCompleted(job_id="J", worker_id="a", zone=ZONE))
    book.tell(WorkNoShow(job_id="J", worker_id="b", zone=ZONE))
    book.tell(WorkNoShow(job_id="J", worker_id="c", zone=ZONE, excused=True))
    found = answers(read(book, tmp_path), book)
    assert found == {"a": (True, True), "b": (True, False), "c": (True, None)}


def test_who_cancels_a_booking_decides_what_it_teaches(book: LogBook, tmp_path: Path) -> None:
    for worker in "abc":
        accept(book, worker)
    decline(book, "a")
    book.tell(WorkerUnavailable(worker_id="b", zone=ZONE, cancel_bookings=True))
    book.tell(JobCancelled(job_id="J", zone=ZONE))
    book.tell(ClockTicked(now=NOON + 40 * HOUR))
    found = answers(read(book, tmp_path), book)
    assert found == {"a": (True, False), "b": (True, False), "c": (True, None)}


def test_a_worker_cannot_answer_for_another(book: LogBook, tmp_path: Path) -> None:
    offer_id = book.offers["a"].offer_id
    book.tell(OfferDeclined(offer_id=offer_id, worker_id="b", zone=ZONE))
    assert len(read(book, tmp_path)) == 0


def test_features_are_those_of_the_moment_of_the_offer(book: LogBook, tmp_path: Path) -> None:
    for worker in "abc":
        accept(book, worker)
    data = read(book, tmp_path)
    distance = data.features[:, FEATURES.index("distance_km")]
    assert np.allclose(sorted(distance), [0.0, 1.11, 2.22], atol=0.01)
    assert (data.times == NOON).all()
    assert data.features.dtype == np.float32


def test_a_log_of_another_engine_is_refused(book: LogBook, tmp_path: Path) -> None:
    outcome = next(record for record in book.records if record.topic == OUTCOMES)
    assert outcome.value is not None
    changed = msgspec.structs.replace(
        outcome, value=outcome.value.replace(b"rules:v1", b"rules:v0")
    )
    book.records[book.records.index(outcome)] = changed
    with pytest.raises(LogError, match=r"Outcome 511181-1-0 of the log is not what this engine"):
        read(book, tmp_path)


def test_an_outcome_that_the_log_lacks_is_named(book: LogBook, tmp_path: Path) -> None:
    """Whoever wrote it made no such offer: its silence would be taken for a no."""
    lacking = [at for at, one in enumerate(book.records) if one.topic == OUTCOMES][-2]
    del book.records[lacking]
    with pytest.raises(LogError, match=r"Outcome 511181-\d+-\d+ of the log is not what"):
        read(book, tmp_path)


def test_an_event_that_the_log_does_not_answer_is_named(book: LogBook, tmp_path: Path) -> None:
    before = len(book.records)
    accept(book, "a")
    del book.records[before + 1 :]
    decline(book, "b")
    assert len(read(book, tmp_path)) == 2  # what is read last may still have to be answered
    accept(book, "c")
    with pytest.raises(LogError, match=r"Outcome 511181-\d+-0, which this engine says, is not in"):
        read(book, tmp_path)


def test_a_log_may_begin_without_its_outcomes(book: LogBook, tmp_path: Path) -> None:
    """Retention cuts a topic off where it likes."""
    first, second, *_ = (one for one in book.records if one.topic == OUTCOMES)
    book.records.remove(first)
    book.records.remove(second)
    decline(book, "a")
    accept(book, "b")
    assert len(read(book, tmp_path)) == 2


UNKNOWN = "sha256:" + "1" * 64


def test_a_release_that_is_not_here_is_named_and_not_passed_over(
    book: LogBook, tmp_path: Path
) -> None:
    book.tell(ModelPromoted(release=UNKNOWN))
    decline(book, "a")
    book.records[:] = [one for one in book.records if one.topic == EVENTS]
    with pytest.raises(
        LogError, match=rf"promotes {UNKNOWN}, which is not in this registry.*bring"
    ):
        read(book, tmp_path)
    del book.records[-1]
    with pytest.raises(LogError, match="promotes"):
        read(book, tmp_path)


def test_a_promotion_that_the_log_holds_as_refused_stays_refused(
    book: LogBook, tmp_path: Path
) -> None:
    """Also when the release has come here since: nobody scored with it then."""
    book.tell(ModelPromoted(release=UNKNOWN))
    decline(book, "a")
    assert len(read(book, tmp_path)) == 1

    def everything(release: str) -> Scorer:
        return RuleScorer()

    data, _ = read_dataset(book.write(tmp_path / "log.jsonl"), 1, everything)
    assert len(data.answered()) == 1


def test_a_line_that_is_no_record_is_named(book: LogBook, tmp_path: Path) -> None:
    path = book.write(tmp_path / "log.jsonl")
    path.write_bytes(path.read_bytes() + b'{"topic": 1}\n')
    with pytest.raises(LogError, match=r"log\.jsonl, line 13, is not a record"):
        read_dataset(path, 1, rules_only)


def test_a_source_is_known_by_its_bytes(book: LogBook, tmp_path: Path) -> None:
    decline(book, "a")
    path = book.write(tmp_path / "log.jsonl")
    read_bytes: list[int] = []
    _, source = read_dataset(path, 1, rules_only, read_bytes.append)
    assert sum(read_bytes) == path.stat().st_size
    assert (source.records, source.offers, source.first, source.last) == (13, 1, NOON, NOON)
    assert read_dataset(path, 1, rules_only)[1] == source


def test_who_fell_out_early_is_not_learnt_from_before_the_others_can_be_known(
    book: LogBook, tmp_path: Path
) -> None:
    for worker in "abc":
        accept(book, worker)
    decline(book, "a")
    book.tell(ClockTicked(now=SHIFT.end + 5 * HOUR))
    found = answers(read(book, tmp_path), book)
    assert found == {"a": (True, None), "b": (True, None), "c": (True, None)}
    book.tell(ClockTicked(now=SHIFT.end + 6 * HOUR))
    assert answers(read(book, tmp_path), book)["a"] == (True, False)
