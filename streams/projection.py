"""The pure core of the projector: an accepted fact or an outcome changes documents.

Nothing here knows Kafka or Redis: documents come from a shelf and go back to it, what is told live
is a list. The same facts and outcomes in the same order give the same documents.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from events.facts import (
    ClockTicked,
    JobAmended,
    ModelPromoted,
    WageClaimClosed,
    WageClaimOpened,
    WorkerForgotten,
    WorkerUnavailable,
    WorkRated,
)
from events.notices import AnyFact, VisitorAnnounced
from events.outcomes import AnyOutcome, AwayBooked, AwayEnded, EventRejected, MatchRanked
from events.topics import ALL_ZONES, partition_of
from gigmatch.readmodel.job import JobBrief, JobDoc, brief
from gigmatch.readmodel.keys import job_key, worker_key, zone_key
from gigmatch.readmodel.progress import Progress
from gigmatch.readmodel.ranking import own_line
from streams.causal import FactRead, OutcomeRead
from streams.desk import FORGOTTEN, Desk
from streams.projected_facts import FACTS
from streams.projected_outcomes import OUTCOMES
from streams.shelf import Shelf

_REPEATABLE: Final = (
    JobAmended,
    ModelPromoted,
    WageClaimClosed,
    WageClaimOpened,
    WorkerUnavailable,
    WorkerForgotten,
    WorkRated,
    VisitorAnnounced,
)
"""Facts that do harm when a late repetition of them, which the matcher drops, is taken again."""


class Live(msgspec.Struct, frozen=True, omit_defaults=True):
    """An outcome as it is told to those who watch, with the line about its job."""

    id: str
    type: str
    outcome: AnyOutcome
    job: JobBrief | None = None

    @property
    def worker_ids(self) -> tuple[str, ...]:
        """Whom it is about: all in a job's ranking, else one or nobody."""
        if isinstance(self.outcome, MatchRanked) and self.outcome.job_id is not None:
            return self.outcome.ranked_workers
        worker_id = getattr(self.outcome, "worker_id", None)
        return (worker_id,) if worker_id else ()

    def names(self, zone: str, worker_id: str) -> bool:
        """Whether it names a worker of a zone."""
        return self.outcome.zone == zone and worker_id in self.worker_ids

    def to(self, worker_id: str) -> "Live":
        """As it is told to one of those it is about: of a job's ranking, their own line."""
        outcome = self.outcome
        if not isinstance(outcome, MatchRanked) or outcome.job_id is None:
            return self
        own = own_line(((line.worker_id, line) for line in outcome.ranking), worker_id)
        return msgspec.structs.replace(self, outcome=msgspec.structs.replace(outcome, ranking=own))


