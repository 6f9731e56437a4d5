"""`gigmatch simulate`: days of the town in seconds, written as a log file."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_START = "2027-03-10T00:00:00+08:00"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    out: Annotated[Path, typer.Option(help="Log file to write (JSON Lines of records).")],
    days: Annotated[float, typer.Option(min=0.01, help="Simulated days.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same log.")] = 1,
    start: Annotated[str, typer.Option(help="Simulated start, with offset.")] = DEFAULT_START,
    registered: Annotated[int, typer.Option(min=10, help="Registered workers.")] = 3_100,
    model: Annotated[
        str | None, typer.Option(help="Release that scores, or `newest`; default: the rules.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Drive the simulated town through the real matching core, without a broker."""
    import msgspec
    from rich.console import Console
    from rich.progress import Progress

    from events.envelope import parse_time
    from events.facts import ModelPromoted
    from gigmatch.dark import DarkTown
    from gigmatch.settings import Settings
    from matching.engine import Engine
    from models.registry import Registry
    from producers.simulator.simulation import TownSimulation

    begin = parse_time(start, "--start")
    end = begin + round(days * 86_400_000)
    registry = Registry(Settings().releases)
    release = registry.newest() if model == "newest" else model
    if release is not None:
        try:
            registry.open(release)
        except KeyError:
            raise typer.BadParameter(
                f"`{release}` is not in {Settings().releases}", param_hint="--model"
            ) from None
    engine = Engine(0, 1, registry.open)
    town = DarkTown(TownSimulation(seed, begin, registered=registered), engine, begin)
    encoder = msgspec.json.Encoder()
    with out.open("wb") as file, Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task(f"{days:g} days", total=end - begin)

        def show(now: int) -> None:
            progress.update(bar, completed=now - begin)

        if release is not None:
            for record in town.publish(
                ModelPromoted(release=release), "promote", "/simulator", begin
            ):
                file.write(encoder.encode(record) + b"\n")
        for record in town.run(end, show):
            file.write(encoder.encode(record) + b"\n")
    summary = town.summary
    told = {
        "facts": dict(summary.facts),
        "outcomes": dict(summary.outcomes),
        "fill_rate": round(summary.fill_rate, 4),
        "state_hash": engine.state_hash(),
        "out": str(out),
    }
    encoded = msgspec.json.encode(told)
    typer.echo((encoded if as_json else msgspec.json.format(encoded)).decode())
