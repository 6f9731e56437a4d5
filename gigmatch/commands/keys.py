"""`gigmatch station-key` and `gigmatch operator-key`: who may use the gateway."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from events.audit import Action
    from gateway.access.keys import KeyRecord, Keys

    Audited = Callable[[Action, str], Awaitable[None]]
    Work = Callable[[Keys, Audited], Awaitable["T"]]

T = TypeVar("T")
KeyId = Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add both groups of commands."""
    stations = _group("station-key", "Device keys of stations.", ("station",), app)
    operators = _group("operator-key", "Keys of operators.", ("reader", "operator"), app)
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
        raise typer.BadParameter("write a station as 511181-05, or name its --zone")
    _create("station", name, as_json=as_json, zone=zone, station_id=station)


def create_operator_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    role: Annotated[str, typer.Option(help="reader, who changes nothing, or operator.")] = "reader",
    as_json: AsJson = False,
) -> None:
    """Make a key for an operator. It is shown this once."""
    if role not in ("reader", "operator"):
        raise typer.BadParameter("the roles are reader and operator", param_hint="--role")
    _create(role, name, as_json=as_json)


def _group(name: str, help: str, roles: tuple[str, ...], app: typer.Typer) -> typer.Typer:
    """The commands that both groups have, for keys of some roles."""
    group = typer.Typer(help=help, no_args_is_help=True)
    app.add_typer(group, name=name)

    @group.command("list")
    def list_(as_json: AsJson = False) -> None:
        """Show every key there is or was, without what would let in."""
        records = _with_keys(lambda keys, _: keys.all(), audited=False)
        _show([record for record in records if record.role in roles], as_json=as_json)

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
            _expect(await keys.get(key_id), roles, key_id)
            await audited("key_rotated", key_id)
            made = await keys.rotate(key_id, grace_ms=round(grace_hours * 3_600_000))
            if made is None:
                raise _user_error(f"key {key_id} is not good any more: create a new one")
            return made

        _tell(*_with_keys(work), as_json=as_json)

    @group.command()
    def revoke(key_id: KeyId, as_json: AsJson = False) -> None:
        """End a key at once, and every session that began with it."""

        async def work(keys: "Keys", audited: "Audited") -> "KeyRecord":
            _expect(await keys.get(key_id), roles, key_id)
            await audited("key_revoked", key_id)
            record = await keys.revoke(key_id)
            return _expect(record, roles, key_id)

        _show([_with_keys(work)], as_json=as_json)

    return group


def _create(role: Any, name: str, *, as_json: bool, **place: str) -> None:
    from gateway.publishing import PublishError

    async def work(keys: "Keys", audited: "Audited") -> "tuple[KeyRecord, str]":
        record, key = await keys.create(role, name, **place)
        try:
            await audited("key_created", record.key_id)
        except PublishError:
            await keys.revoke(record.key_id)  # nobody has seen it, and none is without its line
            raise
        return record, key

    _tell(*_with_keys(work), as_json=as_json)


def _with_keys(work: "Work[T]", *, audited: bool = True) -> T:
    """Work on the keys of the settings' store; what it does is on the log before it is told."""
    from gigmatch.gateway_wishes import store_of
    from gigmatch.logs import configure_logs
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings

    settings = Settings()
    configure_logs(settings)
    if audited:
        require_broker(settings.kafka)
    return asyncio.run(_work(work, settings.kafka, store_of(settings)))


async def _work(work: "Work[T]", bootstrap: str, store: Any) -> T:
    from gateway.access.keys import Keys
    from gateway.access.principals import Operator
    from gateway.audit import Audit
    from gateway.parts import now_ms
    from gigmatch.gateway_wishes import DeskPublishing
    from producers.desk import Desk

    desk = Desk(bootstrap, client_id="gigmatch-keys")
    audit = Audit(DeskPublishing(desk), now_ms)
    who = Operator(name="cli", key_id="", role="operator")

    async def audited(action: "Action", subject: str) -> None:
        await audit.record(who, action, subject=subject)

    try:
        return await work(Keys(store, now_ms), audited)
    finally:
        await store.close()
        await desk.close()


def _expect(record: "KeyRecord | None", roles: tuple[str, ...], key_id: str) -> "KeyRecord":
    if record is None or record.role not in roles:
        raise _user_error(f"there is no such key {key_id}: see `list`")
    return record


def _user_error(message: str) -> Exception:
    from gigmatch.errors import UserError

    return UserError(message)


def _tell(record: "KeyRecord", key: str, *, as_json: bool) -> None:
    import msgspec

    if as_json:
        typer.echo(msgspec.json.encode({"key_id": record.key_id, "key": key}).decode())
    else:
        typer.echo(key)
        typer.echo("Keep it now: only its hash is stored.", err=True)


def _show(records: "list[KeyRecord]", *, as_json: bool) -> None:
    import msgspec

    from gateway.parts import now_ms
    from gateway.routes.operator import key_view

    if as_json:
        typer.echo(msgspec.json.encode([key_view(record) for record in records]).decode())
        return
    for record in records:
        state = "good" if record.holds(now_ms()) else "revoked" if record.revoked_at else "stale"
        typer.echo(f"{record.key_id}  {state:8}{record.role:10}{record.station_id:12}{record.name}")
