"""Which faults, in which order, how often: the long form and the short one."""

import re
from functools import partial
from typing import Final

from tests.chaos import faults, inputs, live, outside, through
from tests.chaos.faults import many
from tests.chaos.matrix import Fault

Plan = list[tuple[str, Fault]]

SHORT: Final = (
    "kill -9: outcomes half published",
    "kill -9: matchers at random moments",
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
    usual, few, seconds = (4, 1, 5.0) if short else (200, 20, 12.0)
    kills = usual if kills is None else kills
    lines = {"matcher": "MATCHER", "projector": "PROJECTOR", "notifier": "NOTIFIER"}
    return [
        *faults.steps(),
        ("kill -9: matchers at random moments", many(faults.kill_at_random, kills)),
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


def chosen(only: str, *, short: bool, kills: int | None = None) -> Plan:
    """The faults whose names a pattern matches; of the short form its own ones, without one."""
    wanted = only or ("|".join(f"^{re.escape(name)}$" for name in SHORT) if short else "")
    return [one for one in plan(short=short, kills=kills) if re.search(wanted, one[0])]
