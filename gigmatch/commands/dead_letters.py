"""`gigmatch dead-letters`: what could not be processed; look at it, mend it, send it again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gigmatch.commands._said import misuse, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from streams.dead_letters import DeadLetter

_TOGETHER: Final = 1_000
"""Lines of the audit that are under way at once."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Origin = Annotated[str, typer.Argument(help="topic/partition/offset, as `list` shows it")]


def register(app: typer.Typer) -> None:
    """Add `gigmatch dead-letters`."""
    letters = typer.Typer(help="Events that were refused.", no_args_is_help=True)
    letters.command("list")(list_letters)
    letters.command()(show)
    letters.command()(replay)
    app.add_typer(letters, name="dead-letters")


def list_letters(as_json: AsJson = False) -> None:
    """All dead letters, oldest first."""
    import msgspec

    from events.texts import text
    from gigmatch.settings import Settings
    from gigmatch.tables import paper

    letters = _letters()
    if as_json:
        typer.echo(msgspec.json.encode([_brief(letter) for letter in letters]).decode())
        return
    language = Settings().language
    paper().print(table_of(letters, language) if letters else text("letters.none", language))


def table_of(letters: "Sequence[DeadLetter]", language: str) -> "Table":
    """Dead letters as a table: an origin is what one types to see or mend one."""
    from rich.table import Table
    from rich.text import Text

    from events.envelope import format_time
    from events.texts import text
    from gigmatch.tables import told, typed

    heads = ("origin", "type", "field", "reason", "again")
    first, *others = (text(f"letters.{head}", language) for head in heads)
    table = Table(typed(first, [letter.origin for letter in letters]), *told(*others))
    is_chinese = language == "zh-CN"
    for letter in letters:
        again = "" if letter.replayed_at is None else format_time(letter.replayed_at)
        reason = letter.reason_zh if is_chinese else letter.reason
        cells = (letter.origin, letter.ce_type, letter.field, reason, again)
        table.add_row(*map(Text, cells))  # what a record says is no markup
    return table


def show(origin: Origin, as_json: AsJson = False) -> None:
    """One dead letter with its bytes and headers."""
    import base64

    import msgspec

    letter = _letter(origin)
    value = letter.record.value or b""
    told = _brief(letter) | {
        "key": (letter.record.key or b"").decode(errors="replace"),
        "headers": {name: text.decode(errors="replace") for name, text in letter.record.headers},
        "value": value.decode(errors="replace"),
        "value_base64": base64.b64encode(value).decode(),
    }
    encoded = msgspec.json.encode(told)
    typer.echo((encoded if as_json else msgspec.json.format(encoded)).decode())


def replay(
    origin: Annotated[str | None, typer.Argument(help="topic/partition/offset")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every one that has not been published again yet.")
    ] = False,
    code: Annotated[
        str | None, typer.Option(help="The same, of this reason only: `list --json` has the codes.")
    ] = None,
    value: Annotated[
        Path | None,
        typer.Option(help="File with the corrected value, or a whole CloudEvent.", exists=True),
    ] = None,
) -> None:
    """Publish dead letters to market.events again, corrected if you say so.

    Each is in the audit before.
    """
    import asyncio

    from gigmatch.logs import configure_for_people
    from gigmatch.settings import Settings
    from producers.publisher import Publisher
    from streams.dead_letters import send_again

    if (origin is not None) + every + (code is not None) != 1:
        raise misuse("letters.which")
    if origin is None and value is not None:
        raise misuse("letters.one_value")
    letters = [_letter(origin)] if origin is not None else _waiting(code)
    settings = Settings()
    configure_for_people(settings)
    kafka = settings.kafka
    asyncio.run(_note(kafka, [letter.origin for letter in letters]))
    publisher = Publisher(kafka, client_id="gigmatch-dead-letters")
    for letter in letters:
        corrected = value.read_bytes() if value is not None else None
        send_again(publisher, kafka, letter, corrected)
    publisher.close()
    typer.echo(say("letters.published", n=len(letters)))


async def _note(bootstrap: str, origins: "Sequence[str]") -> None:
    """Put into the audit what will be sent again. Raises PublishError."""
    import asyncio

    from gigmatch.noting import AT_THE_COMMAND_LINE, desk_with_audit

    async with desk_with_audit(bootstrap, "gigmatch-dead-letters-audit") as (_, audit):
        for begin in range(0, len(origins), _TOGETHER):
            lines = (
                audit.record(AT_THE_COMMAND_LINE, "dead_letter_replayed", subject=origin)
                for origin in origins[begin : begin + _TOGETHER]
            )
            await asyncio.gather(*lines)


def _letters() -> "list[DeadLetter]":
    from gigmatch.settings import Settings
    from streams.dead_letters import read_all

    return read_all(Settings().kafka)


def _waiting(code: str | None) -> "list[DeadLetter]":
    """Those that have not been sent again, of one reason or of all."""
    letters = [letter for letter in _letters() if letter.replayed_at is None]
    return letters if code is None else [letter for letter in letters if letter.code == code]


def _letter(origin: str) -> "DeadLetter":
    """The dead letter of an origin. Raises UserError."""
    from gigmatch.errors import SaidError

    for letter in _letters():
        if letter.origin == origin:
            return letter
    raise SaidError("letters.unknown", origin=origin)


def _brief(letter: "DeadLetter") -> dict[str, Any]:
    return {
        "origin": letter.origin,
        "code": letter.code,
        "field": letter.field,
        "reason": letter.reason,
        "reason_zh": letter.reason_zh,
        "ce_type": letter.ce_type,
        "ce_source": letter.ce_source,
        "size": letter.size,
        "replayed_at": letter.replayed_at,
    }
