"""The headers that keep pages to themselves: word for word as docs/access.md has them."""

import re
from pathlib import Path

import pytest

from gateway.access.rules import RULES
from tests.gateway.serving import gateway_of

PAGES = ("/", "/station", "/worker", "/ops")
STATIC = Path("gateway/static")


def documented() -> dict[str, str]:
    """The headers in the block of the documentation, by name in small letters."""
    text = Path("docs/access.md").read_text(encoding="utf-8")
    block = re.search(r"```http\n(.*?)```", text, re.DOTALL)
    assert block is not None
    lines = (line.split(": ", 1) for line in block[1].replace("\n  ", " ").splitlines())
    return {name.lower(): value for name, value in lines}


@pytest.mark.parametrize("public_url", ["", "https://gig.example"])
async def test_every_answer_has_the_headers_of_the_documentation(
    redis_url: str, public_url: str
) -> None:
    wanted = documented()
    assert wanted["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    tls = {"strict-transport-security": wanted.pop("strict-transport-security")}
    wanted |= tls if public_url else {}
    async with gateway_of(redis_url, public_url=public_url) as gateway:
        for method, path in sorted(RULES):
            place = path.replace("{", "").replace("}", "").replace("static/path", "static/ops.js")
            place += "?type=none" if path.endswith("/live") else ""  # a stream would not end
            answer = await gateway.client.request(method, place)
            for name, value in wanted.items():
                assert answer.headers.get_list(name) == [value], (method, path, name)
            assert bool(public_url) == ("strict-transport-security" in answer.headers)
        for place in ("/nothing", "/static/nothing", "/static/../app.py"):
            answer = await gateway.client.get(place)
            assert answer.status_code == 404
            assert answer.headers["content-security-policy"] == wanted["content-security-policy"]
        for page in PAGES:
            assert (await gateway.client.get(page)).status_code == 200


def test_every_page_asks_for_nothing_that_the_policy_forbids() -> None:
    """No script or style in the page itself, nothing from elsewhere, no handlers in attributes."""
    pages = sorted(STATIC.glob("*.html"))
    assert [page.stem for page in pages] == ["ops", "station", "town", "worker"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", text) == []
        places = re.findall(r"(?:src|href)=\"([^\"]*)\"", text)
        assert [one for one in places if not re.match(r"/(?!/)|#", one)] == []
