"""The table of rules: who may use each route, and whose data it shows or changes there.

A route that is not in the table does not start: `create_app` compares the two.
"""

from typing import Final, Literal, NamedTuple

from gateway.access.principals import Role

Scope = Literal[
    "nobody's data",
    "public view",
    "their own session",
    "their zone",
    "their station's jobs",
    "their station's workers",
    "themselves",
    "their zones",
    "all zones",
]
"""Of an operator's: `their zones` are those of their key, and the route looks to that; `all zones`
is what cannot be told by zone, and whoever has a key for some is refused."""
Route = tuple[str, str]


class Rule(NamedTuple):
    """Who may, and on what."""

    roles: frozenset[Role]
    scope: Scope

    @property
    def is_open(self) -> bool:
        """Whether anybody may."""
        return "anyone" in self.roles


_ALL: Final[frozenset[Role]] = frozenset({"anyone", "station", "worker", "reader", "operator"})
_KNOWN: Final = _ALL - {"anyone"}
_STATION: Final[frozenset[Role]] = frozenset({"station"})
_WORKER: Final[frozenset[Role]] = frozenset({"worker"})
_READERS: Final[frozenset[Role]] = frozenset({"reader", "operator"})
_OPERATOR: Final[frozenset[Role]] = frozenset({"operator"})

_S: Final = "/api/station"
_W: Final = "/api/worker"
_O: Final = "/api/operator"
_ITS_WORKER: Final = f"{_S}/workers/{{worker_id}}"
_ITS_JOB: Final = f"{_S}/jobs/{{job_id}}"
_AT_WORK: Final = f"{_ITS_JOB}/workers/{{worker_id}}"

