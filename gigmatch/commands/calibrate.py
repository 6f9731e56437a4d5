"""`gigmatch calibrate`: what real tasks say of pay, beside what the simulated town does."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(calibrate)


def calibrate(
    folder: Annotated[Path, typer.Argument(help="Folder of CUMCM 2017 B: tasks.csv, members.csv.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Fit how people look at pay to real tasks, by place. The data is not shipped, nothing is kept.

    The simulator's constants are set by hand to these figures; see docs/simulator.md.
    """
    import msgspec

    from producers.simulator.by_place import by_place
    from producers.simulator.calibration import calibrate as fit
    from producers.simulator.calibration import simulated

    told = msgspec.json.encode(
        {"data": fit(folder), "simulator": simulated(), "by_place": by_place(folder)}
    )
    typer.echo((told if as_json else msgspec.json.format(told)).decode())
