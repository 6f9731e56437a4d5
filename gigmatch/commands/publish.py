"""`gigmatch publish`: facts from a file onto the log, checked first."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse, say

if TYPE_CHECKING:
    from events.envelope import Record
    from events.facts import Fact
    from gigmatch.facts_file import FactLine

Landing = tuple[int, int | None]
"""A partition and an offset, None where the broker did not say it."""

MANY = 20
"""More facts than this are told in one line."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(publish)


def publish(
    file: Annotated[Path, typer.Argument(help="JSON or JSON Lines file; - reads standard input.")],
    type_: Annotated[
        str | None, typer.Option("--type", help="CloudEvents type; guessed when left out.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="CloudEvents source; the fact's station when left out.")
    ] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="CloudEvents id of a single fact; else random.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Kafka key; the fact's zone when left out.")
    ] = None,
    occupation: Annotated[
        bool, typer.Option(help="Give a posting without an occupation that of its title.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Check facts, then publish them as they are.

    The bytes are those of the file; only a posting that names no occupation is given the one of its
    title, when that is sure. Nothing is sent when one fact of the file is wrong.
    """
    import time
    import uuid

    from gigmatch.facts_file import read_facts, record_for
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings

    settings = Settings()
    bootstrap = settings.kafka
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    lines = read_facts(content, str(file), type_)
    if occupation:
        lines = _with_occupations(lines)
    if id_ is not None and len(lines) > 1:
        raise misuse("usage.one_id", hint="--id", n=len(lines))
    now = time.time_ns() // 1_000_000
    records = [
        record_for(
            line,
            id=id_ or str(uuid.uuid4()),
            source=source or _source(line.fact),
            time=now,
            key=(key or line.fact.zone).encode(),
            trace_share=settings.sampled_share,
        )
        for line in lines
    ]
    require_broker(bootstrap)
    landed = _send(bootstrap, records)
    _tell(lines, records, landed, as_json=as_json)


def _with_occupations(lines: "list[FactLine]") -> "list[FactLine]":
    """Fill in, and say so on standard error, where --json leaves standard output to machines."""
    from gigmatch.filling import with_occupation
    from gigmatch.settings import Settings

    language = Settings().language
    filled = [with_occupation(line) for line in lines]
    asked = [one for one in filled if one.answer is not None]
    sure = sum(one.line.data != line.data for one, line in zip(filled, lines, strict=True))
    if len(asked) > MANY:
        typer.echo(say("publish.many_filled", n=len(asked), filled=sure), err=True)
    else:
        for one in asked:
            typer.echo(one.told(language), err=True)
    return [one.line for one in filled]


def _source(fact: "Fact") -> str:
    """The station that a fact names; none says what is for all zones, such as its release."""
    from events.topics import ALL_ZONES

    station = getattr(fact, "station_id", None)
    if not station or fact.zone == ALL_ZONES:
        return "/cli"
    return f"/zones/{fact.zone}/stations/{station.rpartition('-')[2]}"


def _send(bootstrap: str, records: "list[Record]") -> list[list[Landing]]:
    """Publish, and say for each record in which partitions it landed, and at which offset.

    A fact for all zones goes to every partition. Raises DeliveryError.
    """
    from functools import partial

    from events.topics import ALL_ZONES, EVENTS, partition_of
    from gigmatch.progress import counting
    from producers.publisher import Publisher

    landed: list[list[Landing]] = [[] for _ in records]
    publisher = Publisher(bootstrap, client_id="gigmatch-publish")
    try:
        partitions = publisher.partitions(EVENTS)
        with counting(len(records), "facts") as count:
            for record, places in zip(records, landed, strict=True):
                count()
                key = (record.key or b"").decode()
                whole = range(partitions) if key == ALL_ZONES else [partition_of(key, partitions)]
                for partition in whole:
                    publisher.publish(
                        EVENTS,
                        record.value,
                        key=record.key,
                        headers=record.headers,
                        partition=partition,
                        arrived=partial(_add, places),
                    )
    finally:
        publisher.close()
    return landed


def _add(places: list[Landing], partition: int, offset: int | None) -> None:
    places.append((partition, offset))


def _partition(place: Landing) -> int:
    return place[0]


def _tell(
    lines: "list[FactLine]",
    records: "list[Record]",
    landed: list[list[Landing]],
    *,
    as_json: bool,
) -> None:
    import msgspec

    from events.topics import EVENTS

    for line, record, places in zip(lines, records, landed, strict=True):
        id = dict(record.headers)["ce_id"].decode()
        if as_json:
            told = {
                "type": line.ce_type,
                "id": id,
                "zone": line.fact.zone,
                "landed": [
                    {"partition": p, "offset": o} for p, o in sorted(places, key=_partition)
                ],
            }
            typer.echo(msgspec.json.encode(told).decode())
        elif len(lines) <= MANY:
            where = ", ".join(
                f"{EVENTS}/{p}/{'?' if o is None else o}" for p, o in sorted(places, key=_partition)
            )
            typer.echo(say("publish.done", type=line.ce_type, id=id, where=where))
    if not as_json and len(lines) > MANY:
        typer.echo(say("publish.many", n=len(lines)))
