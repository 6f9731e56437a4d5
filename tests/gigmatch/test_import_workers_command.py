"""`gigmatch import workers` at a real gateway: whose key it is, who is refused, when it is gone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.facts import Fact, WorkerAvailable
from events.rejections import Rejection
from events.tracing import Trace
from gateway.publishing import Landed
from producers.importing.counter import Counter
from tests.gateway.serving import READER, SECRET, STATION, KeptLog, serving
from tests.gateway.two_stations import FACTS_OF_THE_TOWN, OWN, PHONE, registered
from tests.gateway.two_zones import project_both
from tests.gigmatch.test_import_command import run
from tests.projecting import answered, project
from tests.worlds import record_of

OTHER = "511181-06"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "workers.csv"
    path.write_text("编号,开始日期,结束日期\nW-1,2030-03-16,2030-03-18\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("language", "word"),
    [("zh-CN", f"密钥是驿站 {OWN} 的"), ("en", f"the key is that of station {OWN}")],
)
def test_the_key_of_another_station_registers_nobody_and_is_named(
    redis_url: str, table: Path, language: str, word: str
) -> None:
    key = table.with_name("key")
    key.write_text(STATION["authorization"].removeprefix("Bearer "))
    project_both(redis_url)
    with serving(redis_url) as address:
        asked = ("workers", str(table), "--gateway", address, "--key-file", str(key))
        _, err = run(*asked, "--station", OTHER, code=1, language=language)
        assert word in err
        assert OTHER in err
        out, _ = run(*asked, "--station", OWN, "--dry-run", code=0, language=language)
    assert "1" in out


def test_a_key_that_is_none_of_a_station_is_told_with_what_to_do(
    redis_url: str, table: Path
) -> None:
    key = table.with_name("key")
    project_both(redis_url)
    with serving(redis_url) as address:
        asked = ("workers", str(table), "--gateway", address, "--key-file", str(key))
        for wrong in (READER["authorization"].removeprefix("Bearer "), f"gm_{9:012}_{SECRET}"):
            key.write_text(wrong)
            _, err = run(*asked, "--station", OTHER, code=1)
            assert f"the key is not that of station {OTHER}" in err
            assert f"gigmatch station-key create {OTHER}" in err
            assert SECRET not in err


@pytest.mark.parametrize("content", [b"", b"one\ntwo", "\u5bc6\u94a5".encode(), b"\xff\xfe"])
def test_a_file_without_a_key_is_told_before_a_gateway_is_asked(
    table: Path, content: bytes
) -> None:
    """It was told as a gateway that does not answer."""
    key = table.with_name("key")
    key.write_bytes(content)
    asked = ("workers", str(table), "--gateway", "http://127.0.0.1:1", "--key-file", str(key))
    _, err = run(*asked, "--station", OWN, code=1, language="zh-CN")
    assert f"{key} 里不是密钥" in err


class GoingDown(KeptLog):
    """A log that takes so many facts and no more."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self._takes = takes

    async def fact(self, fact: Fact, *, id: str, source: str, time: int, trace: Trace) -> Landed:
        self.down = len(self.facts) >= self._takes
        return await super().fact(fact, id=id, source=source, time=time, trace=trace)


def rows_of(folder: Path, *rows: str) -> Path:
    path = folder / "people.csv"
    head = "编号,姓名,电话,开始日期,结束日期"
    lines = [head, *(f"{row},2030-03-16,2030-03-18" for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@contextmanager
def counter(redis_url: str, folder: Path, log: KeptLog) -> Iterator[tuple[str, ...]]:
    """What the command is told of a gateway at which W-2 belongs to another station."""
    key = folder / "key"
    key.write_text(STATION["authorization"].removeprefix("Bearer "))
    facts = (*FACTS_OF_THE_TOWN, registered("W-3", OWN), registered("W-4", OWN))
    project(redis_url, answered(record_of(fact, offset) for offset, fact in enumerate(facts)))
    with serving(redis_url, publishing=log) as address:
        yield ("--station", OWN, "--gateway", address, "--key-file", str(key), "--json")


def test_a_row_that_is_refused_stops_nobody_else_and_is_told(
    redis_url: str, tmp_path: Path
) -> None:
    """One worker of another station in a list of 200 was the end of it, each time."""
    log, long = KeptLog(), "名" * 201
    people = rows_of(
        tmp_path, f"W-1,王,{PHONE}", f"W-2,李,{PHONE}", f"W-3,{long},{PHONE}", f"W-4,赵,{PHONE}"
    )
    with counter(redis_url, tmp_path, log) as at:
        out, _ = run("workers", str(people), *at, "--dry-run", code=1)
        dry = last(out)
        assert (dry["new"], dry["rejected"], dry["left"]) == (3, 1, 0)
        assert [(p["row"], p["code"]) for p in errors(dry)] == [(3, "gateway_refuses")]
        assert log.facts == []
        out, err = run("workers", str(people), *at, code=1)
        told = last(out)
        shown = httpx.post(f"{at[3]}/api/station/workers/W-4/contact/reveal", headers=STATION)
    said = [fact.worker_id for *_, fact in log.facts if isinstance(fact, WorkerAvailable)]
    assert said == ["W-1", "W-3", "W-4"]
    assert (told["new"], told["rejected"], told["left"]) == (2, 2, 0)
    wrong = [(p["row"], p["code"]) for p in errors(told)]
    assert wrong == [(3, "gateway_refuses"), (4, "contact_refused")]
    assert "another station" in errors(told)[0]["why"]
    rejected = Path(told["rejected_file"]).read_text(encoding="utf-8-sig")
    assert ("W-2" in rejected, "W-4" in rejected) == (True, False)
    assert shown.json()["phone"] == PHONE
    assert PHONE not in out + err


def test_a_gateway_that_goes_away_ends_it_and_how_far_it_came_is_told(
    redis_url: str, tmp_path: Path
) -> None:
    people = rows_of(tmp_path, "W-1,王,", "W-2,李,", *(f"W-{n},赵," for n in range(3, 60)))
    with counter(redis_url, tmp_path, GoingDown(takes=40)) as at:
        out, err = run("workers", str(people), *at, code=1)
    told = last(out)
    assert told["new"] + told["left"] + told["rejected"] == told["rows"] == 59
    assert (0 < told["new"] <= 40, told["rejected"], told["rejected_file"]) == (True, 1, None)
    assert last(err)["code"] == "gateway_says"


def test_who_is_not_known_yet_is_told_and_nobody_waits_for_the_next(
    redis_url: str, tmp_path: Path
) -> None:
    with counter(redis_url, tmp_path, KeptLog()) as at:
        key = STATION["authorization"].removeprefix("Bearer ")
        with Counter(at[3], key, "en", patience_s=0) as asked:
            for worker in ("W-8", "W-9"):
                with pytest.raises(Rejection) as wrong:
                    asked.keep_contact(worker, PHONE, "")
                assert wrong.value.code == "worker_unknown_yet"
            asked.keep_contact("W-1", PHONE, "")


def last(printed: str) -> dict[str, Any]:
    """What the command prints at its end, behind the lines of the gateway's log."""
    told: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return told


def errors(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [problem for problem in told["problems"] if problem["level"] == "error"]
