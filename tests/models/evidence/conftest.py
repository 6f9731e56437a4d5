"""A log with offers by lot, and people of whom the audit knows more than the market."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from events.facts import PolicyChanged
from events.values import Policy
from matching.scorer import RuleScorer
from models.evidence.audit import Exposure, Person
from models.evidence.evaluation import Audited, Evaluation, evaluate
from models.sources import read_all
from tests.models.logbook import LogBook, live_through


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = LogBook()
    book.tell(PolicyChanged(policy=Policy(explore_share=0.4)))
    live_through(book, seed=8, days=18)
    return book.write(tmp_path_factory.mktemp("evidence") / "log.jsonl")


@pytest.fixture(scope="session")
def persons(log: Path) -> Path:
    random = np.random.default_rng(0)
    lines = [
        msgspec.json.encode(
            Person(
                worker_id=f"W{number}",
                age_band=("16-29", "60+")[number % 2],
                gender=str(random.choice(["female", "male"])),
                township=f"{number % 3:02}",
            )
        )
        for number in range(39)
    ]
    path = log.with_name("persons.jsonl")
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@pytest.fixture(scope="session")
def evaluation(log: Path, persons: Path) -> Evaluation:
    from matching.scorer import rules_only
    from models.evidence.audit import read_persons

    audited = Audited(read_persons(persons), Exposure())
    data, sources = read_all([log], 1, rules_only, on_step=audited.exposure.on_step)
    return evaluate(data, sources, RuleScorer(), None, audited, replicates=30)
