"""Who is looked at: every process behind a name, and what cannot be found is said."""

import socket
from typing import Any

import httpx
import pytest

from gigmatch.figures.scraping import Target, scrape_all
from gigmatch.health import HealthServer
from gigmatch.processes import LOCALHOST, free_port

HERE, TOO = LOCALHOST, "127.0.0.2"


async def test_a_name_of_a_scaled_service_is_each_of_its_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    servers = [HealthServer(port, host, lambda: (True, "")) for host in (HERE, TOO)]
    for server in servers:
        server.start()
    real = socket.getaddrinfo

    def resolve(host: str, port: str, *rest: Any, **more: Any) -> Any:
        hosts = (TOO, HERE) if host == "matcher" else (host,)
        return [one for name in hosts for one in real(name, port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    targets = [Target("matcher", f"matcher:{port}"), Target("gateway", f"localhost:{port}")]
    async with httpx.AsyncClient() as client:
        found = (await scrape_all(client, targets)).scrapes
    for server in servers:
        server.stop()
    assert [one.up for one in found.values()] == [True] * 3
    assert {address: one.target.name for address, one in found.items()} == {
        f"{HERE}:{port}": "matcher",
        f"{TOO}:{port}": "matcher",
        f"localhost:{port}": "gateway",
    }


async def test_what_has_no_address_is_down_and_says_so() -> None:
    async with httpx.AsyncClient() as client:
        found = (await scrape_all(client, [Target("matcher", "nowhere.invalid:1")])).scrapes
    (scrape,) = found.values()
    assert (scrape.target.address, scrape.up) == ("nowhere.invalid:1", False)
    assert scrape.why


@pytest.mark.parametrize("why", ["", "the broker does not answer"])
async def test_who_is_up_and_not_ready_says_why(why: str) -> None:
    server = HealthServer(0, HERE, lambda: (not why, why))
    server.start()
    async with httpx.AsyncClient() as client:
        found = (await scrape_all(client, [Target("matcher", f"{HERE}:{server.port}")])).scrapes
    server.stop()
    (scrape,) = found.values()
    assert (scrape.up, scrape.unready) == (True, why)
