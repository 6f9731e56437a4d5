"""Checks of one whole message: what its types cannot say."""

from typing import Any

import msgspec
import pytest

from events.checks import check
from events.codec import decode
from events.examples import FACTS, NOTICES
from events.facts import (
    Fact,
    JobAmended,
    JobPosted,
    WageClaimClosed,
    WageClaimOpened,
    WorkerAvailable,
)
from events.notices import AnyFact, BookingRequested, VisitorAnnounced
from events.values import Interval, Place
from tests.refused import refused
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

JOB = FACTS["job.posted"]
WORKER = FACTS["worker.available"]
PARIS = Place(lat=48.85, lon=2.35)


def hours(start: int, end: int) -> Interval:
    return Interval(start=NOW + start * HOUR, end=NOW + end * HOUR)


def amended(**changes: object) -> Fact:
    return msgspec.structs.replace(JobAmended(job_id="J-1", zone=ZONE), **changes)


def said(fact: AnyFact) -> tuple[str, str] | None:
    rejection = refused(lambda: check(fact))
    return None if rejection is None else (rejection.code, rejection.field)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_examples_are_possible(name: str) -> None:
    assert said(FACTS[name]) is None


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ((hours(8, 17), hours(32, 41)), None),
        ((hours(0, 24),), None),
        ((hours(8, 12), hours(12, 17)), None),
        ((hours(8, 8),), ("end_before_start", "shifts[0].end")),
        ((hours(8, 17), hours(41, 32)), ("end_before_start", "shifts[1].end")),
        ((hours(0, 25),), ("shift_too_long", "shifts[0].end")),
        ((hours(8, 17), hours(16, 20)), ("shifts_overlap", "shifts[1].start")),
        ((hours(16, 20), hours(8, 17)), ("shifts_overlap", "shifts[0].start")),
        ((hours(8, 17), hours(20, 22), hours(8, 17)), ("shifts_overlap", "shifts[2].start")),
    ],
)
def test_shifts(shifts: tuple[Interval, ...], expected: tuple[str, str] | None) -> None:
    assert isinstance(JOB, JobPosted)
    assert said(msgspec.structs.replace(JOB, shifts=shifts)) == expected
    assert said(amended(shifts=shifts)) == expected


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((hours(0, 200), hours(10, 20)), None),
        ((hours(8, 8),), ("end_before_start", "windows[0].end")),
        ((hours(8, 17), hours(20, 19)), ("end_before_start", "windows[1].end")),
    ],
)
def test_windows_may_be_long_and_overlap_but_not_end_first(
    windows: tuple[Interval, ...], expected: tuple[str, str] | None
) -> None:
    assert isinstance(WORKER, WorkerAvailable)
    assert said(msgspec.structs.replace(WORKER, windows=windows)) == expected


@pytest.mark.parametrize("fact", [JOB, WORKER, amended()])
def test_a_place_outside_china(fact: Fact) -> None:
    moved = msgspec.structs.replace(fact, place=PARIS)
    assert said(moved) == ("place_outside_china", "place")


@pytest.mark.parametrize(
    ("lat", "lon"), [(39.9, 116.4), (18.2, 109.5), (53.5, 122.3), (39.4, 75.9), (48.3, 134.7)]
)
def test_places_at_the_ends_of_china(lat: float, lon: float) -> None:
    assert said(msgspec.structs.replace(JOB, place=Place(lat=lat, lon=lon))) is None


