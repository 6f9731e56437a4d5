"""The reference: one fold of a partition's log by the same core, without any surroundings."""

from collections.abc import Sequence

from events.emission import Emission, Sending
from events.envelope import Record
from matching.engine import Engine
from matching.invariants.inspector import Inspector
from matching.scorer import rules_only
from tests.simulation.broker import PARTITIONS


class Undisturbed:
    """One partition's log, folded once from its beginning by one process."""

    def __init__(self, number: int, log: Sequence[Record]) -> None:
        self.engine = Engine(number, PARTITIONS, rules_only)
        self.emissions: list[Emission] = []
        self.sendings: list[Sending] = []
        self.rerouted: list[tuple[int, Record]] = []
        self.refused: dict[str, Record] = {}
        inspector = Inspector(self.engine, sweep_every=len(log) + 1)
        for record in log:
            step = self.engine.step(record)
            self.emissions += step.emissions
            self.sendings += step.sendings
            if step.rejection is not None:
                self.refused[record.origin] = record
            if step.reroute is not None:
                self.rerouted.append((step.reroute, record))
            _inspect(inspector, record, step)
        inspector.finish()


def _inspect(inspector: Inspector, record: Record, step: object) -> None:
    inspector.inspect(record, step)  # type: ignore[arg-type]
