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
    from rich.table import Table

    from events.texts import text
    from gigmatch.reach import require_broker
    from gigmatch.settings import Settings
    from gigmatch.tables import paper
    from gigmatch.topics_admin import check_topics, ensure_topics

    settings = Settings()
    language = "en" if as_json else settings.language
    if create:
        reports = ensure_topics(settings.kafka, settings.partitions, settings.replication, language)
    else:
        require_broker(settings.kafka)
        reports = check_topics(settings.kafka, language=language)
    if as_json:
        typer.echo(msgspec.json.encode(reports).decode())
    else:
        heads = ("topic", "partitions", "state")
        table = Table(*(text(f"topics.{head}", language) for head in heads))
        for report in reports:
            well = text("topics.created" if report.created else "topics.ok", language)
            state = "; ".join(report.problems) or well
            table.add_row(report.name, str(report.partitions), state)
        paper().print(table)
    if any(report.problems for report in reports):
        raise typer.Exit(1)
