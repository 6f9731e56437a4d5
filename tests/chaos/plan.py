"""Which faults, in which order, how often: the long form and the short one."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.chaos import faults, inputs, live, outside, through
from tests.chaos.faults import many
from tests.chaos.matrix import Fault
from tests.chaos.world import SESSION_S

Plan = list[tuple[str, Fault]]

_KILLS: Final = "kill -9: matchers at random moments"
_IN_A_ROW: Final = 20

SHORT: Final = (
    "kill -9: outcomes half published",
    _KILLS,
    "kill -9: projector",
    "kill -9: notifier",
    "frozen longer than its session: matcher",
    "rebalance: 2, 3, 1, 2 matchers",
    "broker killed: leader",
    "line cut: matcher - Kafka",
    "line slow: matcher - Kafka",
    "line cut: broker - brokers",
    "line cut: controller - brokers",
    "line cut: gateway - Kafka",
    "line cut: gateway - Redis",
    "Redis killed",
    "clock: an hour ahead, two back",
    "events: repeated",
    "events: late",
    "kill -9: at full load",
    "snapshots: damaged",
    "log: cut off before its snapshots",
)
"""One or two of each kind. Garbage and misplaced records come with the first of them."""


def plan(*, short: bool, kills: int | None = None) -> Plan:
    """All faults; done less often, and shorter, where the form is `short`.

    `kills` of matchers at random moments, instead of the form's own number.
    """
    usual, few, seconds = (4, 1, SESSION_S + 1) if short else (200, 20, 12.0)
    kills = usual if kills is None else kills
    lines = {"matcher": "MATCHER", "projector": "PROJECTOR", "notifier": "NOTIFIER"}
    return [
        *faults.steps(),
        *_random_kills(kills),
        ("kill -9: all matchers at once", faults.kill_both),
        ("kill -9: projector", many(faults.kill_projector, few)),
        ("kill -9: notifier", many(faults.kill_notifier, few)),
        ("frozen longer than its session: matcher", faults.freeze),
        ("frozen longer than its session: notifier", faults.freeze_notifier),
        ("rebalance: 2, 3, 1, 2 matchers", faults.rebalance),
        ("rolling restart", faults.restart_rolling),
        ("rolling restart to a newer version, and back", faults.upgrade),
        ("broker killed: leader", outside.kill_leader),
        ("broker killed: any", outside.kill_any_broker),
        ("broker: leaders moved", outside.move_leaders),
        ("broker: disk full", outside.fill_disk),
        *(
            (f"line cut: {name} - Kafka", partial(outside.cut_kafka, line, seconds))
            for name, line in lines.items()
        ),
        *(
            (f"line slow: {name} - Kafka", partial(outside.slow_kafka, line, seconds))
            for name, line in lines.items()
        ),
        ("line cut: broker - brokers", partial(outside.cut_peers, seconds)),
        ("line slow: broker - brokers", partial(outside.slow_peers, seconds)),
        ("line cut: controller - brokers", partial(outside.cut_controller, seconds)),
        ("line cut: projector - Redis", outside.cut_redis),
        ("line slow: projector - Redis", outside.slow_redis),
        *(
            (f"line cut: gateway - {name}", partial(through.cut, name))
            for name in ("Kafka", "Redis")
        ),
        *(
            (f"line slow: gateway - {name}", partial(through.slow, name, seconds))
            for name in ("Kafka", "Redis")
        ),
        ("Redis flushed", outside.flush_redis),
        ("Redis killed", outside.kill_redis),
        ("Redis full", outside.fill_redis),
        ("clock: an hour ahead, two back", outside.jump_clock),
        *(
            (f"events: {name}", partial(inputs.at_once, say))
            for name, say in (
                ("repeated", inputs.repeat),
                ("reordered", inputs.reorder),
                ("late", inputs.late),
                ("misplaced", inputs.misplaced),
                ("garbage", inputs.garbage),
            )
        ),
        ("kill -9: at full load", live.kill_at_full_load),  # late: what it leaves, all compare
        ("snapshots: damaged", outside.spoil_snapshots),
        ("snapshots: missing", outside.lose_snapshots),
        ("log: cut off before its snapshots", outside.truncate),
    ]


def _random_kills(times: int) -> Iterator[tuple[str, Fault]]:
    """Kills of matchers, judged after so many, else the last of them kill what is far behind."""
    for first in range(1, times + 1, _IN_A_ROW):
        last = min(first + _IN_A_ROW - 1, times)
        which = f", {first} to {last}" if times > _IN_A_ROW else ""
        yield _KILLS + which, many(faults.kill_at_random, last - first + 1)


def chosen(only: str, *, short: bool, kills: int | None = None) -> Plan:
    """The faults whose names a pattern matches; of the short form its own ones, without one."""
    names = "|".join(map(re.escape, SHORT))
    wanted = only or (rf"^({names})(, \d+ to \d+)?$" if short else "")
    return [one for one in plan(short=short, kills=kills) if re.search(wanted, one[0])]
