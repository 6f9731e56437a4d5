"""The gateway's answers, over a read model that the real projector made."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from redis import Redis

from events.codec import decode_outcome
from events.envelope import Record
from events.facts import ClockTicked, Fact, JobPosted, OfferAccepted, WorkerAvailable
from events.outcomes import OfferMade
from events.topics import EVENTS
from events.values import Interval, Pay, Place
from gateway.app import create_app
from gateway.cursor import NO_LOG, Cursor
from gateway.store import open_store
from gigmatch.processes import free_port
from gigmatch.readmodel.keys import ZONES, job_key
from tests.gateway.serving import Gateway, KeptLog, client_of, gateway_of, wishes_of
from tests.projecting import answered, project
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

PLACE = Place(lat=29.655, lon=103.445, name="双福镇")
SHIFT = Interval(start=NOW + 24 * HOUR, end=NOW + 32 * HOUR)
FACTS: tuple[Fact, ...] = (
    ClockTicked(now=NOW),
    WorkerAvailable(
        worker_id="W-1",
        zone=ZONE,
        station_id=f"{ZONE}-05",
        windows=(Interval(start=NOW, end=NOW + 72 * HOUR),),
        place=PLACE,
    ),
    JobPosted(
        job_id="J-1",
        zone=ZONE,
        station_id=f"{ZONE}-05",
        employer_id="E-1",
        title="采茶工",
        shifts=(SHIFT,),
        pay=Pay(amount_fen=15_000),
        place=PLACE,
        headcount=2,
    ),
    ClockTicked(now=NOW + HOUR // 4),
)


def town() -> list[Record]:
    log = answered_facts(FACTS)
    outcomes = [decode_outcome(record)[1] for record in log if record.topic != EVENTS]
    [offer] = [outcome for outcome in outcomes if isinstance(outcome, OfferMade)]
    yes = OfferAccepted(offer_id=offer.offer_id, worker_id="W-1", zone=ZONE)
    return answered_facts((*FACTS, yes))


def answered_facts(facts: tuple[Fact, ...]) -> list[Record]:
    return answered(record_of(fact, offset) for offset, fact in enumerate(facts))


@pytest.fixture
async def gateway(redis_url: str) -> AsyncIterator[Gateway]:
    project(redis_url, town())
    async with gateway_of(redis_url) as made:
        yield made


@pytest.fixture
def client(gateway: Gateway) -> httpx.AsyncClient:
    return gateway.client


async def test_a_job_as_anybody_sees_it_has_nobody_in_it(client: httpx.AsyncClient) -> None:
    view = await client.get("/api/jobs/J-1")
    job, ranking = view.json()["job"], view.json()["ranking"]
    assert (job["title"], job["status"], job["remaining"]) == ("采茶工", "open", 1)
    [line] = ranking["ranking"]
    assert line.keys() == {"rank", "score", "p_accept", "p_complete", "distance_km", "reasons"}
    assert line["distance_km"] == 1
    town = await client.get("/api/town")
    assert "W-1" not in view.text + town.text


async def test_a_job_as_an_operator_sees_it(gateway: Gateway) -> None:
    headers = await gateway.operator(reader=True)
    job = (await gateway.client.get("/api/operator/jobs/J-1", headers=headers)).json()
    assert (job["job"]["title"], job["missing"], job["booked"]) == ("采茶工", 1, 1)
    assert job["posting"]["pay"]["amount_fen"] == 15_000
    [line] = job["ranking"]["ranking"]
    assert (line["rank"], line["worker_id"]) == (1, "W-1")
    assert all(reason.keys() == {"code", "contribution"} for reason in line["reasons"])
    assert [offer["status"] for offer in job["offers"]] == ["accepted"]
    assert [booking["worker_id"] for booking in job["bookings"]] == ["W-1"]


async def test_a_workers_matches(gateway: Gateway) -> None:
    headers = await gateway.operator(reader=True)
    worker = (await gateway.client.get("/api/operator/workers/W-1", headers=headers)).json()
    assert worker["available"] is True
    assert worker["availability"] is None
    [booking] = worker["bookings"]
    assert (booking["job_id"], booking["status"]) == ("J-1", "confirmed")
    assert booking["shifts"] == [{"start": SHIFT.start, "end": SHIFT.end}]
    assert [job["title"] for job in worker["jobs"]] == ["采茶工"]
    assert worker["offers"] == []


async def test_the_town(client: httpx.AsyncClient) -> None:
    view = (await client.get("/api/town")).json()
    assert (view["zone"], view["zones"], view["now"]) == (ZONE, [ZONE], NOW + HOUR // 4)
    assert len(view["stations"]) == 14
    [busy] = [station for station in view["stations"] if station["jobs"]]
    assert (busy["station_id"], busy["places"], busy["workers"]) == (f"{ZONE}-05", 1, 1)
    assert busy["approximate"] is True
    assert [job["job_id"] for job in view["jobs"]] == ["J-1"]
    assert view["rankings"][0]["ranking"]["feasible"] == 1
    assert view["totals"]["booking.confirmed"] == 1
    assert (view["open_places"], view["open_offers"], view["workers"]) == (1, 0, 1)
    assert Cursor.parse(view["cursor"]) is not None


async def test_an_empty_read_model_is_no_error(redis_url: str) -> None:
    async with client_of(redis_url) as client:
        view = (await client.get("/api/town")).json()
    assert (view["zone"], view["jobs"], view["now"]) == (ZONE, [], 0)
    assert view["cursor"] == NO_LOG


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/jobs/J-9", 404, "unknown_job"),
        ("/api/jobs/J-1?zone=110105", 404, "unknown_job"),
        ("/api/town?zone=999999", 404, "unknown_zone"),
        ("/api/live?after=yesterday", 400, "bad_resume"),
        ("/api/town?zone=5111*1", 422, "bad_parameter"),
        ("/api/live?type=match.rankd", 400, "unknown_type"),
        ("/api/nothing", 404, "not_found"),
    ],
)
async def test_what_cannot_be_answered_says_what_to_do(
    client: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:gigmatch:{code}"
    english = await client.get(path, headers={"accept-language": "en-GB,en;q=0.9"})
    assert answer.json()["title"] != english.json()["title"]
    assert english.json()["title"].isascii()


async def test_writing_is_not_for_here(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/jobs/J-1", json={})
    assert (answer.status_code, answer.json()["type"]) == (405, "urn:gigmatch:wrong_method")


async def test_an_id_of_two_zones_needs_one_named(
    client: httpx.AsyncClient, redis_url: str
) -> None:
    with Redis.from_url(redis_url) as redis:
        stored = redis.get(job_key(ZONE, "J-1"))
        assert isinstance(stored, bytes)
        redis.set(job_key("110105", "J-1"), stored)
        redis.sadd(ZONES, "110105")
    answer = await client.get("/api/jobs/J-1")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:gigmatch:ambiguous")
    assert "110105" in answer.json()["title"]
    assert (await client.get(f"/api/jobs/J-1?zone={ZONE}")).status_code == 200


async def test_without_redis_it_says_so() -> None:
    async with client_of(f"redis://127.0.0.1:{free_port()}/0") as client:
        for path in ("/api/town", "/healthz"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:no_redis")


async def test_a_gateway_that_ends_leaves_the_store_to_who_opened_it(
    redis_url: str, tmp_path: Path
) -> None:
    """What follows the log writes to it until the server has ended; there it met a closed one."""
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    app = create_app(wishes_of(redis_url, store, KeptLog()))
    async with app.router.lifespan_context(app):
        pass
    await store.put("quarantined", "511181/0", b"")
    assert await store.all("quarantined") == {"511181/0": b""}
    await store.close()


async def test_without_redis_every_page_opens_and_its_rates_are_still_counted() -> None:
    """A hall's screen that starts again meanwhile would stay at a line of JSON for good."""
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    async with gateway_of(nowhere, rate_anyone="6/minute") as gateway:
        gateway.client.cookies.set("gigmatch", "whoever-that-was")
        for path in ("/", "/station", "/worker", "/ops", "/api/texts"):
            assert (await gateway.client.get(path)).status_code == 200
        answers = [await gateway.client.get("/station") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]


