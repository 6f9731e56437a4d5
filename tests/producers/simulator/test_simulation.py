"""The simulated town: the same again for the same seed, the right rhythm, and a full pool."""

from collections import Counter
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from events.codec import ce_type, decode_fact, decode_outcome, encode
from events.envelope import Record
from events.facts import JobPosted, WorkerAvailable
from events.outcomes import MatchRanked
from events.topics import EVENTS, OUTCOMES
from events.values import Interval, Pay, Place
from gigmatch.dark import DarkTown, as_log
from matching.engine import Engine
from matching.scorer import RuleScorer
from producers.simulator.agenda import Timed
from producers.simulator.calendar import DAY_MS, HOUR_MS, local
from producers.simulator.simulation import TownSimulation
from tests.town import NOW
from tests.worlds import record_of

NOVEMBER = 1_795_363_200_000  # 2026-11-23T00:00+08:00
QINGMING = 1_806_336_000_000  # 2027-03-29T16:00Z, days before the festival


def test_the_same_seed_gives_the_same_log() -> None:
    """Two days of it, in which people have worked."""
    again = _log(seed=3, days=2)
    assert _count(again)["work.completed"] > 0
    assert again == _log(seed=3)[: len(again)]


def test_another_seed_gives_another_town() -> None:
    other = _facts(_log(seed=4, days=1))
    assert other != _facts(_log(seed=3))[: len(other)]


def test_every_fact_is_one_that_the_market_takes() -> None:
    for record in _facts(_log(seed=3)):
        decode_fact(dict(record.headers)["ce_type"].decode(), record.value or b"")
    assert _count(_log(seed=3))["event.rejected"] == 0


def test_ids_are_unique_and_sources_are_stations() -> None:
    said = TownSimulation(3, NOW, registered=200).advance(NOW + DAY_MS)
    assert len({timed.id for timed in said}) == len(said)
    stations = {timed.source for timed in said}
    assert stations <= {f"/zones/511181/stations/{number:02}" for number in range(14)}


def test_people_say_what_they_say_in_the_order_of_time() -> None:
    said = TownSimulation(3, NOW, registered=200).advance(NOW + 3 * DAY_MS)
    assert [timed.at for timed in said] == sorted(timed.at for timed in said)


@given(cuts=st.lists(st.integers(1, DAY_MS), max_size=6))
@settings(max_examples=10)
def test_how_often_one_looks_changes_nothing(cuts: list[int]) -> None:
    whole = TownSimulation(3, NOW, registered=50).advance(NOW + DAY_MS)
    simulation = TownSimulation(3, NOW, registered=50)
    parts: list[Timed] = []
    for cut in [*sorted(cuts), DAY_MS]:
        parts += simulation.advance(NOW + cut)
    assert parts == whole


def test_an_outcome_heard_twice_changes_nothing() -> None:
    assert _answers(times=1)
    assert _answers(times=2) == _answers(times=1)


def test_everybody_is_in_the_pool_at_once_and_a_third_of_them_at_any_time() -> None:
    said = TownSimulation(1, NOVEMBER).advance(NOVEMBER)
    pool = [timed.fact for timed in said if isinstance(timed.fact, WorkerAvailable)]
    assert len({fact.worker_id for fact in pool}) == len(pool) == 3_100
    half_a_year = Interval(start=NOVEMBER, end=NOVEMBER + 200 * DAY_MS)
    assert sum(fact.windows == (half_a_year,) for fact in pool) > len(pool) / 3


def test_a_viewer_sees_postings_within_the_first_minute() -> None:
    said = TownSimulation(1, NOVEMBER).advance(NOVEMBER + 60_000)
    assert sum(isinstance(timed.fact, JobPosted) for timed in said) == 24


def test_a_job_months_ahead_finds_people() -> None:
    """A tea job of next March, posted while the town lives in November."""
    engine = Engine(0, 1, lambda release: RuleScorer())
    said = TownSimulation(1, NOVEMBER).advance(NOVEMBER)
    for offset, timed in enumerate(said):
        engine.step(record_of(timed.fact, offset, id=timed.id, time=timed.at))
    tea = JobPosted(
        job_id="J-511181-20270315-0007",
        zone="511181",
        station_id="511181-05",
        employer_id="E-0042",
        title="采茶工",
        skills=("tea_picking",),
        headcount=20,
        shifts=(Interval(start=1_805_155_200_000, end=1_805_187_600_000),),
        pay=Pay(amount_fen=15_000),
        place=Place(lat=29.5631, lon=103.4012, name="双福镇"),
    )
    ranked = engine.step(record_of(tea, len(said))).emissions[0].outcome
    assert isinstance(ranked, MatchRanked)
    assert len(ranked.ranking) == 10
    assert [line.score for line in ranked.ranking] == sorted(
        (line.score for line in ranked.ranking), reverse=True
    )


