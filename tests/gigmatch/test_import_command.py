"""`gigmatch import jobs` and `import mapping` on the example, as a person types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gigmatch.processes import free_port

ROOT = Path(__file__).parents[2]
FAIR = str(ROOT / "examples" / "job_fair.csv")
MAP = str(ROOT / "examples" / "job_fair.yaml")
OFFLINE = ("--dry-run", "--offline")
AT = ("--station", "511181-00")


def run(*arguments: str, code: int, language: str = "en") -> tuple[str, str]:
    """Standard output and error of `gigmatch import`; it must end with `code`."""
    done = subprocess.run(
        [sys.executable, "-m", "gigmatch", "import", *arguments],
        env={
            **os.environ,
            "GIGMATCH_LANGUAGE": language,
            "GIGMATCH_KAFKA": f"127.0.0.1:{free_port()}",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


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
