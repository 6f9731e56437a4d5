"""What is written: one page by itself, its figures, a card; and the command that writes it."""

import json
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from events.texts import text
from gigmatch.commands import evaluate as command
from gigmatch.commands import model
from gigmatch.errors import UserError
from matching.scorer import RuleScorer, rules_only
from models import parquet
from models.dataset import split_by_time
from models.evidence.evaluation import Evaluation, evaluate
from models.evidence.report import card, html, write
from models.manifest import Manifest
from models.sources import read_all

Built = tuple[Manifest, dict[str, bytes]]


def app_of(*modules: ModuleType) -> typer.Typer:
    app = typer.Typer()
    for module in modules:
        module.register(app)
    return app


class Reader(HTMLParser):
    """Collects what a page refers to, and sees that its elements end."""

    def __init__(self) -> None:
        super().__init__()
        self.refers: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.refers += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_no_other_file(page: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert [where for where in reader.refers if not where.startswith("#")] == []
    assert "<script" not in page
    assert page.count("<svg") >= 9


def test_the_page_has_fifty_cases_with_reasons_in_both_languages(
    evaluation: Evaluation, page: str
) -> None:
    assert len(evaluation.cases) == page.count('class="case"') == 50
    scores = [case.score for case in evaluation.cases]
    assert scores == sorted(scores)
    said = {reason.code for case in evaluation.cases for reason in case.reasons}
    assert len(said) >= 4
    for code in said:
        assert text(f"reason.{code}", "zh-CN") in page
        assert text(f"reason.{code}", "en") in page


def test_the_reasons_of_a_case_are_those_of_the_market(evaluation: Evaluation, log: Path) -> None:
    from matching.reasons import reasons

    data, _ = read_all([log], 1, rules_only)
    rows = {id: row for row, id in enumerate(data.column("offer_id"))}
    for case in evaluation.cases:
        features = data.features[[rows[case.offer_id]]]
        (expected,) = reasons(features, RuleScorer().contributions(features))
        assert [(r.code, r.points) for r in case.reasons] == [
            (r.code, r.contribution) for r in expected
        ]


def test_what_a_release_may_have_learnt_is_said(
    evaluation: Evaluation, page: str, built: Built
) -> None:
    """A log that has grown, or was cut, is another file with the offers it learnt from."""
    assert "has learnt none of the judged offers" in page
    older = msgspec.structs.replace(
        evaluation, older=evaluation.judgement.judged_offers, tested_from=2_000_000_000_000
    )
    assert "were made before" in html(older)
    assert "may have learnt" in card(older, built[0])
    assert "may have learnt" not in card(evaluation, built[0])


def test_what_it_learnt_of_these_very_logs_is_not_called_unseen(
    evaluation: Evaluation, built: Built
) -> None:
    """Beside another log the last fifth of all begins before the last fifth of that one."""
    same = msgspec.structs.replace(evaluation, trained_on_these=True)
    assert "which it has not seen" in html(same)
    assert "learnt from the earlier part of the same logs" in card(same, built[0])
    older = msgspec.structs.replace(same, older=1_234, tested_from=2_000_000_000_000)
    for written in (html(older), card(older, built[0])):
        assert "1,234" in written
        assert "may have learnt" in written
        assert "which it has not seen" not in written
        assert "earlier part of the same logs" not in written


def test_older_offers_than_a_releases_test_are_counted(log: Path, built: Built) -> None:
    manifest, _ = built
    data, sources = read_all([log], 1, rules_only)
    test = split_by_time(data.answered()).test
    for tested_from, older in ((0, 0), (int(test.times[-1]) + 1, len(test))):
        trained_on = msgspec.structs.replace(manifest.trained_on, tested_from=tested_from)
        another = msgspec.structs.replace(manifest, trained_on=trained_on)
        found = evaluate(data, sources, RuleScorer(), another, replicates=2)
        assert (found.older, found.trained_on_these) == (older, False)


def test_whose_offers_were_audited_is_said(evaluation: Evaluation, page: str, built: Built) -> None:
    told = "not this release's own"
    assert evaluation.audit is not None
    assert evaluation.audit.is_of_its_own
    assert told not in page.replace("&#39;", "'")
    of_others = msgspec.structs.replace(evaluation.audit, made_by={"sha256:" + "c" * 64: 1_234})
    other = msgspec.structs.replace(evaluation, audit=of_others)
    for written in (html(other), card(other, built[0])):
        assert told in written.replace("&#39;", "'")
        assert "1,234" in written
        assert "is within 0.8 to 1.25" not in written


def test_the_same_evaluation_is_the_same_page(evaluation: Evaluation, page: str) -> None:
    assert html(evaluation) == page


def test_the_figures_come_back_from_json(evaluation: Evaluation, tmp_path: Path) -> None:
    files = write(tmp_path / "out", evaluation, None)
    read = msgspec.json.decode(files["report.json"].read_bytes(), type=Evaluation)
    assert read == evaluation


def test_the_card_is_written_from_the_figures(evaluation: Evaluation, built: Built) -> None:
    written = card(evaluation, built[0])
    auc = evaluation.judgement.targets["accept"].models["model"]["auc"]
    assert f"| model | {auc.value:.3f} ({auc.low:.3f} – {auc.high:.3f})" in written
    assert f"{built[0].trained_on.train_rows:,} answered offers to learn" in written
    assert "answered offers to learn" not in card(evaluation, None)
    blocks = [block.splitlines() for block in written.strip().split("\n\n")]
    tables = [block for block in blocks if block[0].startswith("|")]
    assert [len(table) for table in tables] == [9, 9, 9]
    assert all(len(block) == 1 for block in blocks if block not in tables)
    assert {row.count("|") for table in tables[:2] for row in table} == {6}


def test_an_evaluation_without_an_audit_says_so(evaluation: Evaluation) -> None:
    bare = msgspec.structs.replace(evaluation, audit=None)
    assert "Not audited" in html(bare)
    assert "Not audited" in card(bare, None)


def test_without_offers_by_lot_nothing_is_said_about_others(evaluation: Evaluation) -> None:
    judgement = msgspec.structs.replace(evaluation.judgement, inverse=None)
    bare = msgspec.structs.replace(evaluation, judgement=judgement)
    assert "too few that were made by lot" in html(bare)


@pytest.fixture(scope="module")
def page(evaluation: Evaluation) -> str:
    return html(evaluation)


@pytest.fixture(scope="module")
def table(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "log.parquet"
    parquet.write(path, *read_all([log], 1, rules_only))
    return path


def test_the_command_has_two_names_and_is_one() -> None:
    app = app_of(command, model)
    (alone,) = app.registered_commands
    (group,) = app.registered_groups
    assert group.typer_instance is not None
    callbacks = {one.callback for one in group.typer_instance.registered_commands}
    assert alone.callback is command.evaluate
    assert command.evaluate in callbacks


def test_the_command_writes_the_evaluation(
    evaluation: Evaluation, log: Path, persons: Path, tmp_path: Path
) -> None:
    options = ["--release", "rules:v1", "--replicates", "30", "--json"]
    done = CliRunner().invoke(
        app_of(command, model),
        [
            "model",
            "evaluate",
            str(log),
            "--persons",
            str(persons),
            "--out",
            str(tmp_path),
            *options,
        ],
    )
    told = json.loads(done.stdout)
    assert told["release"] == "rules:v1"
    assert set(told["figures"]) == {"accept", "complete"}
    read = msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=Evaluation)
    assert read == evaluation


def test_an_audit_of_a_table_is_refused(table: Path, persons: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app_of(command),
        [str(table), "--persons", str(persons), "--out", str(tmp_path), "--release", "rules:v1"],
    )
    assert isinstance(done.exception, UserError)
    assert "log.parquet holds only who was asked: the audit needs the logs" in str(done.exception)


def test_a_table_is_judged_as_its_log(evaluation: Evaluation, table: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app_of(command),
        [str(table), "--out", str(tmp_path), "--release", "rules:v1", "--replicates", "30"],
    )
    assert done.exit_code == 0
    read = msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=Evaluation)
    assert read == msgspec.structs.replace(evaluation, audit=None)
