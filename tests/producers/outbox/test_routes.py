"""Every route of the gateway is kept, passed on, or not served; and what no disk may have."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from events.codec import encode
from events.facts import Fact, OfferAccepted, WorkerForgotten, WorkRated
from events.rejections import Rejection
from gigmatch.command_routes import STATION_COMMANDS
from producers.outbox.routes import NOT_SERVED, PASSED_ON, is_passed_on, said
from producers.outbox.station import Station
from tests.matching.scenario import JOB, WORKER

STATION = Station("511181", "05")
DOCUMENT: dict[str, Any] = yaml.safe_load(Path("openapi.yaml").read_text(encoding="utf-8"))
ROUTES = {(method.upper(), path) for path, one in DOCUMENT["paths"].items() for method in one}
NEVER_KEPT = ("session", "contact", "reveal", "link", "code", "passes", "told")
"""Words of the routes that have to do with signing in, or with how somebody is reached."""


def filled(path: str) -> str:
    """A path with an id in each place."""
    return "/".join("X-1" if part.startswith("{") else part for part in path.split("/"))


def test_every_route_that_changes_something_is_of_one_kind() -> None:
    changes = {route for route in ROUTES if route[0] != "GET"}
    kept = {("POST", one.path) for one in STATION_COMMANDS}
    not_served = {route for route in changes if route[1].startswith(NOT_SERVED)}
    kinds = [kept, set(PASSED_ON), not_served]
    assert set.union(*kinds) == changes
    assert sum(map(len, kinds)) == len(changes)
    for method, path in changes:
        is_kept, goes = said(method, filled(path)) is not None, is_passed_on(method, filled(path))
        assert (is_kept, goes) == ((method, path) in kept, (method, path) in PASSED_ON)


def test_nothing_of_signing_in_and_of_contacts_is_kept() -> None:
    paths = [one.path for one in STATION_COMMANDS]
    assert not [path for path in paths if set(path.split("/")) & set(NEVER_KEPT)]
    assert not [path for path in paths if path.startswith("/api/worker/")]


def test_all_that_is_read_goes_through_but_what_is_for_operators() -> None:
    read = {path for method, path in ROUTES if method == "GET" and path.startswith("/api/")}
    assert {path for path in read if not is_passed_on("GET", filled(path))} == {
        path for path in read if path.startswith(NOT_SERVED)
    }


@pytest.mark.parametrize(
    "path",
    [
        "/api/station/workers/../availability",
        "/api/station/workers/./availability",
        "/api/station/workers/W-1/availability/",
        "/api/station/workers/W 1/availability",
        "/api/station/workers//availability",
        "/api/station/../operator/keys",
        "/api/operator/keys",
        "//api/station/calls",
        "/metrics",
    ],
)
def test_no_other_path_goes_anywhere(path: str) -> None:
    assert said("POST", path) is None
    assert not is_passed_on("POST", path)
    assert not is_passed_on("GET", path)


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("/api/station/jobs", JOB),
        ("/api/station/workers/W-1/availability", WORKER),
        (
            "/api/station/workers/W-1/offers/O-1/acceptance",
            OfferAccepted(zone="511181", offer_id="O-1", worker_id="W-1"),
        ),
        (
            "/api/station/workers/W-1/forgetting",
            WorkerForgotten(zone="511181", worker_id="W-1"),
        ),
    ],
)
def test_what_a_station_may_say_may_be_kept(path: str, fact: Fact) -> None:
    command = said("POST", path)
    assert command is not None
    command.check(path, encode(fact), STATION)


def test_what_only_the_gateway_can_fill_in_may_be_left_out() -> None:
    path = "/api/station/workers/W-1/offers/O-1/rating"
    command = said("POST", path)
    assert command is not None
    command.check(path, b'{"stars": 4}', STATION)
    assert command.route.fact is WorkRated
    with pytest.raises(Rejection, match="stars"):
        command.check(path, b'{"stars": 9}', STATION)


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("/api/station/jobs", {"title": "采茶工 13800138000"}, "personal_data"),
        ("/api/station/jobs", {"employer_name": "王小二"}, "personal_name"),
        ("/api/station/jobs", {"zone": "511102"}, "other_zone"),
        ("/api/station/jobs", {"station_id": "511181-06"}, "other_station"),
        ("/api/station/jobs", {"headcount": 0}, "below"),
        ("/api/station/workers/13800138000/availability", None, "personal_data"),
        ("/api/station/jobs/13800138000/cancellation", None, "personal_data"),
    ],
)
def test_what_no_disk_may_have_is_refused_first(
    path: str, content: dict[str, Any] | None, code: str
) -> None:
    command = said("POST", path)
    assert command is not None
    body = b"{}" if content is None else msgspec.json.encode(msgspec.to_builtins(JOB) | content)
    with pytest.raises(Rejection) as refused:
        command.check(path, body, STATION)
    assert refused.value.code == code
    assert "13800138000" not in str(refused.value)


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    command = said("POST", "/api/station/jobs")
    assert command is not None
    with pytest.raises(Rejection):
        command.check("/api/station/jobs", content, STATION)


def test_a_later_word_is_on_the_same_subject_where_there_is_one() -> None:
    offer = "/api/station/workers/W-1/offers/O-1"
    subjects = [
        command.subject
        for way in ("acceptance", "refusal", "rating")
        if (command := said("POST", f"{offer}/{way}"))
    ]
    assert subjects[0] == subjects[1] != subjects[2]
    job = said("POST", "/api/station/jobs")
    assert job is not None
    assert job.subject == ""
