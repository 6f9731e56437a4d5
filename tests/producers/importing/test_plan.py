"""What an import publishes, over a log that remembers: nothing twice, and changes as changes."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.codec import decode_outcome, encode, event_headers
from events.envelope import Record
from events.facts import (
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    OfferAccepted,
    WorkerAvailable,
)
from events.outcomes import EventRejected, OfferMade
from events.topics import DEAD_LETTERS, EVENTS, OUTCOMES
from events.values import Interval, Pay
from producers.importing.history import History
from producers.importing.plan import Plan, Planned, make_plan
from producers.importing.when import midnight_ms
from streams.dead_letters import headers_for
from tests.producers.importing.rows_for_tests import HOME, ROW, STATION, TODAY, csv_bytes, read
from tests.projecting import answered, new_engine

NOW = midnight_ms(TODAY)
DAY_MS = 86_400_000
Rows = Sequence[dict[str, str]]


class Log:
    """A log that imports are written to, and read back from."""

    def __init__(self, folder: Path) -> None:
        self.records: list[Record] = []
        self._folder = folder
        self._matcher, self._passed, self._buried = new_engine(), 0, list[Record]()

    def plan(
        self, rows: Rows, *, now: int = NOW, close_missing: bool = False, is_part: bool = False
    ) -> Plan:
        history = History(STATION, "fair")
        for record in self.letters:
            history.take_letter(record)
        for record in self.records:
            history.take(record)
        reading = read(self._folder, "plan.csv", csv_bytes(rows))
        return make_plan(
            reading.vacancies,
            history.known,
            now,
            refused=history.refused,
            close_missing=close_missing,
            is_part=is_part,
        )

    @property
    def letters(self) -> list[Record]:
        """What the matcher would bury of the log."""
        for record in self.records[self._passed :]:
            if (rejection := self._matcher.step(record).rejection) is not None:
                headers = (*record.headers, *headers_for(record, rejection))
                letter = msgspec.structs.replace(record, topic=DEAD_LETTERS, headers=headers)
                self._buried.append(letter)
        self._passed = len(self.records)
        return self._buried

    @property
    def outcomes(self) -> list[Record]:
        """What the market answers to the log."""
        return [record for record in answered(self.records) if record.topic == OUTCOMES]

    def write(self, facts: Sequence[Planned], *, source: str = STATION.source) -> None:
        for id, fact in facts:
            self.records.append(
                Record(
                    topic=EVENTS,
                    partition=0,
                    offset=len(self.records),
                    timestamp=NOW,
                    key=fact.zone.encode(),
                    value=encode(fact),
                    headers=event_headers(fact, id=id, source=source, time=NOW),
                )
            )

    def run(self, rows: Rows, **options: Any) -> Plan:
        plan = self.plan(rows, **options)
        self.write(plan.facts)
        return plan

    def open_jobs(self) -> dict[str, JobPosted]:
        """What the market has open after the log; it must have refused nothing."""
        engine = new_engine()
        refused = [
            r for r in answered(self.records, engine) if EventRejected.TYPE in str(r.headers)
        ]
        assert refused == []
        market = engine.markets["511181"]
        return {
            job_id: job.posted for job_id, job in market.state.jobs.items() if job.status == "open"
        }


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def kinds(plan: Plan) -> list[type[Fact]]:
    return [type(planned.fact) for planned in plan.facts]


def row(key: str = "A1", **changes: str) -> dict[str, str]:
    return {**ROW, "编号": key, **changes}


def test_the_same_file_again_publishes_nothing(log: Log) -> None:
    assert kinds(log.run([row(), row("A2")])) == [JobPosted, JobPosted]
    again = log.run([row("A2"), row()])
    assert (again.facts, again.unchanged) == ([], 2)


def test_a_changed_row_is_an_amendment_of_what_changed(log: Log) -> None:
    log.run([row()])
    plan = log.run([row(人数="30")])
    [planned] = plan.facts
    assert planned.fact == JobAmended(job_id="511181-05.fair.A1", zone="511181", headcount=30)
    assert log.run([row(人数="30")]).facts == []
    back = log.run([row()])
    assert len({planned.id, back.facts[0].id}) == 2
    assert log.open_jobs()["511181-05.fair.A1"].headcount == 20


def test_a_row_that_is_gone_is_cancelled_only_when_asked(log: Log) -> None:
    log.run([row(), row("A2")])
    assert (log.run([row()]).missing, len(log.records)) == (1, 2)
    plan = log.run([row()], close_missing=True)
    assert (kinds(plan), plan.closed) == ([JobCancelled], 1)
    assert log.run([row()], close_missing=True).facts == []
    assert log.open_jobs().keys() == {"511181-05.fair.A1"}


def test_a_row_that_comes_back_is_a_job_of_its_own(log: Log) -> None:
    log.run([row(), row("A2")])
    log.run([row()], close_missing=True)
    assert [planned.fact.TYPE for planned in log.run([row(), row("A2")]).facts] == ["job.posted"]
    assert log.run([row(), row("A2")]).facts == []
    assert log.open_jobs().keys() == {"511181-05.fair.A1", "511181-05.fair.A2.2"}


def test_what_a_clerk_cancelled_stays_cancelled(log: Log) -> None:
    log.run([row()])
    cancelled = JobCancelled(job_id="511181-05.fair.A1", zone="511181")
    log.write([Planned("a clerk's", cancelled)])
    assert log.run([row()]).facts == []
    assert log.open_jobs() == {}


def test_nor_does_it_come_back_with_a_change_of_its_row(log: Log) -> None:
    """In a feed that is read each hour the number of places changes all the time."""
    log.run([row()])
    cancelled = JobCancelled(job_id="511181-05.fair.A1", zone="511181")
    log.write([Planned("a clerk's", cancelled)])
    plan = log.run([row(人数="19")])
    assert (plan.facts, [p.why.code for p in plan.problems]) == ([], ["clerk_cancelled"])
    [posted] = log.run([row(用工日期="2030-03-20")]).facts
    assert posted.fact.job_id == "511181-05.fair.A1.2"  # type: ignore[union-attr]


def test_what_the_market_refused_is_not_taken_for_said(log: Log) -> None:
    """Fewer places than are booked: the row was unchanged for ever, and the job went on hiring."""
    log.run([row(人数="2")])
    free = Interval(start=NOW, end=NOW + 40 * DAY_MS)
    for name in ("W-1", "W-2"):
        said = WorkerAvailable(
            worker_id=name,
            zone="511181",
            station_id=STATION.name,
            windows=(free,),
            place=HOME,
            occupations=("5-01-02-02",),
        )
        log.write([Planned(f"available {name}", said)])
    offers = [o for _, o in map(decode_outcome, log.outcomes) if isinstance(o, OfferMade)]
    yes = [
        OfferAccepted(offer_id=one.offer_id, worker_id=one.worker_id, zone="511181")
        for one in offers
    ]
    log.write([Planned(f"yes {n}", one) for n, one in enumerate(yes)])
    first, again = (log.run([row(人数="1")]) for _ in range(2))
    assert kinds(first) == kinds(again) == [JobAmended]
    assert first.facts[0].id != again.facts[0].id
    assert [(p.why.code, p.is_note) for p in again.problems] == [("refused_before", True)]
    assert log.run([row(人数="2")]).unchanged == 1


def test_a_posting_that_was_refused_is_said_again(log: Log) -> None:
    plan = log.plan([row()])
    early = msgspec.structs.replace(plan.facts[0].fact, pay=Pay(amount_fen=1))
    log.write([Planned(plan.facts[0].id, early)])  # the limits were others
    again = log.run([row()])
    assert (kinds(again), again.new) == ([JobPosted], 1)
    assert [p.why.code for p in again.problems] == ["refused_before"]
    assert log.run([row()]).unchanged == 1


def test_a_closing_date_that_is_moved_or_gone_is_an_amendment_also_after_it(log: Log) -> None:
    """Posted anew it hired the whole headcount a second time, beside those who were booked."""
    log.run([row(报名截止="2030-03-05")])
    later = NOW + 8 * DAY_MS
    moved = log.run([row(报名截止="2030-03-14")], now=later)
    assert kinds(moved) == [JobAmended]
    gone = log.run([row()], now=later)
    assert kinds(gone) == [JobAmended]
    assert log.run([row()], now=later).unchanged == 1


def test_the_same_list_half_a_year_later_is_the_same_list(log: Log) -> None:
    """`3月16日` is next year's by then, and last spring's jobs were posted for the next."""
    log.run([row(用工日期="2030-03-16")])
    plan = log.run([row(用工日期="2031-03-16")], now=NOW + 200 * DAY_MS)
    assert (plan.facts, plan.unchanged) == ([], 1)


def test_a_page_of_a_feed_closes_nothing(log: Log) -> None:
    log.run([row(), row("A2")])
    plan = log.run([row()], close_missing=True, is_part=True)
    assert (plan.facts, plan.missing) == ([], 1)
    assert [p.why.code for p in plan.problems] == ["nothing_closed_of_a_page"]


def test_what_a_clerk_amended_is_not_turned_back(log: Log) -> None:
    log.run([row()])
    amended = JobAmended(job_id="511181-05.fair.A1", zone="511181", headcount=3)
    log.write([Planned("a clerk's", amended)])
    assert log.run([row()]).facts == []
    assert log.open_jobs()["511181-05.fair.A1"].headcount == 3


def test_other_work_under_the_same_key_replaces_the_job(log: Log) -> None:
    log.run([row()])
    plan = log.run([row(用人单位="另一家")])
    assert kinds(plan) == [JobCancelled, JobPosted]
    assert log.run([row(用人单位="另一家")]).facts == []
    assert log.open_jobs().keys() == {"511181-05.fair.A1.2"}


def test_a_title_that_the_normaliser_is_not_sure_of_is_only_another_name(log: Log) -> None:
    """Correcting a title cancelled everybody who was booked."""
    log.run([row()])
    plan = log.run([row(岗位="茶园小工")])
    [planned] = plan.facts
    job_id = "511181-05.fair.A1"
    assert planned.fact == JobAmended(job_id=job_id, zone="511181", title="茶园小工")
    assert (plan.changed, plan.replaced, plan.problems) == (1, 0, [])
    assert log.run([row(岗位="茶园小工")]).facts == []
    assert kinds(log.run([row()])) == [JobAmended]
    assert log.open_jobs()[job_id].occupation == "5-01-02-02"


def test_a_name_that_is_gone_stays_while_the_employer_does(log: Log) -> None:
    named = row(用人方编号="E-1")
    log.run([named])
    assert log.run([{**named, "用人单位": ""}]).unchanged == 1
    assert log.open_jobs()["511181-05.fair.A1"].employer_name == ROW["用人单位"]


def test_a_job_that_is_replaced_is_counted_apart_and_told_by_its_row(log: Log) -> None:
    log.run([row(), row("A2")])
    plan = log.plan([row(人数="30"), row("A2", 用工形式="临时工")])
    assert kinds(plan) == [JobAmended, JobCancelled, JobPosted]
    assert (plan.changed, plan.replaced) == (1, 1)
    assert [(p.row, p.why.code, p.is_note) for p in plan.problems] == [(3, "job_replaced", True)]


def test_another_job_under_an_old_key_has_no_occupation_of_the_old_one(log: Log) -> None:
    log.run([row()])
    other = row(岗位="杂活", 用人单位="另一家", 用工日期="2030-04-16")
    for plan in (log.plan([other]), log.plan([other], now=NOW + 20 * DAY_MS)):
        posted = plan.facts[-1].fact
        assert isinstance(posted, JobPosted)
        assert (posted.job_id, posted.occupation) == ("511181-05.fair.A1.2", None)


def test_a_job_that_has_begun_is_not_touched_and_new_dates_are_a_new_job(log: Log) -> None:
    log.run([row()])
    later = NOW + 30 * DAY_MS
    assert log.run([row()], now=later).facts == []
    assert log.run([], now=later, close_missing=True).closed == 0
    begun = log.run([row(人数="3")], now=later)
    assert (begun.facts, [p.why.code for p in begun.problems]) == ([], ["work_begun"])
    plan = log.run([row(用工日期="2030-04-16")], now=later)
    assert [planned.fact.job_id for planned in plan.facts] == ["511181-05.fair.A1.2"]  # type: ignore[union-attr]


def test_a_row_whose_work_has_begun_is_not_published(log: Log) -> None:
    plan = log.run([row(用工日期="2030-02-01")])
    assert (plan.facts, [p.why.code for p in plan.problems]) == ([], ["work_begun"])


def test_the_same_job_twice_in_a_file_is_told(log: Log) -> None:
    plan = log.run([row(), row()])
    assert len(plan.facts) == 1
    [problem] = plan.problems
    assert (problem.row, problem.why.code) == (3, "row_repeated")


def test_a_row_with_problems_is_not_missing(log: Log) -> None:
    log.run([row(), row("A2")])
    assert log.run([row(), row("A2", 人数="若干")], close_missing=True).facts == []


def test_an_empty_file_closes_nothing(log: Log) -> None:
    log.run([row()])
    plan = make_plan([], {"A1": _known(log)}, NOW, close_missing=True)
    assert (plan.facts, [p.why.code for p in plan.problems]) == ([], ["nothing_closed"])


def _known(log: Log) -> Any:
    history = History(STATION, "fair")
    for record in log.records:
        history.take(record)
    return history.known["A1"]


def test_other_feeds_and_stations_are_not_looked_at(log: Log) -> None:
    log.run([row()])
    other = log.plan([row()])
    forged = [Planned(id, fact) for id, fact in Log(log._folder).plan([row(人数="9")]).facts]
    log.write(forged, source="/zones/511181/stations/09")
    assert log.plan([row()]) == other


def test_a_title_that_stays_keeps_its_occupation_though_the_model_has_learnt(log: Log) -> None:
    plan = log.plan([row()])
    [planned] = plan.facts
    assert isinstance(planned.fact, JobPosted)
    old = msgspec.structs.replace(planned.fact, occupation=None)
    log.write([Planned(planned.id, old)])
    assert log.run([row()]).facts == []


versions = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["A1", "A2", "A3", "A4"]),
            st.sampled_from(["5", "20", "若干"]),
            st.sampled_from(["200元/天", "220元/天"]),
            st.sampled_from(["2030-03-16", "2030-03-20"]),
            st.sampled_from(["采茶工", "除草工"]),
        ),
        max_size=4,
        unique_by=lambda cells: cells[0],
    ),
    min_size=1,
    max_size=5,
)


@given(versions=versions, close_missing=st.booleans(), seed=st.integers(0, 2**16))
def test_imports_cut_off_anywhere_end_where_whole_ones_do(
    tmp_path_factory: pytest.TempPathFactory,
    versions: list[list[tuple[str, str, str, str, str]]],
    close_missing: bool,
    seed: int,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    rng, whole, cut = random.Random(seed), Log(folder), Log(folder)
    for version in versions:
        rows = [
            row(key, 人数=count, 工资=pay, 用工日期=day, 岗位=title)
            for key, count, pay, day, title in version
        ]
        whole.run(rows, close_missing=close_missing)
        started = cut.plan(rows, close_missing=close_missing).facts
        cut.write(started[: rng.randint(0, len(started))])  # killed here
        if rng.random() < 0.5:
            cut.write(started[: rng.randint(0, len(started))])  # another one, at the same time
        cut.run(rows, close_missing=close_missing)
        assert cut.run(rows, close_missing=close_missing).facts == []
    if whole.records:
        assert _as_rows(whole.open_jobs()) == _as_rows(cut.open_jobs())


def _as_rows(jobs: dict[str, JobPosted]) -> dict[str, bytes]:
    return {job_id: encode(posted) for job_id, posted in jobs.items()}
