"""What operators see and do: dead letters, jobs that lack people, what would fill them."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from events.facts import StationReleased
from gateway.advice import AdviceError
from gateway.operations import Letter
from tests.gateway.serving import Adviser, Gateway, KeptLetters, gateway_of
from tests.gateway.two_stations import FACTS_OF_THE_TOWN
from tests.projecting import answered, project
from tests.town import NOW
from tests.worlds import record_of

REPLAY = "/api/operator/dead-letters/replay"
ORIGIN = "market.events/0/7"


@pytest.fixture
async def gateway(redis_url: str) -> AsyncIterator[Gateway]:
    project(redis_url, answered(record_of(f, n) for n, f in enumerate(FACTS_OF_THE_TOWN)))
    async with gateway_of(redis_url) as made:
        letters_of(made).letters[ORIGIN] = Letter(
            origin=ORIGIN,
            code="not_json",
            field="value",
            reason={"zh-CN": "不是 JSON", "en": "no JSON"},
            ce_type="job.posted.v1",
            source="/zones/511181/stations/05",
            size=7,
            at=NOW,
            preview="garbage",
            cut=False,
        )
        yield made


def letters_of(gateway: Gateway) -> KeptLetters:
    return cast("KeptLetters", gateway.parts.wishes.dead_letters)


async def test_letters_are_sent_again_once_and_audited(gateway: Gateway) -> None:
    headers = await gateway.operator()
    listed = (await gateway.client.get("/api/operator/dead-letters", headers=headers)).json()
    assert [one["origin"] for one in listed["letters"]] == [ORIGIN]
    body = {"origins": [ORIGIN, ORIGIN, "market.events/0/8"]}
    first = (await gateway.client.post(REPLAY, headers=headers, json=body)).json()
    assert first == {"published": [ORIGIN], "repeated": [], "unknown": ["market.events/0/8"]}
    again = (await gateway.client.post(REPLAY, headers=headers, json=body)).json()
    assert (again["published"], again["repeated"]) == ([], [ORIGIN])
    [line, *_] = [one for one in gateway.log.lines if one.action == "dead_letter_replayed"]
    assert line.subject == ORIGIN
    assert line.actor.startswith("operator:")
    listed = (await gateway.client.get("/api/operator/dead-letters", headers=headers)).json()
    assert listed["letters"][0]["replayed_at"] == NOW


async def test_a_reader_looks_and_sends_nothing(gateway: Gateway) -> None:
    headers = await gateway.operator(reader=True)
    assert (await gateway.client.get("/api/operator/dead-letters", headers=headers)).is_success
    answer = await gateway.client.post(REPLAY, headers=headers, json={"origins": [ORIGIN]})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:gigmatch:not_for_you")
    assert letters_of(gateway).letters[ORIGIN].replayed_at is None


@pytest.mark.parametrize(
    "body",
    [{}, {"origins": []}, {"origins": ["../../etc"]}, {"origins": [ORIGIN] * 201}, {"origins": 1}],
)
async def test_what_is_no_list_of_origins_is_refused(gateway: Gateway, body: object) -> None:
    answer = await gateway.client.post(REPLAY, headers=await gateway.operator(), json=body)
    assert answer.status_code == 422


async def test_nothing_is_sent_without_its_line_in_the_audit(gateway: Gateway) -> None:
    headers = await gateway.operator()
    gateway.log.down = True
    answer = await gateway.client.post(REPLAY, headers=headers, json={"origins": [ORIGIN]})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:no_broker")
    assert letters_of(gateway).letters[ORIGIN].replayed_at is None


async def test_a_broker_that_is_away_is_said(gateway: Gateway) -> None:
    letters_of(gateway).down = True
    headers = await gateway.operator()
    answer = await gateway.client.get("/api/operator/dead-letters", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:no_broker")


async def test_jobs_that_lack_people_are_found_by_any_word(gateway: Gateway) -> None:
    headers = await gateway.operator(reader=True)
    path = "/api/operator/unmatched"
    for wanted, expected in (("", ["J-1", "J-2"]), ("j-2", ["J-2"]), ("采茶", ["J-1", "J-2"])):
        answer = await gateway.client.get(path, headers=headers, params={"q": wanted})
        assert [one["job"]["job_id"] for one in answer.json()["jobs"]] == expected
    nothing = await gateway.client.get(path, headers=headers, params={"q": "<script>"})
    assert nothing.json()["jobs"] == []
    [first, _] = (await gateway.client.get(path, headers=headers)).json()["jobs"]
    assert first["feasible"] == 2
    assert first["open_offers"] == 2


async def test_advice_comes_when_it_has_been_found(gateway: Gateway) -> None:
    headers = await gateway.operator(reader=True)
    path = "/api/operator/jobs/J-1/advice"
    first = await gateway.client.get(path, headers=headers)
    assert first.json() == {"advice": None}
    while (told := (await gateway.client.get(path, headers=headers)).json()["advice"]) is None:
        await asyncio.sleep(0)
    assert told["job_id"] == "J-1"
    assert cast("Adviser", gateway.parts.wishes.advise).asked == [("511181", "J-1", "zh-CN")]
    unknown = await gateway.client.get("/api/operator/jobs/J-9/advice", headers=headers)
    assert unknown.status_code == 404


async def test_no_advice_is_said_in_words(gateway: Gateway) -> None:
    headers = await gateway.operator(reader=True)
    cast("Adviser", gateway.parts.wishes.advise).error = AdviceError("failed")
    path = "/api/operator/jobs/J-1/advice"
    while (answer := await gateway.client.get(path, headers=headers)).is_success:
        await asyncio.sleep(0)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gigmatch:advice_failed")


async def test_the_page_is_there_for_whoever_signs_in(gateway: Gateway) -> None:
    page = await gateway.client.get("/ops")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert (await gateway.client.get("/api/operator/figures")).status_code == 401


async def test_an_operator_releases_a_station_and_it_is_audited(gateway: Gateway) -> None:
    path = "/api/operator/quarantine/511181-05/release"
    answer = await gateway.client.post(path, headers=await gateway.operator())
    assert answer.json() == {"station_id": "511181-05", "partitions": 1}
    (said,) = [fact for _, _, fact in gateway.log.facts]
    assert said == StationReleased(station_id="511181-05")
    (line,) = [one for one in gateway.log.lines if one.action == "station_released"]
    assert line.subject == "511181-05"
    reader = await gateway.client.post(path, headers=await gateway.operator(reader=True))
    assert reader.status_code == 403
    wrong = await gateway.client.post(
        "/api/operator/quarantine/511181/release", headers=await gateway.operator()
    )
    assert wrong.status_code == 422
    assert len(gateway.log.facts) == 1


async def test_nobody_is_released_without_a_line_in_the_audit(gateway: Gateway) -> None:
    headers = await gateway.operator()
    gateway.log.down = True
    path = "/api/operator/quarantine/511181-05/release"
    assert (await gateway.client.post(path, headers=headers)).status_code == 503
    assert gateway.log.facts == []
