"""How the gateway is served."""

import uvicorn
from starlette.types import ASGIApp

from gigmatch.settings import Settings


def config_of(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Uvicorn's settings. Whom a request comes from a proxy says, if it is one that is trusted."""
    return uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.gateway_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=2,
    )
