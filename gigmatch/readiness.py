"""Whether a program of ours does its work, by its /healthz, and if not, why."""

import http.client
import json
from typing import Final

SILENT: Final = "it does not answer"


def why_unready(status: int, body: bytes) -> str:
    """Why a program is not ready, by what its /healthz answered; "" when it is."""
    if status == http.client.OK:
        return ""
    try:
        health = json.loads(body)
        return str(health.get("reason") or health.get("title") or health["status"])
    except (ValueError, LookupError, AttributeError):
        return f"it answers {status}"


def ask_readiness(host: str, port: int, timeout_s: float) -> str:
    """Why the program at an address is not ready, or does not answer; "" when it is ready."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return why_unready(answer.status, answer.read())
    except (OSError, http.client.HTTPException):
        return SILENT
    finally:
        connection.close()
