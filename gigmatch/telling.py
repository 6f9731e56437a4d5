"""Expected errors, each as one line that says what happened and what to do next."""

import json
import re
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from pydantic import ValidationError

from events.rejections import Rejection
from events.texts import text
from gigmatch.errors import NoBrokerError, SaidError, UserError
from gigmatch.settings import Settings
from producers.publisher import DeliveryError

SEE_DOCTOR: Final = "; `gigmatch doctor` looks further"
"""The advice of who knows no better; the doctor itself leaves it out."""


class Told(NamedTuple):
    """An error for a person in a language and, with `code` and `field`, for a machine."""

    message: str
    code: str
    field: str = ""
    language: str = "en"

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
    match error:
        case Rejection():
            return _rejection(error, language or Settings().language)
        case KafkaException():
            return _kafka(error, language)
        case ValidationError():
            return _settings(error)
        case OSError() if error.filename is not None:
            return _file(error)
        case SaidError():
            language = language or Settings().language
            return Told(error.told(language), _code_of_said(error), language=language)
        case UserError() | DeliveryError():
            return Told(str(error), _code(error))
    for kind in type(error).__mro__:
        if kind.__name__ == "RedisError":
            return _redis(error)
        if kind.__name__ in _SELF_EXPLAINING:
            return Told(str(error), _code(error))
    return None


_SELF_EXPLAINING: Final = (
    "LogError",
    "MissingReleaseError",
    "OvertakenError",
    "PublishError",
    "ReleaseError",
    "StoreError",
    "TableError",
    "TrainingError",
)
"""By name, as Redis' are: telling an error should not first import ONNX or scikit-learn."""


def _rejection(error: Rejection, language: str) -> Told:
    """A refused event; a note says which line of a file."""
    notes = "".join(f"{note}: " for note in getattr(error, "__notes__", ()))
    return Told(notes + error.reason(language), error.code, error.field, language)


def _kafka(error: KafkaException, language: str | None) -> Told | None:
    cause = error.args[0] if error.args else None
    if not isinstance(cause, KafkaError):
        return Told(str(error), "kafka")
    why = cause.str()
    if cause.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE):
        return tell(NoBrokerError(Settings().kafka, why), language)
    if cause.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
        return Told(f"{why}: run `gigmatch topics --create`", "no_topic")
    return Told(f"the Kafka broker says: {why}{SEE_DOCTOR}", "kafka")


def _redis(error: Exception) -> Told:
    said = str(error).rstrip(".")
    return Told(
        f"Redis does not answer as it should ({said}): start it, or name yours with GIGMATCH_REDIS",
        "redis",
    )


def _settings(error: ValidationError) -> Told:
    """Settings of the wrong form, by the names under which they are set."""
    wrong = [
        f"GIGMATCH_{'_'.join(map(str, one['loc'])).upper()} is {one['input']!r}: {one['msg']}"
        for one in error.errors(include_url=False)
    ]
    return Told(f"{'; '.join(wrong)}; correct it in the environment or gigmatch.env", "setting")


def _file(error: OSError) -> Told:
    for kind, advice in _FILE_ADVICE.items():
        if isinstance(error, kind):
            return Told(f"{error.filename} {advice}", "file")
    return Told(f"{error.filename}: {error.strerror}", "file")


_FILE_ADVICE: Final[dict[type[OSError], str]] = {
    FileNotFoundError: "does not exist: check the path",
    IsADirectoryError: "is a folder: name a file in it",
    NotADirectoryError: "is not in a folder: check the path",
    PermissionError: "may not be read or written by this user: check its permissions",
}


def _code_of_said(error: SaidError) -> str:
    """The name of a kind of its own, or else of its text."""
    return error.key.rpartition(".")[2] if type(error) is SaidError else _code(error)


def _code(error: Exception) -> str:
    """The error's class in small letters: `NoBrokerError` is `no_broker`."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
