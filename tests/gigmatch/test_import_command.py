"""`gigmatch import jobs` and `import mapping` on the example, as a person types them."""

import json
from pathlib import Path

import pytest

from gigmatch.processes import free_port
from tests.producers.importing.rows_for_tests import ROW, csv_bytes
from tests.system.outboxes import running_outbox
from tests.typed import typed

ROOT = Path(__file__).parents[2]
FAIR = str(ROOT / "examples" / "job_fair.csv")
MAP = str(ROOT / "examples" / "job_fair.yaml")
OFFLINE = ("--dry-run", "--offline")
AT = ("--station", "511181-00")


def run(*arguments: str, code: int, language: str = "en") -> tuple[str, str]:
    """Standard output and error of `gigmatch import`; it must end with `code`."""
    env = {
        "GIGMATCH_LANGUAGE": language,
        "GIGMATCH_KAFKA": f"127.0.0.1:{free_port()}",
        "COLUMNS": "200",
    }
    said = typed("import", *arguments, env=env)
    assert said.code == code, said.err
    return said.out, said.err


def test_the_example_has_three_good_rows_and_says_what_is_wrong_with_the_fourth() -> None:
    out, _ = run("jobs", FAIR, *AT, "--map", MAP, *OFFLINE, "--json", code=1)
    told = json.loads(out)
    assert (told["published"], told["new"], told["rejected"]) == (False, 3, 1)
    wrong = [p for p in told["problems"] if p["level"] == "error"]
    assert {(p["row"], p["code"]) for p in wrong} == {
        (5, "date_relative"),
        (5, "headcount_open"),
        (5, "pay_open"),
    }
    assert not list((ROOT / "examples").glob("*.rejected*"))


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "请写明人数"), ("en", "state a number")])
def test_the_table_is_in_the_language_of_the_station(language: str, word: str) -> None:
    out, err = run("jobs", FAIR, *AT, "--feed", "fair", *OFFLINE, code=1, language=language)
    assert word in err
    assert "3" in out


def test_a_mapping_is_drafted() -> None:
    out, _ = run("mapping", FAIR, code=0)
    assert "title: 岗位" in out
    assert "联系电话" in out


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("jobs", FAIR, *AT, "--feed", "fair"), 1, "no Kafka broker answers"),
        (("jobs", FAIR, *AT, *OFFLINE), 1, "--feed"),
        (("jobs", FAIR, *AT, "--feed", "fair", "--offline"), 2, "dry run"),
        (("jobs", "x.rejected.csv", *AT, "--feed", "fair", "--close-missing"), 1, "all rows"),
        (("jobs", FAIR, *AT, "--feed", "fair", "--outbox", "http://127.0.0.1:1"), 1, "no outbox"),
        (("mapping", str(ROOT / "LICENSE")), 1, "headings"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: tuple[str, ...], code: int, word: str
) -> None:
    _, err = run(*arguments, code=code)
    assert word in err


@pytest.mark.parametrize(
    ("language", "word"), [("zh-CN", "没有驿站 511181-77；"), ("en", "no station 511181-77;")]
)
def test_a_station_that_there_is_not_is_answered_with_those_there_are(
    language: str, word: str
) -> None:
    asked = (FAIR, "--station", "511181-77", *OFFLINE)
    for kind in (("jobs", "--feed", "fair"), ("workers",)):
        _, err = run(*kind, *asked, code=1, language=language)
        assert word in err
        assert "511181-00" in err
        assert "511181-13" in err


def test_a_zone_that_nobody_has_described_has_any_station(tmp_path: Path) -> None:
    out, _ = run("jobs", FAIR, "--station", "512000-77", "--feed", "fair", *OFFLINE, code=1)
    assert "rejected" in out


@pytest.mark.parametrize(
    ("language", "word"), [("zh-CN", "日薪：20.00 元低于"), ("en", "日薪: 20.00 yuan")]
)
def test_too_little_pay_is_told_by_row_and_column_of_the_table(
    tmp_path: Path, language: str, word: str
) -> None:
    table = tmp_path / "fair.csv"
    heads = "用人单位,岗位,人数,日薪,用工日期,工作时间,地点"
    table.write_text(f"{heads}\n茶场,采茶工,2,20,2030-03-16,8:00-16:00,双福镇\n", encoding="utf-8")
    asked = ("jobs", str(table), "--station", "511181-05", "--feed", "fair", *OFFLINE)
    _, err = run(*asked, code=1, language=language)
    assert word in err
    assert "amount_fen" not in err
    out, _ = run(*asked, "--json", code=1, language=language)
    [wrong] = [one for one in json.loads(out)["problems"] if one["level"] == "error"]
    assert (wrong["row"], wrong["column"], wrong["code"]) == (2, "日薪", "pay_below_minimum")


def test_what_was_published_is_told_though_the_rejected_rows_cannot_be_written(
    tmp_path: Path,
) -> None:
    """A table on a read-only share: one line said that a file may not be written, and no more."""
    table = tmp_path / "fair.csv"
    table.write_bytes(csv_bytes([ROW, {**ROW, "编号": "A2", "工资": "面议"}]))
    (tmp_path / ".fair.rejected.csv.part").mkdir()  # also root cannot write there
    with running_outbox(f"127.0.0.1:{free_port()}", tmp_path, "511181-05") as outbox:
        asked = ("jobs", str(table), "--station", "511181-05", "--feed", "fair")
        out, _ = run(*asked, "--outbox", outbox.address, "--json", code=1)
        assert outbox.status()["waiting"] == 1
    told = json.loads(out)
    assert (told["published"], told["new"], told["rejected"]) == (True, 1, 1)
    assert told["rejected_file"] is None
    wrong = [(p["row"], p["code"]) for p in told["problems"] if p["level"] == "error"]
    assert wrong == [(None, "rejected_unwritable"), (3, "pay_open")]
    assert "copy the table" in told["problems"][0]["why"]


def test_what_cannot_be_noted_is_not_handed_to_the_outbox(tmp_path: Path) -> None:
    """The first was handed over before its note failed."""
    table = tmp_path / "fair.csv"
    table.write_bytes(csv_bytes([ROW, {**ROW, "编号": "A2"}]))
    (tmp_path / "fair.handed-over.jsonl").symlink_to(tmp_path / "gone" / "notes")
    with running_outbox(f"127.0.0.1:{free_port()}", tmp_path, "511181-05") as outbox:
        asked = ("jobs", str(table), "--station", "511181-05", "--feed", "fair")
        _, err = run(*asked, "--outbox", outbox.address, code=1)
        assert outbox.status()["waiting"] == 0
    assert "fair.handed-over.jsonl cannot be written" in err
    assert "copy the table" in err
