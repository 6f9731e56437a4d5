"""Over the counter of a station: workers go through the gateway, as a clerk's would.

So their numbers are sealed there and nowhere else, and the audit knows who registered them.
"""

import secrets
import time
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

from events.facts import WorkerAvailable
from events.rejections import Rejection
from gigmatch.errors import SaidError

_TIMEOUT_S: Final = 30.0
_PATIENCE_S: Final = 60.0
_AGAIN_S: Final = 0.5
_OWN: Final = ("worker_id", "zone", "station_id")
_OF_ONE: Final = (400, 403, 404, 409, 413, 422)
"""The refusals of one worker: with any other, nobody can be registered."""


class Counter:
    """A gateway, asked as a station; a context manager.

    Methods raise UserError when the gateway is away, and Rejection for somebody whom it refuses.
    """

    def __init__(
        self, address: str, key: str, language: str, *, patience_s: float = _PATIENCE_S
    ) -> None:
        """`patience_s` is how long to wait for any of those registered to be known."""
        self._address = address
        self._patience_s = self._left_s = patience_s
        self._client = httpx.Client(
            base_url=address,
            timeout=_TIMEOUT_S,
            trust_env=False,
            headers={"authorization": f"Bearer {key}", "accept-language": language},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._client.close()

    def check(self, station_id: str) -> None:
        """Whether the key is that station's: by another's, everybody would be registered there."""
        asked = self._ask("GET", "/api/station/calls", allowed=(200, 401, 403))
        if asked.status_code != 200:
            raise SaidError("import.no_station_key", station=station_id, why=_title(asked))
        own = str(asked.json()["station_id"])
        if own != station_id:
            raise SaidError("import.other_stations_key", own=own, station=station_id)

    def known(self, worker_id: str) -> WorkerAvailable | None:
        """What a worker of the station has said last and still holds to."""
        path = f"/api/station/workers/{worker_id}"
        answer = self._ask("GET", path, allowed=(200, *_OF_ONE))
        if answer.status_code not in (200, 404):
            raise Rejection("gateway_refuses", why=_title(answer))
        view = answer.json() if answer.status_code == 200 else {}
        said = view.get("availability") if view.get("available") else None
        return None if said is None else msgspec.convert(said, WorkerAvailable)

    def register(self, said: WorkerAvailable) -> None:
        """Say when somebody can work."""
        id = f"import:{secrets.token_hex(8)}"  # the same may be said again after something else
        given = msgspec.to_builtins(said)
        answer = self._ask(
            "POST",
            f"/api/station/workers/{said.worker_id}/availability",
            json={name: value for name, value in given.items() if name not in _OWN},
            headers={"idempotency-key": id},
            allowed=(202, *_OF_ONE),
        )
        if answer.status_code != 202:
            raise Rejection("gateway_refuses", why=_title(answer))

    def keep_contact(self, worker_id: str, phone: str, name: str) -> None:
        """Have a number sealed, once the gateway knows whose worker it is."""
        path = f"/api/station/workers/{worker_id}/contact"
        body = {"phone": phone, **({"name": name} if name else {})}
        while True:
            answer = self._ask("PATCH", path, json=body, allowed=(200, *_OF_ONE))
            if answer.status_code == 200:
                self._left_s = self._patience_s
                return
            if answer.status_code != 404:
                raise Rejection("contact_refused", why=_title(answer))
            if self._left_s <= 0:
                raise Rejection("worker_unknown_yet")
            self._left_s -= _AGAIN_S
            time.sleep(_AGAIN_S)

    def _ask(
        self, method: str, path: str, *, allowed: tuple[int, ...], **sent: Any
    ) -> httpx.Response:
        while True:
            try:
                answer = self._client.request(method, path, **sent)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise SaidError(
                    "import.no_gateway", address=self._address, why=type(error).__name__
                ) from error
            if answer.status_code != 429:
                break
            time.sleep(float(answer.headers.get("retry-after", "1")))
        if answer.status_code not in allowed:
            raise SaidError("import.gateway_says", status=answer.status_code, why=_title(answer))
        return answer


def _title(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["title"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
