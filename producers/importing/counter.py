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
from gigmatch.errors import UserError

_TIMEOUT_S: Final = 30.0
_PATIENCE_S: Final = 60.0
_AGAIN_S: Final = 0.5
_OWN: Final = ("worker_id", "zone", "station_id")


class Counter:
    """A gateway, asked as a station; a context manager. Methods raise UserError."""

    def __init__(self, address: str, key: str, language: str) -> None:
        self._address = address
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

    def known(self, worker_id: str) -> WorkerAvailable | None:
        """What a worker of the station has said last and still holds to."""
        answer = self._ask("GET", f"/api/station/workers/{worker_id}", allowed=(200, 404))
        view = answer.json() if answer.status_code == 200 else {}
        said = view.get("availability") if view.get("available") else None
        return None if said is None else msgspec.convert(said, WorkerAvailable)

    def register(self, said: WorkerAvailable) -> None:
        """Say when somebody can work."""
        id = f"import:{secrets.token_hex(8)}"  # the same may be said again after something else
        given = msgspec.to_builtins(said)
        self._ask(
            "POST",
            f"/api/station/workers/{said.worker_id}/availability",
            json={name: value for name, value in given.items() if name not in _OWN},
            headers={"idempotency-key": id},
            allowed=(202,),
        )

    def keep_contact(self, worker_id: str, phone: str, name: str) -> None:
        """Have a number sealed, once the gateway knows whose worker it is."""
        path = f"/api/station/workers/{worker_id}/contact"
        end = time.monotonic() + _PATIENCE_S
        while True:
            body = {"phone": phone, **({"name": name} if name else {})}
            answer = self._ask("PATCH", path, json=body, allowed=(200, 404))
            if answer.status_code == 200:
                return
            if time.monotonic() > end:
                raise UserError(f"the gateway does not know {worker_id} yet: import again later")
            time.sleep(_AGAIN_S)

    def _ask(
        self, method: str, path: str, *, allowed: tuple[int, ...], **sent: Any
    ) -> httpx.Response:
        while True:
            try:
                answer = self._client.request(method, path, **sent)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise UserError(
                    f"no gateway answers at {self._address} ({type(error).__name__}): "
                    "what was said stays said, import again when it does"
                ) from error
            if answer.status_code != 429:
                break
            time.sleep(float(answer.headers.get("retry-after", "1")))
        if answer.status_code not in allowed:
            raise UserError(f"the gateway says {answer.status_code}: {_title(answer)}")
        return answer


def _title(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["title"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
