"""`gigmatch up`: the whole system on this machine with one command."""

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gigmatch.commands._said import say

if TYPE_CHECKING:
    from gigmatch.runtime import Addresses, Wishes


def register(app: typer.Typer) -> None:
    """Add the command `up`."""
    app.command()(up)


def up(
    kafka: Annotated[
        str | None, typer.Option(help="Kafka bootstrap servers, instead of the embedded broker.")
    ] = None,
    redis: Annotated[
        str | None, typer.Option(help="Redis address, instead of the embedded Valkey.")
    ] = None,
    simulator: Annotated[
        bool, typer.Option(help="Let the town's people post jobs and look for work.")
    ] = True,
    speed: Annotated[
        float, typer.Option(min=0.01, help="Simulated seconds that pass in a second.")
    ] = 30.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same town.")] = 1,
    start: Annotated[
        str | None,
        typer.Option(help="Simulated time to start at, ISO 8601; default: 06:30 today in China."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the pages, or the next free one.")
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write the addresses here, as JSON, once all answer.")
    ] = None,
    log_dir: Annotated[
        Path | None, typer.Option(help="Folder of the logs; the default is a temporary one.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON line.")
    ] = False,
) -> None:
    """Run it all here: broker, Redis, matcher, projector, gateway, notifier and a simulated town.

    Without --kafka and --redis nothing else needs to be installed; data then lives in memory.
    Ctrl-C stops all of it.
    """
    from gigmatch.runtime import Wishes
    from gigmatch.settings import Settings

    settings = Settings()
    arguments = ["--speed", str(speed), "--seed", str(seed), "--start", start or _morning()]
    wishes = Wishes(
        kafka=kafka,
        redis=redis,
        simulator=tuple(arguments) if simulator else None,
        port=port or settings.gateway_port or 8080,
        log_dir=_folder(log_dir),
    )
    asked_to_stop = _stop_on_signals()
    if ready_file:
        ready_file.unlink(missing_ok=True)
    try:
        _run(wishes, asked_to_stop, _announcer(wishes, ready_file, as_json=as_json))
    finally:
        if ready_file:
            ready_file.unlink(missing_ok=True)
    if log_dir is None:
        shutil.rmtree(wishes.log_dir, ignore_errors=True)


def _run(
    wishes: "Wishes", asked_to_stop: threading.Event, announce: "Callable[[Addresses], None]"
) -> None:
    """Run until asked to stop. Raises SaidError when it cannot go on."""
    from gigmatch.runtime import Runtime
    from gigmatch.settings import Settings
    from gigmatch.supervisor import Stopped

    _tell(say("up.starting", folder=wishes.log_dir))
    try:
        with Runtime(wishes, Settings(), _tell) as runtime:
            announce(runtime.start(asked_to_stop))
            runtime.watch(asked_to_stop)
            _tell(say("up.stopping"))
    except Stopped:
        _tell(say("up.stopped_early"))


def _announcer(
    wishes: "Wishes", ready_file: Path | None, *, as_json: bool
) -> "Callable[[Addresses], None]":
    """What tells the world that everything answers."""
    import msgspec

    def announce(addresses: "Addresses") -> None:
        line = msgspec.json.encode(addresses)
        if as_json:
            typer.echo(line)
        else:
            for told in _told(addresses, wishes):
                typer.echo(told)
        # Last: whoever waits for this file may count on all that is said above it.
        if ready_file:
            _write_at_once(ready_file, line)

    return announce


def _told(addresses: "Addresses", wishes: "Wishes") -> Iterator[str]:
    """The lines for the person who started it: where everything is, and what to type beside it."""
    import shlex

    from gigmatch.runtime import settings_file

    command = shlex.quote(_command())
    yield say("up.open", address=addresses.http)
    yield f"  {say('up.servers', kafka=addresses.kafka, redis=addresses.redis)}"
    if wishes.kafka is None or wishes.redis is None:
        yield f"  {say('up.in_memory')}"
    yield say("up.beside")
    yield f"  export GIGMATCH_ENV={shlex.quote(str(settings_file(wishes.log_dir)))}"
    yield f"  {command} top                              # {say('up.look')}"
    yield f"  {command} station-key create 511181-05     # {say('up.make_key')}"
    yield say("up.end")


def _morning() -> str:
    """Half past six of today in China: people post jobs then, and nobody sleeps any more."""
    import time

    from events.envelope import format_time
    from producers.simulator.calendar import HOUR_MS, day_of, start_of

    today = start_of(day_of(time.time_ns() // 1_000_000))
    return format_time(today + 6 * HOUR_MS + HOUR_MS // 2)


def _command() -> str:
    """How one types `gigmatch`: its path from here where the name alone does not find it."""
    script = Path(sys.executable).with_name("gigmatch")
    found = shutil.which("gigmatch")
    if not script.exists() or (found and Path(found).samefile(script)):
        return "gigmatch"
    return os.path.relpath(script) if script.is_relative_to(Path.cwd()) else str(script)


def _write_at_once(path: Path, line: bytes) -> None:
    """Write a file that is never seen half written."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(line + b"\n")
    part.replace(path)


def _stop_on_signals() -> threading.Event:
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked_to_stop.set())
    return asked_to_stop


def _folder(log_dir: Path | None) -> Path:
    folder = log_dir or Path(tempfile.mkdtemp(prefix="gigmatch-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tell(said: str) -> None:
    typer.echo(said, err=True)
