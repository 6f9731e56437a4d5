"""What a station's terminal asks: occupations, workers, calls, the hall, advice."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from events.facts import ClockTicked, JobPosted, WageClaimClosed, WageClaimOpened
from events.values import Channel
from gateway.advice import AdviceError
from gigmatch.claim_terms import due_at
from gigmatch.readmodel.keys import ENDS
from gigmatch.readmodel.notices import NOTICING_ENDS
from streams.notice_store import NoticeStore
from tests import noticing
from tests.gateway.serving import Adviser, Gateway, gateway_of
from tests.gateway.test_app import FACTS, answered_facts
from tests.projecting import answered, project
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of


@pytest.fixture
def adviser() -> Adviser:
    return Adviser()


@pytest.fixture
async def gateway(redis_url: str, adviser: Adviser) -> AsyncIterator[Gateway]:
    project(redis_url, answered_facts(FACTS))
    async with gateway_of(redis_url, advise=adviser) as gateway:
        gateway.client.headers.update(await gateway.station())
        yield gateway


def notify(redis_url: str, channel: Channel, **changes: Any) -> None:
    """The offer that is open, with changes, as the notifier would have it told."""
    jobs = [fact for fact in FACTS if isinstance(fact, JobPosted)]
    noticing.notify(redis_url, answered_facts(FACTS), jobs, channel, **changes)


async def test_a_job_says_how_those_stand_that_have_its_remaining_days(
    redis_url: str, gateway: Gateway
) -> None:
    [first] = [fact for fact in FACTS if isinstance(fact, JobPosted)]
    rest = msgspec.structs.replace(first, job_id="J-1-r1", headcount=2, continues="J-1")
    project(redis_url, answered_facts((*FACTS, rest)))
    seen = (await gateway.client.get("/api/station/jobs/J-1")).json()
    [again] = seen["continued_by"]
    brief = again["job"]
    assert (brief["job_id"], brief["headcount"], brief["status"]) == ("J-1-r1", 2, "open")
    assert again["expected"] == 0
    assert (await gateway.client.get("/api/station/jobs/J-1-r1")).json()["continued_by"] == []


async def test_a_sure_title_has_its_occupation_and_an_unsure_one_a_short_list(
    gateway: Gateway,
) -> None:
    sure = (await gateway.client.get("/api/station/occupation?title=采茶工")).json()
    assert sure["code"] == sure["choices"][0]["code"]
    assert sure["name"] == sure["choices"][0]["name"]
    unsure = (await gateway.client.get("/api/station/occupation?title=杂工")).json()
    assert unsure["code"] is None
    assert 0 < len(unsure["choices"]) <= 5


async def test_a_code_of_an_occupation_says_itself_by_its_name(gateway: Gateway) -> None:
    """A worker's form has codes of earlier registrations, and shows what they are called."""
    known = (await gateway.client.get("/api/station/occupation?title=4-02-05-01")).json()
    assert (known["code"], known["name"]) == ("4-02-05-01", "装卸搬运工")
    assert known["choices"] == [{"code": "4-02-05-01", "name": "装卸搬运工"}]
    unknown = (await gateway.client.get("/api/station/occupation?title=9-99-99-99")).json()
    assert unknown["code"] is None


async def test_a_station_knows_its_own_workers_only(gateway: Gateway) -> None:
    [worker] = (await gateway.client.get("/api/station/workers")).json()["workers"]
    assert worker["worker_id"] == "W-1"
    assert worker["available"] is True
    assert worker["open_offers"] == 1
    other = await gateway.station(f"{ZONE}-06")
    answer = await gateway.client.get("/api/station/workers", headers=other)
    assert answer.json()["workers"] == []


async def test_a_call_is_listed_told_and_gone_with_its_offer(
    gateway: Gateway, redis_url: str
) -> None:
    notify(redis_url, "call")
    [call] = (await gateway.client.get("/api/station/calls")).json()["calls"]
    assert (call["worker_id"], call["title"], call["told"]) == ("W-1", "采茶工", False)
    path = "/api/station/workers/W-1/notices/n-1/told"
    assert (await gateway.client.post(path)).json()["told"] is True
    [call] = (await gateway.client.get("/api/station/calls")).json()["calls"]
    assert call["told"] is True
    # The market is ahead of the notifier: the offer has been withdrawn.
    await gateway.parts.redis.delete("gigmatch:v3:worker:511181:W-1")
    assert (await gateway.client.get("/api/station/calls")).json()["calls"] == []


