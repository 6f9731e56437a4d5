"""All markets of one partition: records in, outcomes out. Deterministic, and it never raises."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

import msgspec

from events.codec import Event, ce_type, decode
from events.emission import Emission, Sending, emission_id, sending_id
from events.envelope import Record
from events.facts import (
    ClockTicked,
    ModelPromoted,
    PolicyChanged,
    StationQuarantined,
    StationReleased,
)
from events.notices import AnyFact, Notice
from events.outcomes import AnyOutcome, Cause, EventRejected
from events.personal import masked
from events.refusals import UNKNOWN_RELEASE
from events.rejections import Rejection
from events.stations import claimed_station, station_of
from events.topics import ALL_ZONES, partition_of
from events.tracing import trace_of
from events.values import ZoneOrAll
from matching.fastest_pool import fastest_pool
from matching.ledger import OnOffer
from matching.market import Market
from matching.market_state import Defaults, MarketState
from matching.pool import Dump, MakePool
from matching.recent import Recent
from matching.scorer import MissingReleaseError, OpenScorer
from matching.snapshots import DEFAULTS, MARKET, SnapshotError, canonical, pack, unpack

_ZONE: Final = re.compile(rb"[0-9]{6}")
_LONGEST_REASON: Final = 200
IN_QUARANTINE: Final = Rejection("quarantined", "ce_source")
"""Made once, and never raised: it is said of every record that a flood consists of."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """What one record leads to.

    With a `rejection` the record belongs in the dead letters, `malformed` when it said nothing that
    the market could have taken; with `reroute` it is to be published
    again, unchanged, into that partition of `market.events`. `sendings` are for the partitions of
    their zones, before the emissions are published.
    """

    emissions: tuple[Emission, ...] = ()
    sendings: tuple[Sending, ...] = ()
    rejection: Rejection | None = None
    reroute: int | None = None
    malformed: bool = False


NOTHING: Final = Step()


class Each(Protocol):
    """Like `map` with one iterable: what a function makes of each item, in order."""

    def __call__(
        self,
        function: Callable[[tuple[str, bytes]], tuple[str, Market]],
        items: Iterable[tuple[str, bytes]],
        /,
    ) -> Iterable[tuple[str, Market]]:
        """The results, in order; raises what the function raises."""
        ...


class Engine:
    """The markets of partition `partition` of `partitions`, by zone."""

    def __init__(
        self,
        partition: int,
        partitions: int,
        open_scorer: OpenScorer,
        *,
        make_pool: MakePool = fastest_pool,
        on_offer: OnOffer | None = None,
    ) -> None:
        self.partition = partition
        self.partitions = partitions
        self.markets: dict[str, Market] = {}
        self.last_offset = -1
        self._defaults = Defaults()
        self._recent = Recent()
        self._open_scorer = open_scorer
        self._make_pool = make_pool
        self._on_offer = on_offer

    @property
    def now(self) -> int:
        """The clock of the partition, UTC ms; 0 before the first tick."""
        return self._defaults.now

    def clock(self, zone: ZoneOrAll) -> int:
        """The clock of a zone's market, which ticks of its own may have put forward, UTC ms."""
        market = self.markets.get(zone)
        return self.now if market is None else market.state.now

    def step(self, record: Record, *, is_refused: bool = False) -> Step:
        """Apply one record; one that has been applied before changes nothing.

        With `is_refused` it is a promotion that was refused because its release was not there, and
        so it is again: what has been said of it stands, whichever releases are there now.
        """
        if record.offset <= self.last_offset:
            return NOTHING
        self.last_offset = self._defaults.offset = record.offset
        if self._defaults.quarantined and self._holds_back(claimed_station(record.headers)):
            return self._held_back(record)
        try:
            event = self.decode(record)
        except Rejection as rejection:
            return self._rejected(record, rejection, _key_zone(record), _claimed_type(record))
        if self._defaults.quarantined and self._holds_back(station_of(event.source)):
            return self._held_back(record)  # in structured mode the headers name nobody
        if is_refused and isinstance(event.fact, ModelPromoted):
            return self._refused(record, event, event.fact)
        zone = event.fact.zone
        if zone == ALL_ZONES:
            return self._once(record, event)
        owner = partition_of(zone, self.partitions)
        if owner != self.partition:
            return Step(reroute=owner)
        market = self.markets.get(zone)
        is_repeatable = market is None or isinstance(event.fact, Notice)
        if is_repeatable and _fingerprint(event) in self._recent:
            return NOTHING  # told to a market that has ended since, and may have begun again
        if market is None:
            market = self._new_market(zone)
        step = self._step_one(record, event, market)
        if step.rejection is None:  # else any six digits would be a market for ever
            market.state.is_open |= not isinstance(event.fact, Notice)
            self.markets[zone] = market
            self._end_if_nobodys(market)
        return step

    @property
    def quarantined(self) -> Mapping[str, int]:
        """The stations in quarantine, with the partition's clock when that began."""
        return self._defaults.quarantined

    def decode(self, record: Record) -> Event:
        """The event of a record; a method, so that it can be timed. Raises Rejection."""
        return decode(record)

    def next_deadline(self) -> int | None:
        """The earliest time, UTC ms, at which a tick would end something; None for never."""
        times = (market.ledger.next_deadline() for market in self.markets.values())
        return min((time for time in times if time is not None), default=None)

    def state_hash(self) -> str:
        """Sha256 of all state in canonical form: equal for equal states, on any machine."""
        digest = hashlib.sha256(canonical(self._shared()))
        for zone in sorted(self.markets):
            digest.update(canonical(self.markets[zone].snapshot()))
        return digest.hexdigest()

    def snapshot(self) -> dict[str, bytes]:
        """Every market's state by zone, and under `*`, last, what holds for all of them."""
        blobs = {zone: self.markets[zone].packed() for zone in sorted(self.markets)}
        return {**blobs, ALL_ZONES: pack(self._shared())}

    def restore(self, blobs: Mapping[str, bytes]) -> None:
        """Take up a set of snapshots, as `snapshot` gave it. See `restore_set`."""
        if ALL_ZONES not in blobs:
            raise SnapshotError(f"{ALL_ZONES} is missing")
        zones = ((zone, blob) for zone, blob in blobs.items() if zone != ALL_ZONES)
        self.restore_set(blobs[ALL_ZONES], zones)

    def restore_set(
        self, defaults: bytes, zones: Iterable[tuple[str, bytes]], in_parallel: Each = map
    ) -> None:
        """Take up what a set says of all zones, and each zone; `in_parallel` may use threads.

        Raises SnapshotError when one cannot be used. One bad snapshot spoils the set, because a
        market begins with its partition's clock, policy and model: the engine is then as it was.
        Raises MissingReleaseError when a market's release is not here, and what `zones` raises.
        """
        said, _ = unpack(defaults, DEFAULTS)
        markets = dict(in_parallel(self._opened, zones))
        self._defaults, self._recent = said, Recent(said.recent)
        self.markets = markets
        self.last_offset = self.replay_from() - 1

    def sealed_pools(self) -> list[Callable[[], None]]:
        """What makes the pools of restored markets ready; each may run in a thread of its own.

        Nothing depends on it but how long what comes first in a zone will take.
        """
        return [market.ledger.open_pool_early for market in self.markets.values()]

    def replay_from(self) -> int:
        """The first offset to read after the restores."""
        return self._defaults.offset + 1

    def _shared(self) -> Defaults:
        """What holds for every market, complete."""
        self._defaults.recent = self._recent.pack()
        return self._defaults

    def _holds_back(self, station: str | None) -> bool:
        return station in self._defaults.quarantined

    def _held_back(self, record: Record) -> Step:
        return self._rejected(record, IN_QUARANTINE, _key_zone(record), _claimed_type(record))

    def _refused(self, record: Record, event: Event, fact: ModelPromoted) -> Step:
        market = self.markets.get(fact.zone)
        if market is not None:
            if record.offset <= market.state.offset:
                return NOTHING
            market.state.offset = record.offset
        rejection = Rejection(UNKNOWN_RELEASE, "release", value=fact.release)
        return self._rejected(record, rejection, fact.zone, ce_type(fact), event)

    def _quarantine(self, fact: StationQuarantined | StationReleased) -> None:
        if isinstance(fact, StationQuarantined):
            self._defaults.quarantined.setdefault(fact.station_id, self._defaults.now)
        else:
            self._defaults.quarantined.pop(fact.station_id, None)

    def _step_one(self, record: Record, event: Event, market: Market) -> Step:
        fingerprint = _fingerprint(event)
        if record.offset <= market.state.offset or market.knows(fingerprint):
            return NOTHING
        market.state.offset = record.offset
        try:
            outcomes = market.apply(event.fact, _cause(record, event), _time(record, event))
        except Rejection as rejection:
            zone = market.state.zone
            return self._rejected(record, rejection, zone, ce_type(event.fact), event)
        market.remember(fingerprint)
        return Step(
            emissions=_emissions(outcomes, record, event),
            sendings=_sendings(market.ledger.notices, record, event),
        )

    def _once(self, record: Record, event: Event) -> Step:
        """What is for all zones: a repetition must not bring back what has been changed since."""
        if isinstance(event.fact, ClockTicked):  # which comes often, and changes nothing again
            return self._step_all(record, event)
        if (fingerprint := _fingerprint(event)) in self._recent:
            return NOTHING
        if isinstance(event.fact, StationQuarantined | StationReleased):
            self._quarantine(event.fact)
            step = NOTHING
        else:
            step = self._step_all(record, event)
        if step.rejection is None:
            self._recent.add(fingerprint)
        return step

    def _step_all(self, record: Record, event: Event) -> Step:
        """A tick, a promotion or a policy for every market of the partition, in order of zone."""
        try:
            self._default_to(event.fact)
        except Rejection as rejection:
            return self._rejected(record, rejection, ALL_ZONES, ce_type(event.fact), event)
        emissions: list[Emission] = []
        sendings: list[Sending] = []
        for zone in sorted(self.markets):
            market = self.markets[zone]
            if record.offset > market.state.offset:
                market.state.offset = record.offset
                outcomes = market.apply(event.fact, _cause(record, event))
                emissions.extend(_emissions(outcomes, record, event))
                sendings.extend(_sendings(market.ledger.notices, record, event))
            self._end_if_nobodys(market)
        return Step(emissions=tuple(emissions), sendings=tuple(sendings))

    def _end_if_nobodys(self, market: Market) -> None:
        """Forget a market without visitors that was made for them; what it was told is known."""
        if market.is_nobodys:
            del self.markets[market.state.zone]
            for fingerprint in market.told():
                self._recent.add(fingerprint)

    def _default_to(self, fact: AnyFact) -> None:
        match fact:
            case ClockTicked():
                self._defaults.now = max(self._defaults.now, fact.now)
            case PolicyChanged():
                self._defaults.policy = fact.policy
            case ModelPromoted():
                try:
                    self._open_scorer(fact.release)
                except KeyError:
                    raise Rejection(UNKNOWN_RELEASE, "release", value=fact.release) from None
                self._defaults.release = fact.release

    def _new_market(self, zone: str) -> Market:
        state = MarketState(
            zone=zone,
            now=self._defaults.now,
            policy=self._defaults.policy,
            release=self._defaults.release,
            is_open=False,
        )
        return self._open(state)

    def _opened(self, snapshot: tuple[str, bytes]) -> tuple[str, Market]:
        zone, blob = snapshot
        return zone, self._open(*unpack(blob, MARKET))

    def _open(self, state: MarketState, pool_dump: Dump | None = None) -> Market:
        try:
            self._open_scorer(state.release)
        except KeyError:
            raise MissingReleaseError(state.release) from None
        return Market(
            state,
            pool_dump,
            open_scorer=self._open_scorer,
            make_pool=self._make_pool,
            on_offer=self._on_offer,
        )

    def _rejected(
        self,
        record: Record,
        rejection: Rejection,
        zone: str,
        claimed_type: str,
        event: Event | None = None,
    ) -> Step:
        # A value from here on. Its traceback knows the frames that called this, and with them their
        # batch; and a Step is nothing that the garbage collector looks through.
        rejection.__traceback__ = rejection.__context__ = None
        outcome = EventRejected(
            zone=zone,
            at=self.now,
            cause=_cause(record, event),
            code=rejection.code,
            field=rejection.field,
            reason=rejection.reason()[:_LONGEST_REASON],
            reason_zh=rejection.reason("zh-CN")[:_LONGEST_REASON],
            ce_type=claimed_type,
        )
        # Refused here in the name of a zone that is at home in another partition, where the same
        # offset has outcomes of its own.
        is_here = partition_of(zone, self.partitions) == self.partition
        speaker = zone if is_here else f"{zone}@{self.partition}"
        id = emission_id(speaker, record.offset, 0)
        after = trace_of(record.headers)
        emission = Emission(id=id, time=_time(record, event), outcome=outcome, after=after)
        return Step(
            emissions=(emission,),
            rejection=rejection,
            malformed=event is None and rejection is not IN_QUARANTINE,
        )