class Projection:
    """Applies what one partition's log says, in order.

    `told` collects what watchers hear, by offset; `heard` what is about each worker of a zone, as
    they hear it; `forgotten` who must not be found in it any more.
    """

    def __init__(self, shelf: Shelf, progress: Progress, partition: int, partitions: int) -> None:
        self.told: dict[int, Live] = {}
        self.heard: dict[tuple[str, str], list[tuple[int, Live]]] = {}
        self._desk = Desk(shelf, progress)
        self._partition = partition
        self._partitions = partitions

    @property
    def forgotten(self) -> set[tuple[str, str]]:
        """The workers erased, by zone."""
        return self._desk.forgotten

    @property
    def removed(self) -> set[tuple[str, str]]:
        """The workers, by zone, of whom nothing is left but what is `heard` of them since."""
        return self._desk.removed

    def apply(self, step: FactRead | OutcomeRead) -> None:
        """Fold one step in."""
        self._desk.offset = step.offset
        if isinstance(step, FactRead):
            self._desk.source = step.event.source
            self._desk.time, self._desk.stamped_at = step.event.time, step.timestamp
            self._apply_fact(step)
        else:
            self._apply_outcome(step)

    def _apply_fact(self, step: FactRead) -> None:
        fact = step.event.fact
        if self._belongs_elsewhere(fact.zone):
            return  # the matcher sent it on; it comes again there
        if isinstance(fact, _REPEATABLE) and self._is_repeated(step):
            return
        if not isinstance(fact, ClockTicked) and fact.zone != ALL_ZONES:
            _add(self._desk.market(fact.zone).totals, fact.TYPE)
        if (handler := FACTS.get(type(fact))) is not None:
            handler(self._desk, fact)
        if fact.zone != ALL_ZONES:  # whatever the source says, all of them are no market
            self._desk.saw(fact.zone)
        for gone in self.removed & self.heard.keys():
            if self._desk.shelf.worker(*gone) is None:
                del self.heard[gone]
        if (gone := _who_asked(fact)) in self.forgotten:
            self.told = {
                offset: live for offset, live in self.told.items() if not live.names(*gone)
            }

    def _belongs_elsewhere(self, zone: str) -> bool:
        return zone != ALL_ZONES and partition_of(zone, self._partitions) != self._partition

    def _is_repeated(self, step: FactRead) -> bool:
        """Whether a fact has come before; one for all zones comes once in each partition."""
        zone = step.event.fact.zone
        within = f"{ALL_ZONES}{self._partition}" if zone == ALL_ZONES else zone
        return self._desk.shelf.seen(step.event, step.offset, within)

    def _apply_outcome(self, step: OutcomeRead) -> None:
        outcome = step.outcome
        if isinstance(outcome, EventRejected) and outcome.zone not in self._desk.progress.zones:
            self._tell(step, None)  # a zone that garbage names is no market yet
            return
        market = self._desk.market(outcome.zone)
        market.clock = max(market.clock, outcome.at)
        _add(market.totals, outcome.TYPE)
        if (handler := OUTCOMES.get(type(outcome))) is not None:
            handler(self._desk, outcome)
        job_id = getattr(outcome, "job_id", None)
        if job_id is None or isinstance(outcome, AwayBooked | AwayEnded):
            self._tell(step, None)
        else:
            self._tell(step, self._desk.shelf.job(outcome.zone, job_id))

    def _tell(self, step: OutcomeRead, job: JobDoc | None) -> None:
        outcome = step.outcome
        why = getattr(outcome, "reason", "") or getattr(outcome, "result", "")
        if why == "worker_forgotten":
            outcome = msgspec.structs.replace(outcome, worker_id=FORGOTTEN, offer_id=FORGOTTEN)
        line = None if job is None else brief(job)
        live = Live(id=step.id, type=outcome.TYPE, outcome=outcome, job=line)
        self.told[step.offset] = live
        for worker_id in live.worker_ids:
            if self._desk.shelf.knows_worker(outcome.zone, worker_id):
                self.heard.setdefault((outcome.zone, worker_id), []).append(
                    (step.offset, live.to(worker_id))
                )


def documents_of(steps: Iterable[FactRead | OutcomeRead]) -> list[str]:
    """The keys of most documents that steps will need: to read them at once."""
    keys: dict[str, None] = {}
    for step in steps:
        message = step.event.fact if isinstance(step, FactRead) else step.outcome
        keys[zone_key(message.zone)] = None
        if (job_id := getattr(message, "job_id", None)) is not None:
            keys[job_key(message.zone, job_id)] = None
        if (worker_id := getattr(message, "worker_id", None)) is not None:
            keys[worker_key(message.zone, worker_id)] = None
        if isinstance(message, MatchRanked):
            keys |= dict.fromkeys(worker_key(message.zone, id) for id in message.ranked_workers)
    return list(keys)


def _who_asked(fact: AnyFact) -> tuple[str, str]:
    """By whose erasure a fact is, zone and worker; of nobody for others."""
    if isinstance(fact, WorkerForgotten) or (isinstance(fact, VisitorAnnounced) and fact.forgotten):
        return fact.zone, fact.worker_id
    return "", ""


def _add(totals: dict[str, int], name: str) -> None:
    totals[name] = totals.get(name, 0) + 1