async def test_a_call_says_why_a_booking_is_off(gateway: Gateway, redis_url: str) -> None:
    notify(redis_url, "call", kind="cancelled", reason="terms_changed")
    [call] = (await gateway.client.get("/api/station/calls")).json()["calls"]
    assert (call["kind"], call["reason"]) == ("cancelled", "terms_changed")


async def test_the_hall_says_so_too(gateway: Gateway, redis_url: str) -> None:
    notify(redis_url, "screen", kind="cancelled", reason="terms_changed")
    [notice] = (await gateway.client.get("/api/station/kiosk")).json()["notices"]
    assert (notice["kind"], notice["reason"]) == ("cancelled", "terms_changed")


async def test_a_call_is_not_unknown_while_notices_are_made_again(
    gateway: Gateway, redis_url: str
) -> None:
    path = "/api/station/workers/W-1/notices/n-9/told"
    await gateway.parts.redis.delete(NOTICING_ENDS)
    assert (await gateway.client.post(path)).status_code == 503  # nothing has begun
    store = NoticeStore(redis_url)
    store.expect({0: 2})
    store.close()
    again = await gateway.client.post(path)
    assert again.status_code == 503
    assert again.json()["type"].endswith("rebuilding")
    notify(redis_url, "call")
    assert (await gateway.client.post(path)).status_code == 404
    # The notices are there, the market is not.
    await gateway.parts.redis.hset(ENDS, "0", 1_000)
    assert (await gateway.client.post(path)).status_code == 503


async def test_a_claim_of_nothing_is_no_claim(gateway: Gateway) -> None:
    path, claim = "/api/station/wage-claims", {"claim_id": "C-1", "employer_id": "E-9"}
    for n, unsaid in enumerate(({}, {"amount_fen": 0})):
        key = {"idempotency-key": f"nothing-{n}"}
        answer = await gateway.client.post(path, json=claim | unsaid, headers=key)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("claim_without_amount")
        assert answer.json()["field"] == "amount_fen"
    key = {"idempotency-key": "something"}
    answer = await gateway.client.post(path, json=claim | {"amount_fen": 1}, headers=key)
    assert answer.status_code == 202


async def test_every_station_of_a_zone_sees_its_open_wage_claims(
    gateway: Gateway, redis_url: str
) -> None:
    claims = [
        WageClaimOpened(
            claim_id=f"C-{n}", employer_id="E-9", zone=ZONE, amount_fen=300_000, workers=2
        )
        for n in range(3)
    ]
    project(redis_url, answered_facts((*FACTS, *claims)))
    for station in (f"{ZONE}-05", f"{ZONE}-06"):
        headers = await gateway.station(station)
        told = (await gateway.client.get("/api/station/wage-claims", headers=headers)).json()
        assert [one["claim_id"] for one in told["claims"]] == ["C-0", "C-1", "C-2"]
        assert {one["employer_id"] for one in told["claims"]} == {"E-9"}
        assert {one["amount_fen"] for one in told["claims"]} == {300_000}
        assert all(one["blocked"] for one in told["claims"])
    elsewhere = await gateway.station("511102-01", "511102")
    told = (await gateway.client.get("/api/station/wage-claims", headers=elsewhere)).json()
    assert told["claims"] == []


