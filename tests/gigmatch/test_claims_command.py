"""`gigmatch claims report` as a person types it."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.facts import ClockTicked, Fact, WageClaimClosed, WageClaimOpened
from gigmatch.claim_report import last_week, week_named
from tests.projecting import answered
from tests.typed import typed
from tests.worlds import record_of

ZONE = "511181"
MONDAY = week_named("2026-W48").begin
DAY_MS = 24 * 3_600_000
FIGURES = {
    "opened": 2,
    "closed": 1,
    "on_time": 1,
    "overdue": 1,
    "referred": 1,
    "amount_fen": 123_456_750,
    "workers": 13,
}


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Two claims of a station, of which one is referred and the other is overdue."""
    ids: dict[str, Any] = {"employer_id": "E-1", "zone": ZONE}
    facts: tuple[Fact, ...] = (
        ClockTicked(now=MONDAY),
        WageClaimOpened(claim_id="C-1", **ids, amount_fen=123_456_700, workers=12),
        WageClaimOpened(claim_id="C-2", **ids, amount_fen=50, kind="simple"),
        WageClaimClosed(claim_id="C-1", **ids, result="referred", referred_to="县劳动监察大队"),
        ClockTicked(now=MONDAY + 2 * DAY_MS),
    )
    records = answered(record_of(fact, offset, time=MONDAY) for offset, fact in enumerate(facts))
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(map(msgspec.json.encode, records)) + b"\n")
    return str(path)


def test_it_is_told_as_json(log: str) -> None:
    said = typed("claims", "report", log, "--week", "2026-W48", "--zone", ZONE, "--json")
    assert json.loads(said.out) == {
        "week": "2026-W48",
        "zone": ZONE,
        "stations": [{"station_id": f"{ZONE}-05", **FIGURES}],
        "total": {"station_id": "", **FIGURES},
    }


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("zh-CN", ("欠薪线索周报，2026-W48，全部片区", "首问驿站", "511181-05 双福镇", "合计")),
        ("en", ("Wage claims, 2026-W48, all zones", "on time", "Shuangfu", "total")),
    ],
)
def test_it_is_told_as_a_table_in_words_and_yuan(
    log: str, language: str, parts: tuple[str, ...]
) -> None:
    env = {"GIGMATCH_LANGUAGE": language}
    said = typed("claims", "report", log, "--week", "2026-W48", env=env)
    assert said.code == 0
    for part in (*parts, "1,234,567.50", "13"):
        assert part in said.out, part
    assert "C-1" not in said.out
    assert "E-1" not in said.out


def test_without_a_week_it_is_the_last_whole_one(log: str) -> None:
    before = last_week(time.time_ns() // 1_000_000)
    told = json.loads(typed("claims", "report", log, "--json").out)
    after = last_week(time.time_ns() // 1_000_000)
    assert told["week"] in {before.name, after.name}


@pytest.mark.parametrize("wrong", [("--week", "48"), ("--zone", "emeishan")])
def test_what_is_wrong_is_said(log: str, wrong: tuple[str, str]) -> None:
    said = typed("claims", "report", log, *wrong, env={"GIGMATCH_LANGUAGE": "en"})
    assert said.code == 2
    assert "such as" in said.err
