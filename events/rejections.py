"""Why an event is refused, in words a station clerk can act on."""

from events.personal import masked
from events.phrases import field_name
from events.texts import table, text


class Rejection(Exception):
    """An event that cannot be taken: a stable code, the field at fault, and what to do.

    `code` names a row `rejection.<code>` of the translation table; the keyword arguments fill the
    row's placeholders, a dict of language to text with the text of the language that is read. They
    are logged and shown, so phone and ID numbers in them are masked and characters that cannot be
    shown are escaped.
    """

    def __init__(self, code: str, field: str = "", **details: object) -> None:
        self.code = code
        self.field = _safe(field)
        self.details = {name: _safe_detail(detail) for name, detail in details.items()}
        self._said: dict[tuple[str, bool], str] = {}
        super().__init__(self.reason())

    def reason(self, language: str = "en", *, has_paths: bool = True) -> str:
        """The reason in a language of the translation table.

        Without `has_paths` a field that has a Chinese name is called by that alone, for whoever
        sees the field itself: 招聘人数, not 招聘人数（headcount）.
        """
        asked = (language, has_paths)
        if asked not in self._said:
            self._said[asked] = self._reason(language, has_paths)
        return self._said[asked]

    def _reason(self, language: str, has_paths: bool) -> str:
        told = {
            name: _written(name, value, language, has_paths)
            for name, value in (self.details | {"field": self.field}).items()
        }
        return text(f"rejection.{self.code}", language, **told)


def _safe_detail(detail: object) -> object:
    match detail:
        case str():
            return _safe(detail)
        case dict():
            return {language: _safe(said) for language, said in detail.items()}
        case _:
            return detail


def _safe(detail: str) -> str:
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in detail)
    return masked("".join(shown))


def _written(name: str, detail: object, language: str, has_paths: bool) -> object:
    """A detail as a person reads it: in Chinese, fields and words of the contract are explained."""
    if isinstance(detail, dict):
        return detail[language]
    if isinstance(detail, tuple):
        words = [str(word) for word in detail]
        return ", ".join(words) if language == "en" else "、".join(map(_explained, words))
    if language == "en" or name not in ("field", "start"):
        return detail
    label = field_name(str(detail))
    if not label:
        return detail
    return f"{label}（{detail}）" if has_paths else label


def _explained(word: str) -> str:
    label = table().get(f"word.{word}", {}).get("zh-CN")
    return f"{word}（{label}）" if label else word
