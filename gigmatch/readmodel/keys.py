"""Where everything of the read model is in Redis.

    gigmatch:v3:                            prefix of every key
      zones                                 set of zones that have a market
      log                                   ids of the topics that have been read
      partitions                            how many partitions the topics have
      ends                                  hash partition -> how many outcomes it had when
                                            a projector began: with fewer it is incomplete
      progress:<partition>                  Progress: what has been projected, in one transaction
                                            with what follows from it
      zone:<zone>                           ZoneDoc: clock, model, totals, stations, blocked
      job:<zone>:<job_id>                   JobDoc: posting, status, ranking, offers, bookings
      worker:<zone>:<worker_id>             WorkerDoc: ranking, open offers, bookings
      employer:<zone>:<employer_id>         EmployerDoc: what workers have said of them
      jobs:<zone>                           sorted set job -> end of its last shift, ms
      open:<zone>                           sorted set open job -> offset of its posting
      posted:<zone>:<station_id>            sorted set job of a station -> offset of its posting
      ranked:<zone>                         sorted set ranked job -> offset of its ranking's outcome
      workers:<zone>                        sorted set worker -> when they can be forgotten, ms
      present:<zone>:<station_id>           sorted set available worker -> until when, ms
      asked:<zone>                          sorted set worker -> how many offers they have had
      booked:<zone>                         sorted set worker -> how many bookings they have had
      rated:<zone>                          sorted set employer with ratings that are not shown
                                            yet -> by how many workers they are
      seen:<zone>                           sorted set fingerprint of a fact -> its offset;
                                            seen:*<partition> of those for all zones
      live:<partition>                      stream of the newest outcomes, id = <offset>-1
      called:<zone>:<station_id>            sorted set of the hall's numbers that are taken, score 0
      told:<zone>:<worker_id>               stream of the newest outcomes about one worker,
                                            same ids; it goes with the worker's document
      matched:<zone>:<worker_id>            sorted set job whose ranking named the worker -> offset
                                            of that ranking; it goes with the worker's document

What stations have to tell stands in `gigmatch.readmodel.notices`, under the same prefix.

Documents are JSON; a stream entry has the fields type, zone, worker and data. Times are
UTC ms, money fen. `worker` are the ids of all whom an entry is about, between commas.
"""

from typing import Final, Literal

PREFIX: Final = "gigmatch:v3:"
ZONES: Final = f"{PREFIX}zones"
LOG: Final = f"{PREFIX}log"
PARTITIONS: Final = f"{PREFIX}partitions"
ENDS: Final = f"{PREFIX}ends"
LIVE_LENGTH: Final = 1_000
"""Outcomes a partition's stream keeps for those who come back."""
WORKERS: Final = ","
"""Between the ids of those whom a stream's entry is about: no id has one."""
TOLD_LENGTH: Final = 100
"""Outcomes a worker's own stream keeps: for a phone that was away while a whole town went on."""

MATCHED: Final = f"{PREFIX}matched:"
MATCHED_LENGTH: Final = 50
"""Jobs that are kept for a worker who was named in their rankings, the newest."""


def progress_key(partition: int) -> str:
    """Where a partition's Progress is."""
    return f"{PREFIX}progress:{partition}"


def live_key(partition: int) -> str:
    """Where a partition's newest outcomes are."""
    return f"{PREFIX}live:{partition}"


def told_key(zone: str, worker_id: str) -> str:
    """Where the newest outcomes about a worker are."""
    return f"{PREFIX}told:{zone}:{worker_id}"


def matched_key(zone: str, worker_id: str) -> str:
    """Where the jobs are whose rankings named a worker."""
    return f"{MATCHED}{zone}:{worker_id}"


def live_id(offset: int) -> str:
    """The stream id of the outcome at an offset: the same after every rebuild."""
    return f"{offset}-1"


def zone_key(zone: str) -> str:
    """Where a ZoneDoc is."""
    return f"{PREFIX}zone:{zone}"


def job_key(zone: str, job_id: str) -> str:
    """Where a JobDoc is."""
    return f"{PREFIX}job:{zone}:{job_id}"


def worker_key(zone: str, worker_id: str) -> str:
    """Where a WorkerDoc is."""
    return f"{PREFIX}worker:{zone}:{worker_id}"


def employer_key(zone: str, employer_id: str) -> str:
    """Where an EmployerDoc is."""
    return f"{PREFIX}employer:{zone}:{employer_id}"


Index = Literal["jobs", "open", "ranked", "workers", "asked", "booked", "rated", "seen"]


def index_key(name: Index, zone: str) -> str:
    """Where a sorted set of a zone is."""
    return f"{PREFIX}{name}:{zone}"


def posted_key(zone: str, station_id: str) -> str:
    """Where the jobs of a station are."""
    return f"{PREFIX}posted:{zone}:{station_id}"


def called_key(zone: str, station_id: str) -> str:
    """Where the taken numbers of a station's hall are."""
    return f"{PREFIX}called:{zone}:{station_id}"


def present_key(zone: str, station_id: str) -> str:
    """Where the available workers of a station are."""
    return f"{PREFIX}present:{zone}:{station_id}"
