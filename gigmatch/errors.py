"""What people are told when something cannot be; imports next to nothing: anyone may use it."""

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
        shown = {
            name: detail[language] if isinstance(detail, dict) else detail
            for name, detail in self.details.items()
        }
        return text(self.key, language, **shown)

    def __str__(self) -> str:
        return self.told("en")


def in_each_language(key: str, **details: object) -> dict[str, str]:
    """A text of the translation table as a detail of a SaidError."""
    return {language: text(key, language, **details) for language in LANGUAGES}


class NoBrokerError(SaidError):
    """No Kafka broker answers."""

    def __init__(self, bootstrap: str, why: str) -> None:
        super().__init__("error.no_broker", bootstrap=bootstrap, why=why)


class NoTopicError(SaidError):
    """A topic is missing on the broker."""

    def __init__(self, name: str) -> None:
        super().__init__("error.no_topic", name=name)
