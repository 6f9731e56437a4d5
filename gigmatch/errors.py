"""What people are told when something cannot be; imports next to nothing: anyone may use it."""

from events.phrases import translated
from events.texts import LANGUAGES, text


class UserError(Exception):
    """Something that was asked for cannot be; the message says what to do."""


class SaidError(UserError):
    """A UserError whose message stands in the translation table, by a key and its details.

    A detail that is a dict of language to text is told in the language of the message.
    """

    def __init__(self, key: str, **details: object) -> None:
        self.key = key
        self.details = details
        super().__init__(key)

    def told(self, language: str) -> str:
        """The message in a language."""
        return filled(self.key, language, **self.details)

    def in_each_language(self) -> dict[str, str]:
        """The message as a detail of another."""
        return in_each_language(self.key, **self.details)

    def __str__(self) -> str:
        return self.told("en")


def in_each_language(key: str, **details: object) -> dict[str, str]:
    """A text of the translation table as a detail of another."""
    return {language: filled(key, language, **details) for language in LANGUAGES}


def filled(key: str, language: str, **details: object) -> str:
    """A text of the translation table; a detail may be one itself, in each language."""
    shown = {
        name: detail[language] if isinstance(detail, dict) else detail
        for name, detail in details.items()
    }
    return text(key, language, **shown)


def system_says(error: OSError) -> dict[str, str]:
    """What the system said of a file or a line, as a detail of a text, without the file's name."""
    return translated(error.strerror or str(error))


class NoBrokerError(SaidError):
    """No Kafka broker answers; `why` may be in each language."""

    def __init__(self, bootstrap: str, why: object) -> None:
        super().__init__("error.no_broker", bootstrap=bootstrap, why=why)


class NoTopicError(SaidError):
    """A topic is missing on the broker."""

    def __init__(self, name: str) -> None:
        super().__init__("error.no_topic", name=name)