def test_titles_that_discriminate() -> None:
    assert said(amended(title="只招男工")) == ("discrimination_text", "title")
    assert said(msgspec.structs.replace(JOB, title="限女")) == ("discrimination_text", "title")


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_the_notices_are_possible(name: str) -> None:
    assert said(NOTICES[name]) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"worker_id": "W-9"}, ("not_the_same", "available.worker_id")),
        ({"from_zone": "511132"}, ("not_the_same", "available.zone")),
        ({"busy": (hours(2, 1),)}, ("end_before_start", "busy[0].end")),
        ({"busy": (hours(0, 9), hours(1, 2))}, ("shifts_overlap", "busy[1].start")),
        ({"busy": (hours(0, 1), hours(1, 2))}, None),
        (
            {"available": {"windows": (hours(2, 1),)}},
            ("end_before_start", "available.windows[0].end"),
        ),
        ({"available": {"place": PARIS}}, ("place_outside_china", "available.place")),
    ],
)
def test_a_market_may_not_announce_what_no_worker_may_say(
    changes: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    announced = NOTICES["visitor.announced"]
    assert isinstance(announced, VisitorAnnounced)
    if "available" in changes:
        assert announced.available is not None
        available = msgspec.structs.replace(announced.available, **changes["available"])
        changes = {"available": available}
    assert said(msgspec.structs.replace(announced, **changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"zone": "511132"}, ("not_the_same", "job.zone")),
        ({"shifts": (hours(0, 9), hours(1, 2))}, ("shifts_overlap", "job.shifts[1].start")),
        ({"shifts": (hours(2, 1),)}, ("end_before_start", "job.shifts[0].end")),
    ],
)
def test_a_market_may_not_request_what_no_employer_may_post(
    changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    requested = NOTICES["booking.requested"]
    assert isinstance(requested, BookingRequested)
    job = msgspec.structs.replace(requested.job, **changes)
    assert said(msgspec.structs.replace(requested, job=job)) == expected


def test_both_times_of_a_part_are_named_from_the_top() -> None:
    requested = NOTICES["booking.requested"]
    assert isinstance(requested, BookingRequested)
    job = msgspec.structs.replace(requested.job, shifts=(hours(2, 1),))
    rejection = refused(lambda: check(msgspec.structs.replace(requested, job=job)))
    assert rejection is not None
    assert "job.shifts[0].end must be after job.shifts[0].start" in rejection.reason()


@pytest.mark.parametrize("field", ["since", "version", "bookings_left", "experience.accepted"])
def test_a_number_that_no_calendar_holds_is_refused(field: str) -> None:
    """It went into the market, and no process could fold the log any further."""
    announced = msgspec.to_builtins(NOTICES["visitor.announced"])
    box = announced["experience"] if "." in field else announced
    box[field.rpartition(".")[2]] = 2**63
    record = msgspec.structs.replace(
        record_of(NOTICES["visitor.announced"]), value=msgspec.json.encode(announced)
    )
    rejection = refused(lambda: decode(record))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("above", field)


def closing(**said: Any) -> WageClaimClosed:
    return WageClaimClosed(claim_id="C-1", employer_id="E-1", zone=ZONE, **said)


def test_an_office_is_named_of_what_was_referred_and_of_nothing_else() -> None:
    assert said(closing(result="referred", referred_to="县劳动监察大队")) is None
    assert said(closing(result="referred")) is None  # logs of before have such
    wrong = closing(result="paid", referred_to="县劳动监察大队")
    assert said(wrong) == ("office_without_referral", "referred_to")


@pytest.mark.parametrize(
    "office",
    [
        "仲裁委",
        "信访办",
        "人社局",
        "市法院",
        "县总工会",
        "服务中心",
        "仲裁庭",
        "监察科",
        "人社厅",
        "省厅",
        "调解室",
        "县法庭",
        "人民法庭",
        "龙池法庭",
        "仲裁一庭",
        "省住建厅",
        " 信访办 ",
        "乐山市 信访办",
        "犍为县人社局（劳动监察大队）",
        "市中区人民法院马家庙法庭",
        "信访局万年寺分局",
        "马边信访办",
        "Leshan Police",
        "Li County Labour Bureau",
        "Leshan Trade Unions",
        "Leshan Public Security",
        "Arbitration Committee",
    ],
)
def test_offices_have_names_that_businesses_have_not(office: str) -> None:
    assert said(closing(result="referred", referred_to=office)) is None


@pytest.mark.parametrize(
    "person",
    [
        "李建国",
        "王主任",
        "王庭",
        "陈家庭",
        "欧阳庭",
        "欧阳建庭",
        "欧阳法庭",
        "李 建国",
        "王 庭",
        "信访办 李建国",
        "信访办李建国",
        "人社局李主任",
        "李建国（信访办）",
        "仲裁委·王庭",
        "仲裁委 王庭",
        "张建科",
        "李厅",
        "王室",
        "王庭 ",
        " 李建国",
        "Zhang San",
        "Zhang Police",
        "Li Ming, Arbitration Committee",
        "Labour Bureau (Li Ming)",
        "Wang Li Committee",
    ],
)
def test_who_has_a_referred_claim_is_an_office_and_nobody(person: str) -> None:
    wrong = closing(result="referred", referred_to=person)
    assert said(wrong) == ("personal_name", "referred_to")


def test_a_claim_of_before_is_a_larger_one() -> None:
    record = record_of(FACTS["wage_claim.opened"])
    older = msgspec.json.decode(record.value or b"")
    del older["kind"]
    record = msgspec.structs.replace(record, value=msgspec.json.encode(older))
    fact = decode(record).fact
    assert isinstance(fact, WageClaimOpened)
    assert fact.kind == "larger"
