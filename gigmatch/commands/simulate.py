"""`gigmatch simulate`: days of the town in seconds, checked event by event, as a log file."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import misuse

if TYPE_CHECKING:
    from events.facts import ModelPromoted, PolicyChanged
    from gigmatch.dark import DarkTown
    from models.registry import Registry
    from producers.simulator.town import Town

DEFAULT_START = "2027-03-10T00:00:00+08:00"
DAY_MS = 86_400_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    out: Annotated[
        Path | None, typer.Option(help="Log file to write (JSON Lines of records).")
    ] = None,
    days: Annotated[float, typer.Option(min=0.01, help="Simulated days.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same log.")] = 1,
    start: Annotated[str, typer.Option(help="Simulated start, with offset.")] = DEFAULT_START,
    registered: Annotated[int, typer.Option(min=10, help="Registered workers.")] = 3_100,
    drift: Annotated[
        float, typer.Option(min=0, help="How far minds change over months; 1: as is thought usual.")
    ] = 0.0,
    shock: Annotated[
        str | None, typer.Option(help="When they change at once, with offset: people are choosier.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Release that scores, or `newest`; default: the rules.")
    ] = None,
    explore_share: Annotated[
        float,
        typer.Option(
            min=0.0, max=0.5, help="Share of a job's offers by lot; the office may end it."
        ),
    ] = 0.0,
    persons: Annotated[
        Path | None, typer.Option(help="File of who people are, for audits only (JSON Lines).")
    ] = None,
    office: Annotated[
        bool,
        typer.Option(
            help="After ten days change policy and release and stop the clock now and then."
        ),
    ] = True,
    check: Annotated[
        bool, typer.Option(help="Check after every event what must hold of a market.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Drive the simulated town through the real matching core, without a broker.

    Ends with exit code 1 when an invariant does not hold.
    """
    import time

    import msgspec

    from events.envelope import parse_time
    from gigmatch.dark import DarkTown
    from gigmatch.settings import Settings
    from matching.engine import Engine
    from matching.invariants.inspector import SWEEP_EVERY, Inspector
    from models.registry import Registry
    from producers.simulator.office import Office
    from producers.simulator.simulation import TownSimulation

    begin = parse_time(start, "--start")
    registry = Registry(Settings().releases)
    release = _release(registry, model)
    engine = Engine(0, 1, registry.open)
    shock_at = None if shock is None else parse_time(shock, "--shock")
    simulation = TownSimulation(seed, begin, registered=registered, drift=drift, shock_at=shock_at)
    town = DarkTown(
        simulation,
        engine,
        begin,
        office=Office(seed, begin, simulation.town.zone, _releases(release)) if office else None,
        inspector=Inspector(engine, sweep_every=SWEEP_EVERY) if check else None,
    )
    if persons is not None:
        _write_persons(persons, simulation.town, seed, registered)
    began = time.monotonic()
    opening = _opening(release, explore_share)
    _live(town, begin, begin + round(days * DAY_MS), opening, out)
    summary = town.summary
    seconds = time.monotonic() - began
    told = {
        "facts": dict(summary.facts),
        "outcomes": dict(summary.outcomes),
        "fill_rate": round(summary.fill_rate, 4),
        "fill_rate_by_month": {
            month: round(rate, 4) for month, rate in summary.fill_rate_by_month.items()
        },
        "state_hash": engine.state_hash(),
        "checked": check,
        "seconds": round(seconds, 1),
        "events_per_second": round(summary.facts.total() / seconds),
        "out": str(out) if out is not None else None,
    }
    encoded = msgspec.json.encode(told)
    typer.echo((encoded if as_json else msgspec.json.format(encoded)).decode())


def _opening(release: str | None, explore_share: float) -> "list[ModelPromoted | PolicyChanged]":
    """What is said before the first day: release and policy, if they are not the usual ones."""
    from events.facts import ModelPromoted, PolicyChanged
    from events.values import Policy

    said: list[ModelPromoted | PolicyChanged] = []
    if release is not None:
        said.append(ModelPromoted(release=release))
    if explore_share > 0.0:
        said.append(PolicyChanged(policy=Policy(explore_share=explore_share)))
    return said


def _write_persons(path: Path, town: "Town", seed: int, registered: int) -> None:
    import msgspec

    from producers.simulator.persons import audited_persons

    lines = map(msgspec.json.encode, audited_persons(town, seed, registered))
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def _live(
    town: "DarkTown",
    begin: int,
    end: int,
    opening: "list[ModelPromoted | PolicyChanged]",
    out: Path | None,
) -> None:
    """Let a town live, and write what happens."""
    from itertools import chain

    import msgspec

    from gigmatch.dark import STEP_MS, as_log
    from gigmatch.errors import UserError
    from gigmatch.progress import counting
    from matching.invariants.inspector import Violation

    encode = msgspec.json.Encoder().encode
    with ExitStack() as stack:
        count = stack.enter_context(counting((end - begin) // STEP_MS, "minutes"))
        happenings = town.run(end, lambda now: count())
        said = (town.publish(fact, fact.TYPE, "/simulator", begin) for fact in opening)
        happenings = chain.from_iterable((*said, happenings))
        try:
            if out is None:
                for _ in happenings:
                    pass
            else:
                file = stack.enter_context(out.open("wb"))
                for record in as_log(happenings):
                    file.write(encode(record) + b"\n")
        except Violation as violation:
            raise UserError(str(violation)) from None


def _release(registry: "Registry", model: str | None) -> str | None:
    release = registry.newest() if model == "newest" else model
    if release is not None:
        try:
            registry.open(release)
        except KeyError:
            raise misuse("usage.no_release", hint="--model", name=release) from None
    return release


def _releases(release: str | None) -> list[str]:
    """What the office may promote: the release that was asked for, and the rules."""
    from matching.scorer import RULES

    return [RULES] if release is None else [release, RULES]
