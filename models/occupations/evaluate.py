"""`python -m models.occupations.evaluate`: the packaged model on titles it never learnt."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from models.occupations.corpus import HELD_OUT, Labelled, classification, names, titles
from models.occupations.grams import grams
from models.occupations.model import Model, load
from models.occupations.train import same

MAJOR, SUB_MAJOR, MINOR = 1, 4, 7
"""Beginnings of a code that name a group: 4, 4-01, 4-01-02."""
SUPPORT: Final = (1, 5, 20)

Predicate = Callable[[Labelled], bool]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of `titles`: right at once, in the short list, and of what was answered surely."""

    titles: int
    top1: float
    top5: float
    answered: float
    answered_right: float
    helped: float
    minor: float
    sub_major: float
    major: float


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Why no model gets all: shares of held-out titles, and how far the labels agree.

    `agreement`: of two labelled titles that are the same after cleaning, how often the labels are.
    """

    class_without_title: float
    agreement: float
    pairs: int


def unseen(held_out: Sequence[Labelled], known: Sequence[Labelled]) -> list[Labelled]:
    """Those that are none of the known titles, also after cleaning."""
    seen = {same(text.text) for text in known}
    return [text for text in held_out if same(text.text) not in seen]


def score(model: Model, labelled: Sequence[Labelled]) -> Score:
    """How a model does. `helped`: answered right, or unsure with the right one in the list."""
    counts: Counter[str] = Counter()
    for text in labelled:
        ranked = model.rank(text.text)
        listed = [model.codes[found] for found in ranked.classes]
        first = listed[0] if listed else ""
        sure = bool(listed) and ranked.confidence >= model.threshold
        right = first == text.code
        counts["top1"] += right
        counts["top5"] += text.code in listed
        counts["answered"] += sure
        counts["answered_right"] += sure and right
        counts["helped"] += right if sure else text.code in listed
        for level, length in (("minor", MINOR), ("sub_major", SUB_MAJOR), ("major", MAJOR)):
            counts[level] += first[:length] == text.code[:length]
    shares = {name: round(count / len(labelled), 3) for name, count in counts.items()}
    shares["answered_right"] = round(counts["answered_right"] / max(counts["answered"], 1), 3)
    return Score(titles=len(labelled), **shares)


def limits(known: Sequence[Labelled], held_out: Sequence[Labelled]) -> Limits:
    """What is in the data's way."""
    seen = {text.code for text in known}
    codes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in (*known, *held_out):
        codes[same(text.text)][text.code] += 1
    pairs = sum(_pairs(sum(labels.values())) for labels in codes.values())
    agreeing = sum(_pairs(count) for labels in codes.values() for count in labels.values())
    return Limits(
        class_without_title=_share(held_out, lambda text: text.code not in seen),
        agreement=round(agreeing / max(pairs, 1), 3),
        pairs=pairs,
    )


def nearest_name(labelled: Sequence[Labelled]) -> float:
    """The baseline: the name of the classification that shares most runs (Jaccard)."""
    known = [(frozenset(grams(name.text)), name.code) for name in names()]
    right = 0
    for text in labelled:
        runs = frozenset(grams(text.text))
        best = max(known, key=lambda name: len(runs & name[0]) / len(runs | name[0] or {""}))
        right += best[1] == text.code
    return round(right / len(labelled), 3)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _share(labelled: Sequence[Labelled], those: Predicate) -> float:
    return round(sum(map(those, labelled)) / len(labelled), 3)


def main() -> None:
    """Print the figures, a JSON line each."""
    model, known, held_out = load(), titles(), titles(HELD_OUT)
    fresh = unseen(held_out, known)
    support = Counter(text.code for text in known)
    told: dict[str, object] = {
        "model": {"classes": len(classification()), "runs": len(model.runs)},
        "threshold": model.threshold,
        "cross-validated": model.figures,
        "held out": score(model, held_out),
        "held out, new after cleaning": score(model, fresh),
        "nearest name, held out": nearest_name(held_out),
        "limits": limits(known, held_out),
    }
    for least in SUPPORT:
        often = [text for text in fresh if support[text.code] >= least]
        told[f"new, occupation has {least}+ titles"] = score(model, often)
    for name, figure in told.items():
        print(msgspec.json.encode({name: figure}).decode())


if __name__ == "__main__":
    main()