async def test_without_redis_no_command_is_half_taken() -> None:
    """A page keeps what it said and says it again: a 5xx is no answer to it."""
    async with gateway_of(f"redis://127.0.0.1:{free_port()}/0") as gateway:
        headers = await gateway.station() | {"idempotency-key": "k-1"}
        (posted,) = (fact for fact in FACTS if isinstance(fact, JobPosted))
        body = msgspec.to_builtins(posted)
        answer = await gateway.client.post("/api/station/jobs", headers=headers, json=body)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:no_redis")
        assert gateway.log.facts == []


async def test_what_an_idempotency_key_is_is_said_to_whoever_has_none(redis_url: str) -> None:
    async with gateway_of(redis_url) as gateway:
        headers = await gateway.station() | {"accept-language": "en"}
        answer = await gateway.client.post("/api/station/jobs", headers=headers, json={})
    told = answer.json()
    assert (answer.status_code, told["type"]) == (422, "urn:gigmatch:bad_idempotency_key")
    assert "a UUID" in told["title"]


async def test_an_unknown_address_names_the_pages(client: httpx.AsyncClient) -> None:
    told = (await client.get("/nothing")).json()["title"]
    assert all(page in told for page in ("/station", "/worker", "/ops"))


async def test_health_metrics_and_the_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert "gigmatch_http_requests_total" in (await client.get("/metrics")).text
    page = await client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await client.get("/static/town.js")).status_code == 200


async def test_words_in_both_languages(client: httpx.AsyncClient) -> None:
    chinese = (await client.get("/api/texts")).json()
    english = (await client.get("/api/texts?lang=en")).json()
    assert (chinese["language"], english["language"]) == ("zh-CN", "en")
    assert chinese["texts"].keys() == english["texts"].keys()
    assert chinese["texts"]["reason.near"] == "离家近"
