"""A coverage-guided fuzzer of the decoder: `python -m tests.fuzz.decoder events --runs 100000`.

Atheris takes the process over and instruments `events`, so this runs by itself and never inside
pytest. It begins with an example of every message and what earlier runs have kept, follows every
input that reaches new code, and stops at the first that breaks a rule of `tests.fuzz.oracles`: that
one is kept as a file and printed as the test to add.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["events"]):
    from events.examples import FACTS, NOTICES, OUTCOMES
    from events.notices import AnyFact, Notice, market_source
    from events.outcomes import AnyOutcome
    from tests.fuzz.mutations import spoil
    from tests.fuzz.oracles import ORACLES, Oracle
    from tests.fuzz.wire import from_text, to_text
    from tests.worlds import record_of, source_of

LONGEST = 8_192
TELL_EVERY = 1_000


def main() -> None:
    """Run one target for so many inputs or seconds; the exit code is 0 when nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(ORACLES))
    parser.add_argument("--runs", type=int, default=-1, help="inputs to try; -1 for no limit")
    parser.add_argument("--seconds", type=int, default=0, help="0 for no limit")
    parser.add_argument("--seed", type=int, default=0, help="0 for another each time")
    parser.add_argument("--keep", type=Path, default=Path(".cache/fuzz"), help="inputs found")
    given = parser.parse_args()
    fuzz(
        given.target,
        ORACLES[given.target],
        runs=given.runs,
        seconds=given.seconds,
        seed=given.seed,
        keep=given.keep / given.target,
    )


def fuzz(target: str, oracle: Oracle, *, runs: int, seconds: int, seed: int, keep: Path) -> None:
    """Try inputs on an oracle until the limit, or until one breaks a rule. Does not return."""
    corpus, found = keep / "corpus", keep / "found"
    found.mkdir(parents=True, exist_ok=True)
    examples = _examples(target)
    _plant(examples, corpus)
    fared: Counter[str] = Counter()

    def try_one(text: bytes) -> None:
        record = from_text(text)
        try:
            fared[oracle(record)] += 1
        except BaseException:
            print(f"\nThe test to add:\n\n    {oracle.__name__}(from_text({text!r}))\n", flush=True)
            raise
        if (runs > 0 and fared.total() == runs) or fared.total() % TELL_EVERY == 0:
            print(f"{fared.total()} tried: {dict(fared.most_common())}", flush=True)

    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f"-artifact_prefix={found}/",
            f"-atheris_runs={runs}",
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-max_len={LONGEST}",
            "-timeout=20",
            "-print_final_stats=1",
        ],
        try_one,
        custom_mutator=_mutator(examples),
    )
    atheris.Fuzz()


def _plant(examples: list[bytes], corpus: Path) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(examples):
        (corpus / f"example-{number:02}").write_bytes(text)


def _examples(target: str) -> list[bytes]:
    """An example of every message in both CloudEvents modes."""
    messages = OUTCOMES if target == "outcomes" else FACTS | NOTICES
    return [
        to_text(record_of(message, source=_source(message), structured=structured))
        for message in messages.values()
        for structured in (False, True)
    ]


def _source(message: AnyFact | AnyOutcome) -> str:
    return market_source(message.from_zone) if isinstance(message, Notice) else source_of(message)


def _mutator(examples: list[bytes]) -> Callable[[bytes, int, int], bytes]:
    """libFuzzer's own changes, and changes that know JSON and the contract, to an example too.

    Most of what libFuzzer keeps has long ceased to be a message: an example gets farther.
    """

    def mutate(text: bytes, longest: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.3:
            changed: bytes = atheris.Mutate(text, longest)
        else:
            origin = random.choice((text, random.choice(examples)))
            changed = to_text(spoil(from_text(origin), random))
        return changed[:longest]

    return mutate


if __name__ == "__main__":
    main()
