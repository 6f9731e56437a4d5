"""`gigmatch publish`: facts from a file onto the log, checked first."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(publish)


def publish(
    file: Annotated[Path, typer.Argument(help="JSON or JSON Lines file; - reads standard input.")],
    type_: Annotated[str | None, typer.Option("--type", help="CloudEvents type.")] = None,
    source: Annotated[str | None, typer.Option(help="CloudEvents source.")] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="CloudEvents id of a single fact.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Check facts and publish them, byte for byte as they stand in the file."""
    import time
    import uuid

    import msgspec

    from events.codec import event_headers
    from events.rejections import Rejection
    from events.topics import ALL_ZONES, EVENTS, partition_of
    from gigmatch.facts_file import read_facts
    from gigmatch.settings import Settings
    from producers.publisher import Publisher

    settings = Settings()
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        lines = read_facts(content, str(file), type_)
    except Rejection as rejection:
        typer.echo(f"{rejection.field}: {rejection.reason(settings.language)}", err=True)
        raise typer.Exit(1) from None
    publisher = Publisher(settings.kafka, client_id="gigmatch-publish")
    count = publisher.partitions(EVENTS)
    for line in lines:
        zone, ce_id = line.fact.zone, id_ or str(uuid.uuid4())
        station = getattr(line.fact, "station_id", None)
        origin = source or (f"/zones/{zone}/stations/{station[-2:]}" if station else "/cli")
        now = time.time_ns() // 1_000_000
        everywhere = range(count) if zone == ALL_ZONES else [partition_of(zone, count)]
        for partition in everywhere:
            publisher.publish(
                EVENTS,
                line.data,
                key=zone.encode(),
                headers=event_headers(line.fact, id=ce_id, source=origin, time=now),
                partition=partition,
            )
        told = {"type": line.ce_type, "id": ce_id, "zone": zone, "partitions": list(everywhere)}
        typer.echo(msgspec.json.encode(told).decode() if as_json else f"published {told}")
    publisher.close()
