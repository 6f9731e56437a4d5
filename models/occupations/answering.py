"""The occupation of a job title, or a short list for the clerk."""

from functools import cache

import msgspec

from models.occupations.model import Model, load


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a title's occupation is: `code` is None when the model is unsure.

    `confidence` is that of the first candidate. The candidates are codes, best first, at most five;
    none when nothing of the title is known.
    """

    title: str
    code: str | None
    name: str | None
    confidence: float
    candidates: tuple[str, ...]


def answer(title: str) -> Answer:
    """The packaged model's answer. Raises OccupationModelError when the model was changed."""
    return answer_with(_packaged(), title)


def answer_with(model: Model, title: str) -> Answer:
    """A model's answer."""
    ranked = model.rank(title)
    sure = bool(ranked.classes) and ranked.confidence >= model.threshold
    return Answer(
        title=title,
        code=model.codes[ranked.classes[0]] if sure else None,
        name=model.names[ranked.classes[0]] if sure else None,
        confidence=ranked.confidence,
        candidates=tuple(model.codes[found] for found in ranked.classes),
    )


def name_of(code: str) -> str:
    """An occupation's name, for a short list. Raises KeyError for a code that is none."""
    return _names()[code]


@cache
def _packaged() -> Model:
    return load()


@cache
def _names() -> dict[str, str]:
    model = _packaged()
    return dict(zip(model.codes, model.names, strict=True))
