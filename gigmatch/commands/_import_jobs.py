"""`gigmatch import jobs` and `import mapping`: vacancies from tables of fairs and feeds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse

if TYPE_CHECKING:
    from gateway.places import KnownZone
    from gigmatch.settings import Settings
    from producers.importing.handing import Outbox
    from producers.importing.mapping import Mapping
    from producers.importing.plan import Plan
    from producers.importing.spot import World

File = Annotated[
    Path, typer.Argument(help="CSV, .xlsx, .xls, JSON Lines, or a JSON-LD feed.", dir_okay=False)
]
MapFile = Annotated[
    Path | None, typer.Option("--map", help="Which column is what: YAML, TOML or JSON.")
]


def jobs(
    file: File,
    station: Annotated[str, typer.Option(help="The station that speaks, such as 511181-05.")],
    feed: Annotated[
        str, typer.Option(help="Name of the feed: the same each time; else the mapping's.")
    ] = "",
    map_file: MapFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Publish nothing.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="With --dry-run: do not ask the log what is known.")
    ] = False,
    outbox: Annotated[
        str, typer.Option(help="Address of the station's outbox, to publish through it.")
    ] = "",
    close_missing: Annotated[
        bool, typer.Option("--close-missing", help="Cancel the feed's jobs that are not in it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Publish a table of vacancies as a station; importing it again publishes only what changed.

    Rows with problems are not published: they go, with the reasons, into a file beside the table,
    and the exit code is 1. Columns are found by their usual headings in Chinese and English, or as
    a mapping says (`gigmatch import mapping`).
    """
    import re
    import time
    from contextlib import ExitStack

    from gigmatch.commands._import_told import counts_of, reasons, set_aside, tell
    from gigmatch.errors import SaidError
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings
    from producers.importing.handing import Outbox
    from producers.importing.history import History, read_log
    from producers.importing.mapping import FEED, Mapping, load_mapping
    from producers.importing.plan import make_plan
    from producers.importing.reading import read_file
    from producers.importing.rejected import MARK

    if offline and not dry_run:
        raise misuse("usage.offline", hint="--offline")
    if close_missing and MARK in file.name:
        raise SaidError("import.only_rejected", name=file.name)
    settings = Settings()
    mapping = load_mapping(map_file) if map_file else Mapping()
    feed = feed or mapping.feed
    if not re.search(FEED, feed):
        raise SaidError("import.no_feed", value=feed)
    world = world_of(station, feed, mapping)
    reading = read_file(file, world)
    history = History(world.station, world.feed)
    now = time.time_ns() // 1_000_000
    with ExitStack() as stack:
        through = None
        if outbox:
            notes = file.with_name(f"{world.feed}.handed-over.jsonl")
            through = Outbox(outbox, world.station, notes, settings.language)
            stack.enter_context(through)
        if through and not offline:
            through.recall(settings.kafka, history)
        elif not offline:
            require_broker(settings.kafka)
            read_log(settings.kafka, world.station, history)
        plan = make_plan(
            reading.vacancies,
            history.known,
            now,
            refused=history.refused,
            close_missing=close_missing,
            is_part=reading.table.is_part,
        )
        if not dry_run:
            _publish(settings, plan, world, now, through)
    problems = sorted([*reading.problems, *plan.problems], key=lambda problem: problem.row)
    why = reasons(problems, settings.language)
    rejected = None
    if why and not dry_run:
        rejected = set_aside(file, reading.table, why, problems)
    counts = counts_of(reading, plan, len(why))
    tell(counts, problems, rejected, settings.language, published=not dry_run, as_json=as_json)
    if any(not problem.is_note for problem in problems):
        raise typer.Exit(1)


def print_mapping(
    file: File,
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook.")] = "",
    of_workers: Annotated[bool, typer.Option("--workers", help="It is one of workers.")] = False,
) -> None:
    """Print a mapping for a file: what its columns are taken for, and which are left over."""
    from events.rejections import Rejection
    from gigmatch.errors import UserError
    from gigmatch.settings import Settings
    from producers.importing.mapping import Mapping, WorkerMapping, draft
    from producers.importing.tables import read_table

    kind = WorkerMapping() if of_workers else Mapping()
    try:
        table = read_table(file, kind.is_heading, sheet=sheet)
    except Rejection as wrong:
        raise UserError(wrong.reason(Settings().language)) from wrong
    typer.echo(draft(kind, sheet, table.headings, Settings().language), nl=False)


def _named(zone: "KnownZone") -> dict[str, str]:
    """The stations of a zone by id and name, in each language."""
    from gigmatch.explaining import listed

    return {
        language: listed(
            (f"{zone.zone}-{one.number} {one.name[language]}" for one in zone.stations), language
        )
        for language in zone.name
    }


def world_of(name: str, feed: str, mapping: "Mapping") -> "World":
    """What the rows of a station's file are read by.

    Raises UserError for a name that is none, and for a station that a known zone does not have.
    """
    from datetime import UTC, datetime
    from functools import cache

    from events.values import Place
    from gateway.places import known_zones
    from gigmatch.errors import SaidError
    from models.occupations import answer
    from producers.importing.spot import World
    from producers.importing.when import CHINA, Days
    from producers.outbox.station import Station

    station = Station.parse(name)
    zone = known_zones().get(station.zone)
    stations = zone.stations if zone else ()
    if zone and station.number not in {one.number for one in stations}:
        raise SaidError("import.unknown_station", station=name, known=_named(zone))
    homes = [
        Place(lat=one.lat, lon=one.lon, name=one.name["zh-CN"])
        for one in stations
        if one.number == station.number
    ]
    return World(
        station=station,
        feed=feed,
        mapping=mapping,
        days=Days((datetime.now(UTC) + CHINA).date(), mapping.year),
        places={one.name["zh-CN"]: (one.lat, one.lon) for one in stations},
        home=homes[0] if homes else None,
        around=(zone.name["zh-CN"], *zone.above) if zone else (),
        occupation_of=cache(lambda title: answer(title).code),
    )


def _publish(
    settings: "Settings", plan: "Plan", world: "World", now: int, through: "Outbox | None"
) -> None:
    """Publish the plan in order, as the station. Raises DeliveryError, UserError."""
    from gigmatch.progress import counting
    from producers.publisher import Publisher

    if not plan.facts:
        return
    if through is not None:
        with counting(len(plan.facts), "facts") as count:
            for planned in plan.facts:
                count()
                through.hand(planned)
        return
    publisher = Publisher(
        settings.kafka, client_id="gigmatch-import", trace_share=settings.sampled_share
    )
    try:
        with counting(len(plan.facts), "facts") as count:
            for id, fact in plan.facts:
                count()
                publisher.publish_fact(fact, id=id, source=world.station.source, time=now)
    finally:
        publisher.close()
