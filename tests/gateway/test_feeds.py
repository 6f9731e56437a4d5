"""The feed of open jobs: what it holds, what it never holds, and how it is fetched again."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.facts import ClockTicked, Fact, JobCancelled, JobPosted, WorkerAvailable
from events.values import Interval, Pay, Place
from gateway.routes.feeds import PAGE, PATH
from gateway.vacancies import feed, job_posting
from gigmatch.readmodel.job import JobDoc
from tests.gateway.serving import client_of, gateway_of
from tests.projecting import answered, project
from tests.strategies import job_posted
from tests.town import HOUR, NOW, ZONE
from tests.worlds import record_of

HERE = Path(__file__).parent
NEEDED = json.loads((HERE / "job_posting.schema.json").read_text(encoding="utf-8"))
TERMS = json.loads((HERE / "schema_org.json").read_text(encoding="utf-8"))
FEED = f"{PATH}?zone={ZONE}"
HOSTILE = "采茶</script><script>alert(1)</script>&\"'\u2028"
WORKER = WorkerAvailable(
    worker_id="W-SECRET",
    zone=ZONE,
    station_id=f"{ZONE}-05",
    windows=(Interval(start=NOW, end=NOW + 72 * HOUR),),
    place=Place(lat=29.655, lon=103.445),
)
JOB = JobPosted(
    job_id="J-1",
    zone=ZONE,
    station_id=f"{ZONE}-05",
    employer_id="E-1",
    title="采茶工",
    shifts=(Interval(start=NOW + 24 * HOUR, end=NOW + 32 * HOUR),),
    pay=Pay(amount_fen=15_050),
    place=Place(lat=29.655, lon=103.445, name="双福镇"),
    headcount=2,
    perks=("meal", "pickup"),
)


def job(number: int, **changes: Any) -> JobPosted:
    return msgspec.structs.replace(JOB, job_id=f"J-{number}", **changes)


def show(redis_url: str, *facts: Fact) -> None:
    told = (ClockTicked(now=NOW), *facts)
    project(redis_url, answered(record_of(fact, offset) for offset, fact in enumerate(told)))


def check(document: dict[str, Any]) -> None:
    """Every term is schema.org's, and every posting has what Google asks for."""
    _check_terms({key: value for key, value in document.items() if key != "@context"})
    for posting in document["dataFeedElement"]:
        jsonschema.validate(posting, NEEDED)


