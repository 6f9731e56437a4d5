"""One seed, one schedule: what people say, who gets a turn, what goes wrong.

Each seed allows only some kinds of faults, so that rare meetings of few faults come about as well
as storms of all.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final, TypeVar

from events.codec import ce_type, encode
from events.topics import EVENTS, NOTIFICATIONS, OUTCOMES, SNAPSHOTS
from tests.simulation import town
from tests.simulation.script import Script, Step

T = TypeVar("T")

MATCHERS: Final = ("matcher-0", "matcher-1")
PROJECTORS: Final = ("projector-0", "projector-1")
NOTIFIERS: Final = ("notifier-0", "notifier-1")
OUTBOXES: Final = tuple(f"station-{number}" for number in range(len(town.STATIONS)))
LABELS: Final[dict[str, tuple[str, ...]]] = {
    "matcher": (
        "received",
        "read",
        "broker asked",
        "applying",
        "applied",
        "market.dead-letters queued",
        "market.events queued",
        "market.outcomes queued",
        "market.outcomes queued",
        "snapshot taken",
        "market.snapshots queued",
        "market.snapshots queued",
        "delivery awaited",
        "delivered, report not seen",
        "finished, not acked",
        "acked, not committed",
        "committed",
    ),
    "projector": ("polls", "redis asked", "read model to be written", "read model written"),
    "notifier": (
        "polls",
        "read",
        "market.notifications queued",
        "market.notifier-state queued",
        "delivery awaited",
        "delivered, report not seen",
        "webhook to be posted",
        "webhook posted, answer not seen",
    ),
    "station": (
        "fact received",
        "market.events queued",
        "polled",
        "arrival to be recorded",
        "arrival recorded",
    ),
}
"""Where processes of a kind may die."""

_LENGTH: Final = (25, 60)


def schedule(seed: int) -> Script:
    """The script of a seed."""
    return Script(str(seed), tuple(_Author(seed).steps()))


class _Author:
    def __init__(self, seed: int) -> None:
        self._random = Random(f"schedule {seed}")
        self._said = 0
        faults: list[Callable[[], list[Step]]] = [
            self._trap,
            self._trap,
            self._pause,
            self._rebalance,
            self._cut,
            self._redis,
            self._receiver,
            self._skew,
            self._repeat,
            self._client,
            self._snapshots,
            self._kill,
        ]
        self._faults = [fault for fault in faults if self._random.random() < 0.5] or [self._trap]
        self._share = self._random.choice((0.05, 0.15, 0.3))

    def steps(self) -> list[Step]:
        steps = self._opening()
        usual = (
            (self._says, 18),
            (self._answers, 14),
            (self._reports, 6),
            (self._sends, 14),
            (self._matches, 24),
            (self._commits, 6),
            (self._ticks, 5),
            (self._projects, 8),
            (self._notifies, 14),
            (self._waits, 8),
        )
        acts = [act for act, weight in usual for _ in range(weight)]
        for _ in range(self._random.randint(*_LENGTH)):
            is_fault = self._random.random() < self._share
            steps += self._random.choice(self._faults if is_fault else acts)()
        return steps

    def _opening(self) -> list[Step]:
        steps: list[Step] = []
        for number, station in enumerate(town.STATIONS):
            workers = town.WORKERS[station.zone]
            steps += [
                self._say(number, town.worker(self._random, station, worker_id))
                for worker_id in workers[number % 2 :: 2]
            ]
            steps.append(self._say(number, town.job(self._random, station)))
        steps += [Step("send", who, count=3) for who in OUTBOXES]
        return steps + [Step("match", who, count=4, most=20) for who in MATCHERS]

    def _say(self, number: int, fact: Any) -> Step:
        self._said += 1
        return Step(
            "say",
            OUTBOXES[number],
            type=ce_type(fact),
            id=f"s-{self._said}",
            data=encode(fact).decode(),
        )

    def _says(self) -> list[Step]:
        number = self._random.randrange(len(town.STATIONS))
        step = self._say(number, town.any_fact(self._random, town.STATIONS[number]))
        is_again = self._random.random() < 0.1  # a terminal that got no answer asks again
        return [step, step] if is_again else [step]

    def _answers(self) -> list[Step]:
        return self._replies("answer", town.ANSWERS)

    def _reports(self) -> list[Step]:
        return self._replies("report", town.REPORTS)

    def _replies(self, do: str, how: tuple[str, ...]) -> list[Step]:
        """Something said to one of the newest offers or of the newest bookings, and sent."""
        self._said += 1
        who, at, count = self._one(OUTBOXES), self._one(how), self._random.randrange(4)
        return [
            Step(do, who, at=at, count=count, id=f"s-{self._said}"),
            *(self._sends_of(who) if self._random.random() < 0.7 else ()),
        ]

    def _sends(self) -> list[Step]:
        return self._sends_of(self._one(OUTBOXES))

    def _sends_of(self, who: str) -> list[Step]:
        return [Step("send", who, count=self._random.randint(1, 3))]

    def _matches(self) -> list[Step]:
        most = self._random.choice((1, 3, 8, 20))
        return [Step("match", self._one(MATCHERS), count=self._few(), most=most)]

    def _commits(self) -> list[Step]:
        return [Step("commit", self._one(MATCHERS))]

    def _ticks(self) -> list[Step]:
        return [Step("tick", self._one(MATCHERS))]

    def _projects(self) -> list[Step]:
        return [Step("project", self._one(PROJECTORS), most=self._random.choice((1, 10, 100)))]

    def _notifies(self) -> list[Step]:
        most = self._random.choice((1, 5, 50))
        return [Step("notify", self._one(NOTIFIERS), count=self._few(), most=most)]

    def _waits(self) -> list[Step]:
        return [Step("wait", count=self._random.choice((200, 3_000, 20_000, 120_000, 1_900_000)))]

    def _trap(self) -> list[Step]:
        """A trap, and something to do for who is to fall into it."""
        who = self._one((*MATCHERS, *MATCHERS, *MATCHERS, *NOTIFIERS, *PROJECTORS, *OUTBOXES))
        kind = who.partition("-")[0]
        trap = Step("trap", who, at=self._one(LABELS[kind]), count=self._one((0, 0, 0, 1, 3)))
        turns: list[Step]
        match kind:
            case "matcher":
                turns = [*self._client(), Step("match", who, count=30, most=8), Step("commit", who)]
            case "projector":
                turns = [Step("project", who, most=100)]
            case "notifier":
                turns = [Step("notify", who, count=12, most=50), Step("wait", count=6_000)]
            case _:
                turns = [*self._says(), Step("send", who, count=3)]
        return [trap, *turns, *turns, *turns]

    def _kill(self) -> list[Step]:
        who = self._one((*MATCHERS, *NOTIFIERS, *PROJECTORS, *OUTBOXES))
        is_asked = who in NOTIFIERS and self._random.random() < 0.5
        return [Step("stop" if is_asked else "kill", who)]

    def _pause(self) -> list[Step]:
        who = self._one((*MATCHERS, *NOTIFIERS, *PROJECTORS))
        return [Step(self._random.choice(("pause", "pause", "wake")), who)]

    def _rebalance(self) -> list[Step]:
        kind = self._one(("matcher", "matcher", "notifier"))
        return [Step("rebalance", at=kind, count=self._random.randrange(4))]

    def _cut(self) -> list[Step]:
        who = self._one((*MATCHERS, *NOTIFIERS, *PROJECTORS, *OUTBOXES))
        return [Step(self._random.choice(("cut", "mend", "mend")), who)]

    def _redis(self) -> list[Step]:
        how = self._random.choice(("down", "up", "up", "flushed", "loses a reply"))
        return [Step("redis", at=how)]

    def _receiver(self) -> list[Step]:
        how = self._random.choice(("well", "well", "failing", "refusing", "slow", "mute"))
        return [Step("receiver", at=how)]

    def _skew(self) -> list[Step]:
        ahead = self._random.choice((-3_600_000, -5_000, 0, 5_000, 3_600_000))
        return [Step("skew", self._one((*MATCHERS, *NOTIFIERS)), count=ahead)]

    def _repeat(self) -> list[Step]:
        topic = self._one((EVENTS, EVENTS, OUTCOMES, NOTIFICATIONS, NOTIFICATIONS))
        return [Step("repeat", at=topic, count=self._random.randrange(200))]

    def _snapshots(self) -> list[Step]:
        how = self._random.choice(("compact", "damage", "spoil", "stale", "gap"))
        return [
            Step(
                "topic",
                at=how,
                type=EVENTS if how == "gap" else SNAPSHOTS,
                count=self._random.randrange(50),
            )
        ]

    def _client(self) -> list[Step]:
        """Somebody with a Kafka client: wrong partitions, bytes that are nothing, policies."""
        self._said += 1
        id, partition = f"c-{self._said}", self._random.randrange(2)
        what = self._random.choice(("fact", "fact", "fact", "policy", "garbage", "garbage"))
        if what == "garbage":
            return [Step("client", count=partition, id=id, data="\x00no event")]
        if what == "policy":
            fact: Any = town.policy(self._random)
        else:
            fact = town.any_fact(self._random, self._random.choice(town.STATIONS))
        step = Step(
            "client", count=partition, id=id, type=ce_type(fact), data=encode(fact).decode()
        )
        return [step, step] if self._random.random() < 0.2 else [step]

    def _few(self) -> int:
        return self._random.choice((1, 2, 4, 9, 30))

    def _one(self, of: tuple[T, ...]) -> T:
        return self._random.choice(of)
