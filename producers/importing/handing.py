"""Through a station's outbox: facts are handed over and noted, for the log may be out of reach."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import msgspec

from events.codec import ce_type, encode
from events.envelope import Record
from events.facts import Fact
from events.topics import EVENTS
from gigmatch.errors import NoBrokerError, SaidError, system_says
from gigmatch.reach import require_broker
from producers.importing.history import History, read_log
from producers.importing.plan import Planned
from producers.outbox.station import Station

_TIMEOUT_S: Final = 30.0


class _Note(msgspec.Struct, frozen=True):
    """A fact that an outbox has taken; `value` is its JSON."""

    id: str
    type: str
    value: msgspec.Raw


class Outbox:
    """A running outbox of a station, and the notes of what a feed has handed to it."""

    def __init__(self, address: str, station: Station, notes: Path, language: str) -> None:
        self._address = address
        self._station = station
        self._notes = notes
        self._client = httpx.Client(
            base_url=address,
            timeout=_TIMEOUT_S,
            trust_env=False,
            headers={"accept-language": language},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._client.close()

    def recall(self, bootstrap: str, history: History) -> None:
        """Take what the feed has said: the log where it is in reach, and what is on its way to it.

        The notes count only while the log cannot be asked, or the outbox has not sent all of them.
        Raises UserError, KafkaException.
        """
        waiting = self._waiting()  # asked first: what has been sent by now is on the log
        try:
            require_broker(bootstrap)
        except NoBrokerError:
            waiting = max(1, waiting)
        else:
            read_log(bootstrap, self._station, history)
        if waiting:
            for record in self._noted():
                history.take(record)

    def hand(self, planned: Planned) -> None:
        """Hand a fact over and note it; repeated, it changes nothing. Raises UserError.

        Where nothing can be noted, nothing is handed over: the note has its room on the disk first.
        """
        line = _line(*planned)
        try:
            self._notes.touch()
            with self._notes.open("r+b") as notes:
                fcntl.flock(notes, fcntl.LOCK_EX)  # another import of the feed may be under way
                end = notes.seek(0, os.SEEK_END)
                os.posix_fallocate(notes.fileno(), end, len(line))
                self._post(planned)
                notes.write(line)
        except OSError as error:
            raise SaidError(
                "import.notes_unwritable", path=self._notes, why=system_says(error)
            ) from error

    def _post(self, planned: Planned) -> None:
        id, fact = planned
        headers = {
            "content-type": "application/json",
            "ce-type": ce_type(fact),
            "ce-id": id,
            "ce-source": self._station.source,
        }
        self._ask("POST", "/facts", content=encode(fact), headers=headers)

    def _waiting(self) -> int:
        status = msgspec.json.decode(self._ask("GET", "/status"))
        if status.get("station") != self._station.name:
            raise SaidError(
                "import.other_stations_outbox",
                address=self._address,
                own=status.get("station"),
                station=self._station.name,
            )
        return int(status["waiting"])

    def _ask(self, method: str, path: str, **sent: object) -> bytes:
        try:
            answer = self._client.request(method, path, **sent)  # type: ignore[arg-type]
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SaidError(
                "import.no_outbox", address=self._address, why=type(error).__name__
            ) from error
        if answer.is_success:
            return answer.content
        raise SaidError(
            "import.outbox_says",
            address=self._address,
            status=answer.status_code,
            why=_title(answer),
        )

    def _noted(self) -> Iterator[Record]:
        """The notes as records; a line that a power cut broke off, or kept empty, is left out."""
        if not self._notes.exists():
            return
        for number, line in enumerate(self._notes.read_bytes().splitlines()):
            try:
                note = msgspec.json.decode(line, type=_Note)
            except msgspec.DecodeError:
                continue
            yield self._record(number, note)

    def _record(self, number: int, note: _Note) -> Record:
        headers = self._station.headers(note.type, id=note.id, time=0)
        return Record(
            topic=EVENTS,
            partition=0,
            offset=-1 - number,  # nowhere on the log yet
            timestamp=0,
            key=self._station.zone.encode(),
            value=bytes(note.value),
            headers=headers,
        )


def _line(id: str, fact: Fact) -> bytes:
    note = _Note(id, ce_type(fact), msgspec.Raw(encode(fact)))
    return b"\n" + msgspec.json.encode(note)  # whole also behind a line that was broken off


def _title(answer: httpx.Response) -> str:
    try:
        return str(msgspec.json.decode(answer.content)["title"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return answer.reason_phrase