def _check_terms(value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _check_terms(one)
    elif isinstance(value, dict):
        assert value.keys() - {"@type"} <= set(TERMS[value["@type"]])
        for one in value.values():
            _check_terms(one)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    show(
        redis_url,
        WORKER,
        job(1),
        job(2, title=HOSTILE),
        job(3),
        JobCancelled(job_id="J-3", zone=ZONE),
    )
    async with client_of(redis_url) as made:
        yield made


async def test_the_feed_has_the_open_jobs_as_job_postings(client: httpx.AsyncClient) -> None:
    answer = await client.get(FEED)
    assert answer.headers["content-type"] == "application/ld+json"
    document = answer.json()
    check(document)
    first, second = document["dataFeedElement"]
    assert first["identifier"]["value"] == "J-1"
    assert second["title"] == HOSTILE
    assert first["baseSalary"]["value"] == {
        "@type": "QuantitativeValue",
        "value": 150.5,
        "unitText": "DAY",
    }
    assert first["jobLocation"]["address"] == {
        "@type": "PostalAddress",
        "addressCountry": "CN",
        "addressRegion": "四川省",
        "addressLocality": "峨眉山市",
        "streetAddress": "双福镇",
    }
    assert (first["totalJobOpenings"], first["employmentType"]) == (2, "PER_DIEM")
    assert "每天 150.50 元，日结" in first["description"]
    assert first["jobBenefits"] == "包餐、接送"


async def test_nobody_is_in_the_feed_and_it_agrees_with_the_other_lists(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(FEED)
    town = (await client.get(f"/api/town?zone={ZONE}")).json()
    listed = [one["identifier"]["value"] for one in answer.json()["dataFeedElement"]]
    assert sorted(listed) == sorted(one["job_id"] for one in town["jobs"])
    assert len(listed) == town["open_jobs"] == 2
    assert "W-SECRET" not in answer.text
    assert "offer" not in answer.text.lower()


async def test_a_hostile_title_can_end_neither_a_script_nor_a_paragraph(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(FEED)
    for character in ("<", ">", "&", "\u2028"):
        assert character not in answer.text
    description = answer.json()["dataFeedElement"][1]["description"]
    assert "<script" not in description
    assert "&lt;/script&gt;" in description


async def test_the_same_page_is_not_sent_twice(client: httpx.AsyncClient, redis_url: str) -> None:
    answer = await client.get(FEED)
    assert answer.headers["cache-control"] == "public, no-cache"
    assert answer.headers["last-modified"].endswith("GMT")
    again = await client.get(FEED, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    changed = await client.get(f"{FEED}&lang=en", headers={"if-none-match": answer.headers["etag"]})
    assert changed.status_code == 200
    assert "150.50 yuan a day" in changed.json()["dataFeedElement"][0]["description"]


async def test_a_page_that_changed_is_sent_again(redis_url: str) -> None:
    show(redis_url, job(1))
    async with client_of(redis_url) as client:
        tag = (await client.get(FEED)).headers["etag"]
        show(redis_url, job(1), JobCancelled(job_id="J-1", zone=ZONE))
        answer = await client.get(FEED, headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert answer.json()["dataFeedElement"] == []


async def test_a_large_zone_comes_by_pages(redis_url: str) -> None:
    count = PAGE + 3
    show(redis_url, *(job(n) for n in range(count)))
    seen: list[str] = []
    async with client_of(redis_url) as client:
        answer = await client.get(FEED)
        while True:
            page = answer.json()["dataFeedElement"]
            seen += [one["identifier"]["value"] for one in page]
            if "next" not in answer.links:
                break
            answer = await client.get(answer.links["next"]["url"])
    assert seen == [f"J-{n}" for n in range(count)]


async def test_a_zone_that_nobody_knows_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PATH}?zone=999999")
    assert answer.status_code == 404
    assert "999999" in answer.json()["title"]


async def test_the_feed_goes_with_the_public_view(redis_url: str) -> None:
    async with gateway_of(redis_url, public_view=False) as gateway:
        assert (await gateway.client.get(FEED)).status_code == 403


@pytest.mark.parametrize(
    ("pay", "unit", "value"),
    [
        (Pay(amount_fen=2_500, unit="hour"), "HOUR", 25),
        (Pay(amount_fen=600_001, unit="month"), "MONTH", 6000.01),
        (Pay(amount_fen=50, unit="piece", pieces_per_day=300), "DAY", 150),
    ],
)
def test_pay_is_told_by_a_unit_that_readers_know(pay: Pay, unit: str, value: float) -> None:
    document = json.loads(feed(ZONE, [doc(job(1, pay=pay))], "en"))
    check(document)
    salary = document["dataFeedElement"][0]["baseSalary"]["value"]
    assert (salary["unitText"], salary["value"]) == (unit, value)


def test_pay_by_the_piece_alone_is_in_the_description_only() -> None:
    posting = job_posting(doc(job(1, pay=Pay(amount_fen=50, unit="piece"))), "en")
    assert "baseSalary" not in posting
    assert "0.50 yuan a piece" in posting["description"]


@given(posted=job_posted(), title=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_whatever_the_job_its_posting_is_whole(posted: JobPosted, title: str) -> None:
    for language in ("zh-CN", "en"):
        titled = msgspec.structs.replace(posted, title=title)
        document = json.loads(feed(posted.zone, [doc(titled)], language))
        check(document)
        assert document["dataFeedElement"][0]["title"] == title


def doc(posted: JobPosted) -> JobDoc:
    return JobDoc(posted=posted, offset=1, at=NOW, pay_fen_day=0)