async def test_what_a_station_has_left_overdue_comes_first_there(
    gateway: Gateway, redis_url: str
) -> None:
    ids: dict[str, Any] = {"employer_id": "E-9", "zone": ZONE}
    facts = (
        *FACTS,
        WageClaimOpened(claim_id="C-0", **ids),
        WageClaimOpened(claim_id="C-1", **ids, kind="simple"),
        ClockTicked(now=NOW + 2 * 24 * HOUR),
        WageClaimOpened(claim_id="C-2", **ids, kind="simple"),
    )
    project(redis_url, answered_facts(facts))
    path = "/api/station/wage-claims"
    told = (await gateway.client.get(path)).json()["claims"]
    assert [one["claim_id"] for one in told] == ["C-1", "C-0", "C-2"]
    assert [one["overdue"] for one in told] == [True, False, False]
    assert [one["kind"] for one in told] == ["simple", "larger", "simple"]
    assert {one["station_id"] for one in told} == {f"{ZONE}-05"}
    assert [one["due_at"] for one in told] == [
        due_at("simple", ZONE, NOW),
        due_at("larger", ZONE, NOW),
        due_at("simple", ZONE, NOW + 2 * 24 * HOUR),
    ]
    other = await gateway.station(f"{ZONE}-06")
    told = (await gateway.client.get(path, headers=other)).json()["claims"]
    assert [one["claim_id"] for one in told] == ["C-0", "C-1", "C-2"]


async def test_an_overdue_claim_that_no_station_opened_comes_first_everywhere(
    gateway: Gateway, redis_url: str
) -> None:
    ids: dict[str, Any] = {"employer_id": "E-9", "zone": ZONE}
    facts = (
        *FACTS,
        WageClaimOpened(claim_id="C-0", **ids),
        WageClaimOpened(claim_id="C-1", **ids, kind="simple"),
        ClockTicked(now=NOW + 2 * 24 * HOUR),
    )
    records = [
        record_of(fact, offset, source=None if offset != len(facts) - 2 else "/import")
        for offset, fact in enumerate(facts)
    ]
    project(redis_url, answered(records))
    other = await gateway.station(f"{ZONE}-06")
    for headers in (None, other):
        told = (await gateway.client.get("/api/station/wage-claims", headers=headers)).json()
        assert [one["claim_id"] for one in told["claims"]] == ["C-1", "C-0"]
        assert told["claims"][0]["station_id"] is None


async def test_where_a_claim_was_referred_to_is_told_in_the_zone(
    gateway: Gateway, redis_url: str
) -> None:
    ids: dict[str, Any] = {"employer_id": "E-9", "zone": ZONE}
    office = "犍为县劳动保障监察大队"
    facts = (
        *FACTS,
        WageClaimOpened(claim_id="C-0", **ids, amount_fen=300_000, workers=2),
        WageClaimOpened(claim_id="C-1", **ids),
        WageClaimOpened(claim_id="C-2", **ids),
        WageClaimClosed(claim_id="C-2", **ids),
        WageClaimClosed(claim_id="C-1", **ids),
        ClockTicked(now=NOW + HOUR),
        WageClaimClosed(claim_id="C-0", **ids, result="referred", referred_to=office),
    )
    project(redis_url, answered_facts(facts))
    told = (await gateway.client.get("/api/station/wage-claims")).json()
    assert told["claims"] == []
    assert [(one["claim_id"], one["result"], one["referred_to"]) for one in told["closed"]] == [
        ("C-0", "referred", office),
        ("C-1", "paid", None),
        ("C-2", "paid", None),
    ]
    assert told["closed"][0] | {"amount_fen": 300_000, "workers": 2} == told["closed"][0]
    assert told["closed"][0]["closed_at"] == NOW + HOUR


async def test_a_referral_names_the_office(gateway: Gateway) -> None:
    path, body = (
        "/api/station/wage-claims/C-1/closing",
        {"employer_id": "E-9", "result": "referred"},
    )
    for n, (said, code) in enumerate(
        (
            ({}, "referral_without_office"),
            ({"referred_to": "李建国"}, "personal_name"),
            ({"referred_to": "劳动监察队", "result": "paid"}, "office_without_referral"),
            ({"referred_to": "劳动监察队 13800138000"}, "personal_data"),
        )
    ):
        key = {"idempotency-key": f"referral-{n}"}
        answer = await gateway.client.post(path, json=body | said, headers=key)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith(code)
        assert answer.json()["field"] == "referred_to"
    key = {"idempotency-key": "referral"}
    answer = await gateway.client.post(path, json=body | {"referred_to": "仲裁委"}, headers=key)
    assert answer.status_code == 202


