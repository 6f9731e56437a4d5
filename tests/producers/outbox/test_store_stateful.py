"""Whatever happens, and whenever the power goes: the queue is that of a model in memory."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from producers.outbox.errors import KnownIdError
from producers.outbox.store import Figures, Store

STATION = "511181-05"
IDS = st.sampled_from([f"id-{number}" for number in range(12)])
VALUES = st.sampled_from([b"{}", b"x" * 700, b"y" * 9_000])


class Fact:
    """A fact as the model remembers it."""

    def __init__(self, seq: int, id: str, value: bytes, at: int) -> None:
        self.seq, self.id, self.value, self.at = seq, id, value, at
        self.sent_at: int | None = None
        self.late = False


class OutboxMachine(RuleBasedStateMachine):
    """A store beside a list of facts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="gigmatch-outbox-"))
        self.store = Store(self.folder / "a.db", STATION, max_mb=64)
        self.facts: dict[str, Fact] = {}
        self.next_seq = 1
        self.now = 1_000

    @initialize()
    def is_empty(self) -> None:
        assert self.store.figures(0) == Figures(0, None, 0, None, 0)

    @rule(id=IDS, value=VALUES)
    def add(self, id: str, value: bytes) -> None:
        self.now += 1
        known = self.facts.get(id)
        try:
            added = self.store.add(id, "t", value, self.now)
        except KnownIdError:
            assert known is not None
            assert known.value != value
            return
        if known is None:
            assert (added.seq, added.is_new, added.is_sent) == (self.next_seq, True, False)
            self.facts[id] = Fact(self.next_seq, id, value, self.now)
            self.next_seq += 1
        else:
            assert known.value == value
            assert (added.seq, added.is_new) == (known.seq, False)
            assert added.is_sent == (known.sent_at is not None)

    @rule(most=st.integers(1, 6), late=st.booleans())
    def deliver(self, most: int, late: bool) -> None:
        self.now += 1
        taken = self.store.waiting(0, most=most, most_bytes=10**9)
        self.store.delivered([(fact.seq, late) for fact in taken], self.now)
        for fact in self._waiting()[:most]:
            fact.sent_at, fact.late = self.now, late

    @rule(keep=st.integers(0, 8))
    def prune(self, keep: int) -> None:
        before = self.now - keep
        gone = [f.id for f in self.facts.values() if f.sent_at is not None and f.sent_at < before]
        assert self.store.prune(before) == len(gone)
        for id in gone:
            del self.facts[id]

    @rule()
    def close_and_open(self) -> None:
        self.store.close()
        self._open(self.store.path)

    @rule(garbage=st.binary(max_size=5_000), interrupted=st.booleans())
    def power_cut(self, garbage: bytes, interrupted: bool) -> None:
        """What is on the disk at this moment, a write that was under way, and a new process."""
        if interrupted:
            self.store.disk.connection.execute(
                "PRAGMA cache_size = 1"
            )  # spills what is uncommitted
            self.store.disk.connection.execute("BEGIN IMMEDIATE")
            self.store.disk.connection.execute(
                "UPDATE fact SET value = zeroblob(20000), sent_at = 1"
            )
        after = self.folder / f"{self.store.path.stem}+.db"
        for side in ("", "-wal"):
            shutil.copy(f"{self.store.path}{side}", f"{after}{side}")
        with Path(f"{after}-wal").open("ab") as log:
            log.write(garbage)
        self.store.close()
        self._open(after)

    @rule(most=st.integers(1, 5), cut=st.integers(0, 5))
    def waiting_is_in_order(self, most: int, cut: int) -> None:
        got = self.store.waiting(cut, most=most, most_bytes=10**9)
        expected = [fact for fact in self._waiting() if fact.seq > cut][:most]
        assert [(f.seq, f.id, f.value, f.accepted_at) for f in got] == [
            (f.seq, f.id, f.value, f.at) for f in expected
        ]

    @invariant()
    def figures_agree(self) -> None:
        waiting = self._waiting()
        sent = [fact for fact in self.facts.values() if fact.sent_at is not None]
        assert self.store.figures(0) == Figures(
            waiting=len(waiting),
            oldest_at=min((fact.at for fact in waiting), default=None),
            sent=len(sent),
            last_sent_at=max((fact.sent_at or 0 for fact in sent), default=None),
            late=sum(fact.late for fact in sent),
        )
        assert self.store.last_seq >= max((fact.seq for fact in waiting), default=0)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def _waiting(self) -> list[Fact]:
        waiting = [fact for fact in self.facts.values() if fact.sent_at is None]
        return sorted(waiting, key=lambda fact: fact.seq)

    def _open(self, path: Path) -> None:
        self.store = Store(path, STATION, max_mb=64)


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=40, stateful_step_count=25)
