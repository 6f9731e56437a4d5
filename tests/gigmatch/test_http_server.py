"""Whom the gateway takes a request to come from: its limits count by address."""

import asyncio

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gigmatch.http_server import config_of
from gigmatch.processes import LOCALHOST, free_port
from gigmatch.settings import Settings

FAR = "203.0.113.7"


async def who_asks(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["client"][0].encode()})


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [("127.0.0.1", FAR), ("127.0.0.0/8,10.0.0.0/8", FAR), ("10.0.0.0/8", LOCALHOST)],
)
async def test_only_a_trusted_proxy_says_who_asks(trusted: str, seen: str) -> None:
    settings = Settings(http_host=LOCALHOST, gateway_port=free_port(), trusted_proxies=trusted)
    config = config_of(who_asks, settings)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient() as client:
        url = f"http://{LOCALHOST}:{settings.gateway_port}/"
        answer = await client.get(url, headers={"x-forwarded-for": FAR})
    assert answer.text == seen
    server.should_exit = True
    await serving