def test_an_ordinary_day_has_its_volume() -> None:
    """Counted on the fourth day: on the first one everybody registers."""
    later = _day(_log(seed=5, start=NOVEMBER, registered=1_550), NOVEMBER + 3 * DAY_MS)
    doubled = 2 * len([r for r in later if b"clock" not in dict(r.headers)["ce_type"]])
    assert 1_000 <= doubled <= 3_000


def test_the_season_is_busier() -> None:
    ordinary = TownSimulation(5, NOVEMBER).advance(NOVEMBER + 2 * DAY_MS)
    season = TownSimulation(5, QINGMING).advance(QINGMING + 2 * DAY_MS)
    assert _kinds(season)["job.posted"] > 2 * _kinds(ordinary)["job.posted"]
    assert _kinds(season)["worker.available"] > _kinds(ordinary)["worker.available"]


def test_postings_peak_at_the_stations_hours() -> None:
    said = TownSimulation(5, NOVEMBER).advance(NOVEMBER + 14 * DAY_MS)
    hours = Counter(
        local(timed.at).hour
        for timed in said
        if isinstance(timed.fact, JobPosted) and timed.at > NOVEMBER + HOUR_MS
    )
    assert {hour for hour, _ in hours.most_common(4)} <= {6, 7, 16, 17, 18, 19}
    peaks = sum(hours[hour] for hour in (6, 7, 16, 17, 18, 19))
    assert peaks > 0.5 * hours.total()
    assert sum(hours[hour] for hour in range(5)) < 0.05 * hours.total()


def test_those_who_work_far_away_come_home_for_the_new_year() -> None:
    january = 1_799_942_400_000  # 2027-01-15, three weeks before
    people = {
        timed.fact.worker_id
        for timed in TownSimulation(5, january, registered=400).advance(january + 20 * DAY_MS)
        if isinstance(timed.fact, WorkerAvailable)
    }
    assert 400 < len(people) <= 452


def test_work_is_done_missed_and_rated_after_the_shift() -> None:
    kinds = _count(_log(seed=3))
    assert kinds["work.completed"] > kinds["work.no_show"] > 0
    assert kinds["work.rated"] > 0
    assert kinds["job.amended"] > 0
    assert kinds["job.cancelled"] > 0
    shift_ends: dict[str, int] = {}
    for record in _facts(_log(seed=3)):
        name = dict(record.headers)["ce_type"].decode()
        fact = decode_fact(name, record.value or b"")
        if isinstance(fact, JobPosted):
            shift_ends[fact.job_id] = fact.shifts[-1].end
        elif name.startswith(("work.completed", "work.no_show")):
            assert record.timestamp > shift_ends[getattr(fact, "job_id")]  # noqa: B009


@cache
def _log(
    *, seed: int, start: int = NOW, days: int = 4, registered: int = 300
) -> tuple[Record, ...]:
    engine = Engine(0, 1, lambda release: RuleScorer())
    town = DarkTown(TownSimulation(seed, start, registered=registered), engine, start)
    return tuple(as_log(town.run(start + days * DAY_MS)))


def _facts(log: tuple[Record, ...]) -> list[Record]:
    return [record for record in log if record.topic == EVENTS]


def _day(log: tuple[Record, ...], begin: int) -> list[Record]:
    return [record for record in _facts(log) if begin <= record.timestamp < begin + DAY_MS]


def _count(log: tuple[Record, ...]) -> Counter[str]:
    return Counter(dict(r.headers)["ce_type"].decode().rpartition(".")[0] for r in log)


def _kinds(said: list[Timed]) -> Counter[str]:
    return Counter(timed.fact.TYPE for timed in said)


def _answers(times: int) -> list[tuple[str, bytes]]:
    """What a town says that hears every outcome of a log so many times."""
    simulation = TownSimulation(3, NOW, registered=300)
    said = simulation.advance(NOW + 60_000)
    for record in _log(seed=3):
        if record.topic == OUTCOMES and record.timestamp <= NOW + DAY_MS:
            said += simulation.advance(record.timestamp)
            for _ in range(times):
                simulation.observe(decode_outcome(record)[1], record.timestamp)
    said += simulation.advance(NOW + 2 * DAY_MS)
    return [
        (ce_type(timed.fact), encode(timed.fact))
        for timed in said
        if timed.fact.TYPE.startswith(("offer", "work."))
    ]
