"""Workers from a table: over the counter into the market, their numbers sealed, the page knows."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from events.facts import WorkerAvailable
from gigmatch.logread import LogReader
from tests.browser.at_work import ZONE, AtWork, terminal
from tests.browser.engine import RunningEngine

pytestmark = pytest.mark.browser

PHONE = "13900004321"


def test_a_table_of_workers_is_registered_once_and_again_only_where_it_differs(
    engine: RunningEngine, browser: Browser, tmp_path: Path
) -> None:
    table, key = tmp_path / "workers.csv", tmp_path / "key"
    with AtWork(engine, f"{ZONE}-06") as at_work:
        key.write_text(at_work.key)
        first, second = (f"W-{at_work.tag}-{n}" for n in (1, 2))

        def register(floor: int, *options: str) -> dict[str, object]:
            rows = ["编号,姓名,电话,技能,开始日期,结束日期,期望日薪"]
            rows.append(f"{first},王秀英,{PHONE},tea_picking,2030-03-16,2030-03-18,{floor}")
            rows.append(f"{second},,,,2030-03-16,,100")
            table.write_text("\n".join(rows), encoding="utf-8")
            argv = ["import", "workers", str(table), "--station", at_work.station_id, "--json"]
            argv += ["--gateway", engine.http, "--key-file", str(key), *options]
            told: dict[str, object] = json.loads(engine.run(*argv))
            return {name: told[name] for name in ("new", "changed", "unchanged", "published")}

        dry = register(120, "--dry-run")
        assert dry == {"new": 2, "changed": 0, "unchanged": 0, "published": False}
        assert at_work.on_the_log(WorkerAvailable) == []
        assert register(120) == dry | {"published": True}
        for worker in (first, second):
            path = f"/api/station/workers/{worker}"
            at_work.wait(path, lambda view: view["available"] and view["availability"])
        assert register(120) == {"new": 0, "changed": 0, "unchanged": 2, "published": True}
        assert len(at_work.on_the_log(WorkerAvailable)) == 2
        assert register(150)["changed"] == 1
        at_work.wait(
            f"/api/station/workers/{first}",
            lambda view: view["availability"]["pay_floor_fen_day"] == 15_000,
        )
        path = f"/api/station/workers/{first}"
        at_work.command(f"{path}/unavailability", {})
        at_work.wait(path, lambda view: not view["available"])
        assert register(150)["new"] == 1  # said before, and not so any more
        at_work.wait(path, lambda view: view["available"])
        shown = at_work.client.post(f"/api/station/workers/{first}/contact/reveal").json()
        assert (shown["phone"], shown["name"]) == (PHONE, "王秀英")
        with LogReader(engine.kafka) as reader:
            for topic in ("market.events", "market.outcomes", "market.audit"):
                for partition in reader.partitions(topic):
                    for record in reader.read(topic, partition):
                        kept = (record.value or b"") + repr(record.headers).encode()
                        assert PHONE.encode() not in kept
                        assert "王秀英".encode() not in kept
        with terminal(at_work, browser, "/station#worker") as page:
            page.locator(".find input").fill(first)
            page.keyboard.press("Enter")
            expect(page.get_by_label("最低日薪（元）")).to_have_value("150")
