"""`gigmatch doctor`: is everything there that gigmatch needs, and if not, what to do."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check broker, topics, Redis, model, clock and versions."""
    import msgspec

    from gigmatch.checkup import examine
    from gigmatch.settings import Settings

    settings = Settings()
    # What programs read stays the same whoever looks.
    findings = examine(settings, "en" if as_json else settings.language)
    if as_json:
        typer.echo(msgspec.json.encode(findings).decode())
    else:
        for finding in findings:
            typer.echo(f"{'✓' if finding.ok else '✗'} {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
