"""Commands over HTTP: each route with the fact that it says, and the whole list of a station's.

A gateway serves them; an outbox keeps a station's until the gateway has answered.
"""

from typing import Final, Literal, NamedTuple

from events.facts import (
    Fact,
    JobAmended,
    JobCancelled,
    JobPosted,
    OfferAccepted,
    OfferDeclined,
    WageClaimClosed,
    WageClaimOpened,
    WorkCompleted,
    WorkerAvailable,
    WorkerForgotten,
    WorkerUnavailable,
    WorkNoShow,
    WorkRated,
)

Needs = Literal["nothing", "job", "new job", "worker", "new worker", "offer", "work"]
"""What must be the principal's own before a command is taken."""

STATION: Final = "/api/station"
STATION_WORKER: Final = f"{STATION}/workers/{{worker_id}}"
STATION_OFFER: Final = f"{STATION_WORKER}/offers/{{offer_id}}"
_JOB: Final = f"{STATION}/jobs/{{job_id}}"
STATION_AT_WORK: Final = f"{_JOB}/workers/{{worker_id}}"
_CLAIMS: Final = f"{STATION}/wage-claims"


class Command(NamedTuple):
    """A route that publishes a fact. Fields in the path, and `own` ones, are not of the body.

    `see` is where the market's decision can be read.
    """

    path: str
    fact: type[Fact]
    needs: Needs
    see: str
    own: tuple[str, ...] = ("zone",)

    @property
    def given(self) -> tuple[str, ...]:
        """The fields that the body need not have."""
        in_path = tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))
        return (*in_path, *self.own)


STATION_COMMANDS: Final = (
    Command(f"{STATION}/jobs", JobPosted, "new job", _JOB, ("zone", "station_id")),
    Command(f"{_JOB}/amendment", JobAmended, "job", _JOB),
    Command(f"{_JOB}/cancellation", JobCancelled, "job", _JOB),
    Command(f"{STATION_AT_WORK}/completion", WorkCompleted, "job", _JOB),
    Command(f"{STATION_AT_WORK}/no-show", WorkNoShow, "job", _JOB),
    Command(f"{STATION_AT_WORK}/rating", WorkRated, "job", _JOB, ("zone", "rated_by")),
    Command(
        f"{STATION_WORKER}/availability",
        WorkerAvailable,
        "new worker",
        STATION_WORKER,
        ("zone", "station_id"),
    ),
    Command(f"{STATION_WORKER}/unavailability", WorkerUnavailable, "worker", STATION_WORKER),
    Command(f"{STATION_WORKER}/forgetting", WorkerForgotten, "worker", f"{STATION}/live"),
    Command(f"{STATION_OFFER}/acceptance", OfferAccepted, "offer", STATION_WORKER),
    Command(f"{STATION_OFFER}/refusal", OfferDeclined, "offer", STATION_WORKER),
    Command(
        f"{STATION_OFFER}/rating",
        WorkRated,
        "work",
        STATION_WORKER,
        ("zone", "job_id", "rated_by"),
    ),
    Command(_CLAIMS, WageClaimOpened, "nothing", _CLAIMS),
    Command(f"{_CLAIMS}/{{claim_id}}/closing", WageClaimClosed, "nothing", _CLAIMS),
)
"""A worker's erasure is one of them: behind what was said of them before, and not forgotten."""
