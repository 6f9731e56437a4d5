"""A real gateway on a real port, for tests that read streams or drive a browser."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn

from gateway.app import create_app


@contextmanager
def serving(redis_url: str, port: int = 0) -> Iterator[str]:
    """The address of a running gateway over a read model."""
    app = create_app(redis_url)
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        app.state.gateway.live.close_soon()
        thread.join()


@asynccontextmanager
async def client_of(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway in this process, started and stopped as a server would."""
    app = create_app(redis_url)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield client