def _emissions(
    outcomes: list[AnyOutcome], record: Record, event: Event | None
) -> tuple[Emission, ...]:
    if not outcomes:
        return ()
    time, after = _time(record, event), trace_of(record.headers)
    return tuple(
        [
            Emission(
                id=emission_id(outcome.zone, record.offset, index),
                time=time,
                outcome=outcome,
                after=after,
            )
            for index, outcome in enumerate(outcomes)
        ]
    )


def _sendings(notices: list[Notice], record: Record, event: Event) -> tuple[Sending, ...]:
    if not notices:
        return ()
    time, after = _time(record, event), trace_of(record.headers)
    return tuple(
        Sending(
            id=sending_id(notice.from_zone, record.offset, index),
            time=time,
            notice=notice,
            after=after,
        )
        for index, notice in enumerate(notices)
    )


def _time(record: Record, event: Event | None) -> int:
    return record.timestamp if event is None or event.time is None else event.time


def _cause(record: Record, event: Event | None) -> Cause:
    ce_id = "" if event is None else event.id
    return Cause(partition=record.partition, offset=record.offset, ce_id=ce_id)


def _fingerprint(event: Event) -> int:
    identity = f"{event.source}\0{event.id}".encode()
    return int.from_bytes(hashlib.blake2b(identity, digest_size=8).digest())


def _key_zone(record: Record) -> str:
    key = record.key
    return key.decode() if key is not None and _ZONE.fullmatch(key) else ALL_ZONES


def _claimed_type(record: Record) -> str:
    for name, value in record.headers:
        if name.lower() == "ce_type":
            return masked((value or b"").decode(errors="replace"))[:80]
    return ""
