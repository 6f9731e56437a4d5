"""The key of the line, and what is an answer of a gateway at all."""

from pathlib import Path

import httpx
import pytest

from gigmatch.errors import SaidError
from producers.outbox.line import Line, NoLineError, is_of_a_gateway, read_key, told
from tests.producers.outbox.terminals import HOST, KEY, gateway_behind, key_file


def test_a_key_is_read_from_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    file = key_file(tmp_path)
    assert read_key(file) == KEY
    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        with pytest.raises(SaidError, match="chmod 600"):
            read_key(file)


@pytest.mark.parametrize("content", [b"", b"\n", b"a key\nand more", b"\xff\xfe", b"x" * 201])
def test_a_file_without_a_key_is_told(tmp_path: Path, content: bytes) -> None:
    file = key_file(tmp_path)
    file.write_bytes(content)
    with pytest.raises(SaidError, match="holds no key") as told_so:
        read_key(file)
    assert "more" not in str(told_so.value)


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(SaidError, match="cannot be read"):
        read_key(tmp_path / "none")


@pytest.mark.parametrize(
    ("status", "kind", "is_one"),
    [
        (200, "application/json", True),
        (503, "application/problem+json", True),
        (200, "text/event-stream; charset=utf-8", True),
        (304, "", True),
        (200, "text/html; charset=utf-8", False),
        (302, "", False),
    ],
)
def test_the_page_of_a_network_is_no_gateway(status: int, kind: str, is_one: bool) -> None:
    answer = httpx.Response(status, headers={"content-type": kind} if kind else {})
    assert is_of_a_gateway(answer) is is_one


def test_what_is_wrong_is_told_in_the_gateways_words_or_by_the_status() -> None:
    assert told(httpx.Response(404, json={"title": "no", "type": "x"})) == "no"
    assert told(httpx.Response(502, text="<h1>")) == "HTTP 502"


async def test_what_nobody_answers_has_no_line(tmp_path: Path) -> None:
    line = Line(f"http://{HOST}:1", key_file(tmp_path))
    with pytest.raises(NoLineError, match="ConnectError"):
        await line.command("a", "/api/station/jobs", b"{}", "en")
    with pytest.raises(NoLineError):
        await line.begin("/api/station/live", {}, "")
    await line.close()


async def test_whose_key_it_is_is_asked_with_the_file_as_it_is_now(
    redis_url: str, tmp_path: Path
) -> None:
    with gateway_behind(redis_url) as behind:
        line = Line(behind.address, key_file(tmp_path, "gm_old"))
        key_file(tmp_path, KEY)
        answer = await line.own_station()
        assert (answer.status_code, answer.json()["station_id"]) == (200, "511181-05")
        (tmp_path / "station.key").unlink()
        with pytest.raises(NoLineError, match="cannot be read"):
            await line.own_station()
        await line.close()


async def test_of_a_page_only_what_the_gateway_needs_goes_on(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    line = Line("https://gig.example", key_file(tmp_path))
    await line._client.aclose()
    line._client = httpx.AsyncClient(
        transport=httpx.MockTransport(answer), base_url="https://gig.example"
    )
    headers = {"origin": "http://127.0.0.1:8090", "cookie": "other=1", "x-csrf-token": "t"}
    await line.pass_on("POST", "/api/session", headers, "c", b"{}")
    assert seen[0].headers["host"] == "gig.example"
    assert seen[0].headers["x-csrf-token"] == "t"
    assert seen[0].headers["cookie"] == "gigmatch_session=c"
    assert "origin" not in seen[0].headers
    assert "authorization" not in seen[0].headers
    await line.close()