async def test_another_stations_calls_are_neither_shown_nor_told(
    gateway: Gateway, redis_url: str
) -> None:
    notify(redis_url, "call")
    other = await gateway.station(f"{ZONE}-06")
    assert (await gateway.client.get("/api/station/calls", headers=other)).json()["calls"] == []
    path = "/api/station/workers/W-1/notices/n-1/told"
    assert (await gateway.client.post(path, headers=other)).status_code == 404


async def test_a_notice_that_names_a_station_without_being_its_workers_is_not_shown(
    gateway: Gateway, redis_url: str
) -> None:
    """Any Kafka client may write station ids; the worker's registration counts."""
    notify(redis_url, "call", station_id=f"{ZONE}-06")
    other = await gateway.station(f"{ZONE}-06")
    assert (await gateway.client.get("/api/station/calls", headers=other)).json()["calls"] == []


async def test_the_hall_sees_jobs_and_ends_of_numbers(gateway: Gateway, redis_url: str) -> None:
    notify(redis_url, "screen")
    answer = await gateway.client.get("/api/station/kiosk")
    view = answer.json()
    assert [job["title"] for job in view["jobs"]] == ["采茶工"]
    assert [notice["title"] for notice in view["notices"]] == ["采茶工"]
    assert "worker_id" not in answer.text
    assert "offer_id" not in answer.text


async def test_advice_is_asked_in_the_language_of_whoever_asks(
    gateway: Gateway, adviser: Adviser
) -> None:
    path = "/api/station/jobs/J-1/advice"
    answer = await gateway.client.get(path, headers={"accept-language": "en"})
    assert answer.json()["open_places"] == 2
    assert adviser.asked == [(ZONE, "J-1", "en")]


@pytest.mark.parametrize("why", ["failed", "too_long", "busy"])
async def test_no_advice_is_said_in_words(gateway: Gateway, adviser: Adviser, why: str) -> None:
    adviser.error = AdviceError(why)
    answer = await gateway.client.get("/api/station/jobs/J-1/advice")
    assert answer.status_code == 503
    assert answer.json()["type"].endswith(f"advice_{why}")


async def test_only_its_own_station_gets_advice(gateway: Gateway, adviser: Adviser) -> None:
    other = await gateway.station(f"{ZONE}-06")
    answer = await gateway.client.get("/api/station/jobs/J-1/advice", headers=other)
    assert answer.status_code == 403
    assert adviser.asked == []


async def test_an_unlawful_posting_is_refused_at_once_with_its_field(gateway: Gateway) -> None:
    job = {
        "job_id": "J-2",
        "employer_id": "E-1",
        "title": "保洁",
        "shifts": [{"start": NOW + 24 * HOUR, "end": NOW + 32 * HOUR}],
        "pay": {"amount_fen": 100, "unit": "hour"},
        "place": {"lat": 29.6, "lon": 103.4},
    }
    answer = await gateway.client.post(
        "/api/station/jobs", json=job, headers={"idempotency-key": "low"}
    )
    assert answer.status_code == 422
    assert answer.json()["field"] == "pay.amount_fen"
    assert answer.json()["title"].startswith("工资金额：1.00 元低于最低工资，")
    assert gateway.log.facts == []


async def test_a_link_comes_with_its_qr_code(gateway: Gateway) -> None:
    link = (await gateway.client.post("/api/station/workers/W-1/link")).json()
    size = len(link["qr"])
    assert size >= 21
    assert all(len(row) == size and set(row) <= {"0", "1"} for row in link["qr"])
    assert all(row[:7] == "1111111" for row in (link["qr"][0], link["qr"][6], link["qr"][-1]))


async def test_the_page_is_for_anybody_and_the_rest_for_stations(gateway: Gateway) -> None:
    gateway.client.headers.pop("authorization")
    page = await gateway.client.get("/station")
    assert page.headers["content-type"].startswith("text/html")
    for path in ("occupation?title=x", "kiosk", "calls", "workers", "jobs/J-1/advice"):
        assert (await gateway.client.get(f"/api/station/{path}")).status_code == 401