RULES: Final[dict[Route, Rule]] = {
    ("GET", "/healthz"): Rule(_ALL, "nobody's data"),
    ("GET", "/metrics"): Rule(_ALL, "nobody's data"),
    ("GET", "/openapi.json"): Rule(_ALL, "nobody's data"),
    ("GET", "/static/{path}"): Rule(_ALL, "nobody's data"),
    ("GET", "/api/texts"): Rule(_ALL, "nobody's data"),
    ("GET", "/ops"): Rule(_ALL, "nobody's data"),
    ("GET", "/"): Rule(_ALL, "public view"),
    ("GET", "/station"): Rule(_ALL, "nobody's data"),
    ("GET", "/api/town"): Rule(_ALL, "public view"),
    ("GET", "/api/jobs/{job_id}"): Rule(_ALL, "public view"),
    ("GET", "/api/live"): Rule(_ALL, "public view"),
    ("GET", "/feeds/jobs.jsonld"): Rule(_ALL, "public view"),
    ("POST", "/api/session"): Rule(_ALL, "their own session"),
    ("GET", "/api/session"): Rule(_KNOWN, "their own session"),
    ("DELETE", "/api/session"): Rule(_KNOWN, "their own session"),
    ("POST", "/api/session/guest"): Rule(_STATION, "their own session"),
    ("DELETE", "/api/session/guest"): Rule(_WORKER, "their own session"),
    ("GET", f"{_S}/occupation"): Rule(_STATION, "nobody's data"),
    ("GET", f"{_S}/kiosk"): Rule(_STATION, "their zone"),
    ("GET", f"{_S}/calls"): Rule(_STATION, "their station's workers"),
    ("GET", f"{_S}/workers"): Rule(_STATION, "their station's workers"),
    ("GET", f"{_S}/jobs"): Rule(_STATION, "their station's jobs"),
    ("POST", f"{_S}/jobs"): Rule(_STATION, "their station's jobs"),
    ("GET", _ITS_JOB): Rule(_STATION, "their station's jobs"),
    ("GET", f"{_ITS_JOB}/advice"): Rule(_STATION, "their station's jobs"),
    ("POST", f"{_ITS_JOB}/amendment"): Rule(_STATION, "their station's jobs"),
    ("POST", f"{_ITS_JOB}/cancellation"): Rule(_STATION, "their station's jobs"),
    ("POST", f"{_AT_WORK}/completion"): Rule(_STATION, "their station's jobs"),
    ("POST", f"{_AT_WORK}/no-show"): Rule(_STATION, "their station's jobs"),
    ("POST", f"{_AT_WORK}/rating"): Rule(_STATION, "their station's jobs"),
    ("GET", _ITS_WORKER): Rule(_STATION, "their station's workers"),
    ("POST", f"{_ITS_WORKER}/availability"): Rule(_STATION, "their station's workers"),
    ("POST", f"{_ITS_WORKER}/unavailability"): Rule(_STATION, "their station's workers"),
    ("POST", f"{_ITS_WORKER}/forgetting"): Rule(_STATION, "their station's workers"),
    ("POST", f"{_ITS_WORKER}/offers/{{offer_id}}/acceptance"): Rule(
        _STATION, "their station's workers"
    ),
    ("POST", f"{_ITS_WORKER}/offers/{{offer_id}}/refusal"): Rule(
        _STATION, "their station's workers"
    ),
    ("POST", f"{_ITS_WORKER}/offers/{{offer_id}}/rating"): Rule(
        _STATION, "their station's workers"
    ),
    ("POST", f"{_ITS_WORKER}/notices/{{notification_id}}/told"): Rule(
        _STATION, "their station's workers"
    ),
    ("POST", f"{_ITS_WORKER}/link"): Rule(_STATION, "their station's workers"),
    ("POST", f"{_ITS_WORKER}/code"): Rule(_STATION, "their station's workers"),
    ("DELETE", f"{_ITS_WORKER}/passes"): Rule(_STATION, "their station's workers"),
    ("PUT", f"{_ITS_WORKER}/contact"): Rule(_STATION, "their station's workers"),
    ("PATCH", f"{_ITS_WORKER}/contact"): Rule(_STATION, "their station's workers"),
    ("DELETE", f"{_ITS_WORKER}/contact"): Rule(_STATION, "their station's workers"),
    ("POST", f"{_ITS_WORKER}/contact/reveal"): Rule(_STATION, "their station's workers"),
    ("GET", f"{_S}/wage-claims"): Rule(_STATION, "their zone"),
    ("POST", f"{_S}/wage-claims"): Rule(_STATION, "their zone"),
    ("POST", f"{_S}/wage-claims/{{claim_id}}/closing"): Rule(_STATION, "their zone"),
    ("GET", f"{_S}/live"): Rule(_STATION, "their zone"),
    ("GET", "/worker"): Rule(_ALL, "nobody's data"),
    ("GET", f"{_W}/matches"): Rule(_WORKER, "themselves"),
    ("GET", f"{_W}/live"): Rule(_WORKER, "themselves"),
    ("POST", f"{_W}/availability"): Rule(_WORKER, "themselves"),
    ("POST", f"{_W}/unavailability"): Rule(_WORKER, "themselves"),
    ("POST", f"{_W}/forgetting"): Rule(_WORKER, "themselves"),
    ("POST", f"{_W}/offers/{{offer_id}}/acceptance"): Rule(_WORKER, "themselves"),
    ("POST", f"{_W}/offers/{{offer_id}}/refusal"): Rule(_WORKER, "themselves"),
    ("POST", f"{_W}/offers/{{offer_id}}/rating"): Rule(_WORKER, "themselves"),
    ("GET", f"{_O}/jobs/{{job_id}}"): Rule(_READERS, "their zones"),
    ("GET", f"{_O}/jobs/{{job_id}}/advice"): Rule(_READERS, "their zones"),
    ("GET", f"{_O}/workers/{{worker_id}}"): Rule(_READERS, "their zones"),
    ("GET", f"{_O}/live"): Rule(_READERS, "their zones"),
    ("GET", f"{_O}/keys"): Rule(_READERS, "their zones"),
    ("POST", f"{_O}/keys/{{key_id}}/revocation"): Rule(_OPERATOR, "their zones"),
    ("GET", f"{_O}/figures"): Rule(_READERS, "all zones"),
    ("GET", f"{_O}/markets"): Rule(_READERS, "their zones"),
    ("GET", f"{_O}/unmatched"): Rule(_READERS, "their zones"),
    ("GET", f"{_O}/dead-letters"): Rule(_READERS, "their zones"),
    ("POST", f"{_O}/dead-letters/replay"): Rule(_OPERATOR, "their zones"),
    ("POST", f"{_O}/quarantine/{{station_id}}/release"): Rule(_OPERATOR, "their zones"),
}
