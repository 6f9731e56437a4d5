"""Expected errors, each as one line that says what happened and what to do next."""

import json
import re
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from pydantic import ValidationError

from events.phrases import translated
from events.rejections import Rejection
from events.texts import LANGUAGES, text
from gigmatch.errors import NoBrokerError, SaidError, UserError, system_says
from gigmatch.settings import Settings, language_of_texts

SEE_DOCTOR: Final = "error.see_doctor"
"""The advice of who knows no better; the doctor itself leaves it out."""


class Told(NamedTuple):
    """An error for a person in a language and, with `code` and `field`, for a machine."""

    message: str
    code: str
    field: str = ""
    language: str = LANGUAGES[0]

    def as_line(self) -> str:
        """One line that says that it is an error."""
        return text("error.line", self.language, message=self.message)

    def as_json(self) -> str:
        """One JSON line: `{"error": ..., "code": ...}` and the field at fault, if it is one."""
        told = {"error": self.message, "code": self.code}
        if self.field:
            told["field"] = self.field
        return json.dumps(told, ensure_ascii=False)


def tell(error: Exception, language: str | None = None) -> Told | None:
    """What to say about an error; None for one that nobody expected.

    What the translation table has is told in a language, or that of the settings.
    """
    language = language or language_of_texts()
    match error:
        case Rejection():
            return _rejection(error, language)
        case KafkaException():
            return _kafka(error, language)
        case ValidationError():
            return _settings(error, language)
        case OSError() if error.filename is not None:
            return _file(error, language)
        case SaidError():
            return Told(error.told(language), _code_of_said(error), language=language)
        case UserError():
            return Told(str(error), _code(error), language=language)
    for kind in type(error).__mro__:
        if kind.__name__ == "RedisError":
            return _redis(error, language)
        if kind.__name__ == "MissingReleaseError":
            missing = text("error.missing_release", language, release=vars(error)["release"])
            return Told(missing, _code(error), language=language)
        if kind.__name__ in _SELF_EXPLAINING:
            cause = error.__cause__
            said = cause.told(language) if isinstance(cause, SaidError) else str(error)
            return Told(said, _code(error), language=language)
    return None


_SELF_EXPLAINING: Final = (
    "OvertakenError",
    "PublishError",
)
"""By name, as Redis' are: telling an error should not first import ONNX or scikit-learn."""


def _rejection(error: Rejection, language: str) -> Told:
    """A refused event; a note is the number of its line in a file."""
    told = error.reason(language)
    for number in getattr(error, "__notes__", ()):
        told = text("error.on_line", language, number=number, why=told)
    return Told(told, error.code, error.field, language)


def _kafka(error: KafkaException, language: str) -> Told | None:
    cause = error.args[0] if error.args else None
    if not isinstance(cause, KafkaError):
        return Told(str(error), "kafka", language=language)
    why = translated(cause.str())[language]
    if cause.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE):
        return tell(NoBrokerError(Settings().kafka, why), language)
    if cause.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
        told = text("error.no_topic_there", language, why=why)
        return Told(told, "no_topic", language=language)
    told = text("error.kafka", language, why=why) + text(SEE_DOCTOR, language)
    return Told(told, "kafka", language=language)


def _redis(error: Exception, language: str) -> Told:
    told = text("error.redis", language, why=str(error).rstrip("."))
    return Told(told, "redis", language=language)


def _settings(error: ValidationError, language: str) -> Told:
    """Settings of the wrong form, by the names under which they are set."""
    wrong = "; ".join(
        text(
            "error.setting",
            language,
            name=f"GIGMATCH_{'_'.join(map(str, one['loc'])).upper()}",
            value=repr(one["input"]),
            why=translated(one["msg"])[language],
        )
        for one in error.errors(include_url=False)
    )
    return Told(text("error.settings", language, wrong=wrong), "setting", language=language)


def _file(error: OSError, language: str) -> Told:
    for kind, key in _FILE_ADVICE.items():
        if isinstance(error, kind):
            told = text(f"error.{key}", language, path=error.filename)
            return Told(told, "file", language=language)
    return Told(f"{error.filename}: {system_says(error)[language]}", "file", language=language)


_FILE_ADVICE: Final[dict[type[OSError], str]] = {
    FileNotFoundError: "file_missing",
    IsADirectoryError: "file_is_folder",
    NotADirectoryError: "file_in_no_folder",
    PermissionError: "file_forbidden",
}


def _code_of_said(error: SaidError) -> str:
    """The name of a kind of its own, or else of its text."""
    return error.key.rpartition(".")[2] if type(error) is SaidError else _code(error)


def _code(error: Exception) -> str:
    """The error's class in small letters: `NoBrokerError` is `no_broker`."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
