"""`gigmatch station-key` and `gigmatch operator-key`: who may use the gateway."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gigmatch.commands._said import misuse, say

if TYPE_CHECKING:
    from events.audit import Action
    from gateway.access.keys import KeyRecord, Keys

    Audited = Callable[[Action, KeyRecord], Awaitable[None]]
    Work = Callable[[Keys, Audited], Awaitable["T"]]

T = TypeVar("T")
KeyId = Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add both groups of commands."""
    stations = _group("station-key", ("station",), app, help="Device keys of stations.")
    operators = _group("operator-key", ("reader", "operator"), app, help="Keys of operators.")
    stations.command("create")(create_station_key)
    operators.command("create")(create_operator_key)


def create_station_key(
    station: Annotated[str, typer.Argument(help="The station: 511181-05.")],
    name: Annotated[str, typer.Option(help="The device: counter 1.")] = "terminal",
    zone: Annotated[
        str | None, typer.Option(help="Its zone; what stands before the hyphen when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for a device of a station. It is shown this once."""
    import re

    zone = zone or station.rpartition("-")[0]
    if not re.fullmatch(r"[0-9]{6}", zone) or not re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", station):
        raise misuse("usage.station_or_zone")
    before = station.rpartition("-")[0]
    if re.fullmatch(r"[0-9]{6}", before) and before != zone:
        raise misuse("usage.other_zone", station=station, own=before, zone=zone)
    _create("station", name, as_json=as_json, zone=zone, station_id=station)
    _note_unknown(station)


def create_operator_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    role: Annotated[str, typer.Option(help="reader, who changes nothing, or operator.")] = "reader",
    zones: Annotated[
        str | None,
        typer.Option(help="The zones it is for: 511181,511123. All of them when left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for an operator, of all zones or of some. It is shown this once."""
    if role not in ("reader", "operator"):
        raise misuse("usage.roles", hint="--role")
    _create(role, name, as_json=as_json, zones=None if zones is None else _zones(zones))


def _note_unknown(station: str) -> None:
    """Say so when a key is for a station that no table knows: a mistyped one lets in as well."""
    from gateway.places import known_station

    if known_station(station) is None:
        typer.echo(say("keys.unknown_station", station=station), err=True)


def _zones(written: str) -> tuple[str, ...]:
    """Zones as an option has them, each once. Raises BadParameter."""
    import re

    zones = tuple(sorted({zone.strip() for zone in written.split(",")}))
    if not all(re.fullmatch(r"[0-9]{6}", zone, re.ASCII) for zone in zones):
        raise misuse("usage.zones", hint="--zones")
    return zones


def _group(name: str, roles: tuple[str, ...], app: typer.Typer, *, help: str) -> typer.Typer:
    """The commands that both groups have, for keys of some roles."""
    group = typer.Typer(help=help, no_args_is_help=True)
    app.add_typer(group, name=name)

    @group.command("list")
    def list_(as_json: AsJson = False) -> None:
        """Show every key there is or was, without what would let in."""
        records = _with_keys(lambda keys, _: keys.all(), audited=False)
        found = [record for record in records if record.role in roles]
        _show(found, as_json=as_json)
        if not found:
            typer.echo(say("keys.none", store=_store()), err=True)

    @group.command()
    def rotate(
        key_id: KeyId,
        grace_hours: Annotated[
            float, typer.Option(min=0, help="How long the old key goes on.")
        ] = 24.0,
        as_json: AsJson = False,
    ) -> None:
        """Make a key in place of another, which goes on for a while."""

        async def work(keys: "Keys", audited: "Audited") -> "tuple[KeyRecord, str]":
            record = _expect(await keys.get(key_id), roles, key_id)
            await audited("key_rotated", record)
            made = await keys.rotate(key_id, grace_ms=round(grace_hours * 3_600_000))
            if made is None:
                raise _error("not_good", key_id)
            return made

        _tell(*_with_keys(work), as_json=as_json)

    @group.command()
    def revoke(key_id: KeyId, as_json: AsJson = False) -> None:
        """End a key at once, and every session that began with it."""

        async def work(keys: "Keys", audited: "Audited") -> "KeyRecord":
            record = _expect(await keys.get(key_id), roles, key_id)
            await audited("key_revoked", record)
            return _expect(await keys.revoke(key_id), roles, key_id)

        _show([_with_keys(work)], as_json=as_json)

    return group


def _create(role: Any, name: str, *, as_json: bool, **place: Any) -> None:
    from gateway.publishing import PublishError

    async def work(keys: "Keys", audited: "Audited") -> "tuple[KeyRecord, str]":
        record, key = await keys.create(role, name, **place)
        try:
            await audited("key_created", record)
        except PublishError:
            await keys.revoke(record.key_id)  # nobody has seen it, and none is without its line
            raise
        return record, key

    was_there = _is_there()
    record, key = _with_keys(work)
    _tell(record, key, as_json=as_json)
    if not was_there:
        typer.echo(say("keys.new_store", store=_store()), err=True)


def _store() -> str:
    """The settings' store as one reads it: a file by its whole path, Redis without its password."""
    from pathlib import Path

    from gigmatch.settings import Settings, masked

    store = Settings().store
    scheme, _, path = store.partition(":")
    return str(Path(path).absolute()) if scheme == "sqlite" else masked(store)


def _is_there() -> bool:
    """Whether the store is there before it is opened, which makes a file that is missing."""
    from pathlib import Path

    from gigmatch.settings import Settings

    scheme, _, path = Settings().store.partition(":")
    return scheme != "sqlite" or Path(path).exists()


def _with_keys(work: "Work[T]", *, audited: bool = True) -> T:
    """Work on the keys of the settings' store; what it does is on the log before it is told."""
    from gigmatch.gateway_wishes import store_of
    from gigmatch.logs import configure_for_people
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings

    settings = Settings()
    configure_for_people(settings)
    if audited:
        require_broker(settings.kafka)
    return asyncio.run(_work(work, settings.kafka, store_of(settings)))


async def _work(work: "Work[T]", bootstrap: str, store: Any) -> T:
    from gateway.access.keys import Keys
    from gateway.parts import now_ms
    from gigmatch.noting import AT_THE_COMMAND_LINE, desk_with_audit

    async with desk_with_audit(bootstrap, "gigmatch-keys") as (_, audit):

        async def audited(action: "Action", record: "KeyRecord") -> None:
            await audit.record(AT_THE_COMMAND_LINE, action, subject=record.key_id, what=record.what)

        try:
            return await work(Keys(store, now_ms), audited)
        finally:
            await store.close()


def _expect(record: "KeyRecord | None", roles: tuple[str, ...], key_id: str) -> "KeyRecord":
    if record is None or record.role not in roles:
        raise _error("no_such", key_id)
    return record


def _error(what: str, key_id: str) -> Exception:
    from gigmatch.errors import SaidError

    return SaidError(f"keys.{what}", key_id=key_id)


def _tell(record: "KeyRecord", key: str, *, as_json: bool) -> None:
    import msgspec

    if as_json:
        typer.echo(msgspec.json.encode({"key_id": record.key_id, "key": key}).decode())
    else:
        typer.echo(key)
        typer.echo(say("keys.keep", store=_store()), err=True)


def _show(records: "list[KeyRecord]", *, as_json: bool) -> None:
    import msgspec
    from rich.cells import cell_len, set_cell_size

    from gateway.parts import now_ms
    from gateway.routes.operator import key_view

    if as_json:
        typer.echo(msgspec.json.encode([key_view(record) for record in records]).decode())
        return
    states = {state: say(f"keys.{state}") for state in ("good", "revoked", "stale")}
    width = max(map(cell_len, states.values())) + 1
    for record in records:
        is_good = record.holds(now_ms())
        state = states["good" if is_good else "revoked" if record.revoked_at else "stale"]
        state = set_cell_size(state, width)  # a Chinese character is two wide
        typer.echo(f"{record.key_id}  {state}{record.role:10}{record.reach:12} {record.name}")
