"""`gigmatch topics`: are the topics there and as they should be; make them."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(topics)


def topics(
    create: Annotated[bool, typer.Option("--create", help="Create what is missing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify the topics and their settings, or create them."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings
    from gigmatch.topics_admin import check_topics, ensure_topics

    settings = Settings()
    if create:
        reports = ensure_topics(settings.kafka, settings.partitions, settings.replication)
    else:
        require_broker(settings.kafka)
        reports = check_topics(settings.kafka)
    if as_json:
        typer.echo(msgspec.json.encode(reports).decode())
    else:
        table = Table("topic", "partitions", "state")
        for report in reports:
            state = "; ".join(report.problems) or ("created" if report.created else "ok")
            table.add_row(report.name, str(report.partitions), state)
        Console().print(table)
    if any(report.problems for report in reports):
        raise typer.Exit(1)
