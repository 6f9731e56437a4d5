"""The dashboards: what Grafana loads, asking only for what is exported."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ops.exported import exported

OPS = Path(__file__).parents[2] / "ops"
DASHBOARDS = sorted((OPS / "grafana" / "dashboards").glob("*.json"))
RULES = sorted((OPS / "prometheus").glob("*.rules.yml"))
RECORDED = {
    rule["record"]
    for file in RULES
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
    if "record" in rule
}


def expressions(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_asks_only_for_what_is_exported(file: Path) -> None:
    dashboard = json.loads(file.read_text())
    asked = expressions(dashboard)
    assert len(asked) >= 5
    for expression in asked:
        for name in re.findall(r"\bgigmatch[:_][a-z0-9_:]+", expression.replace('"gigmatch-', '"')):
            assert name in RECORDED | exported(), f"{file.stem}: {name}"


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_prometheus_can_read_every_question(file: Path, tmp_path: Path) -> None:
    asked = expressions(json.loads(file.read_text()))
    rules = [
        {"record": f"asked:{number}", "expr": expression.replace("$zone", "511181")}
        for number, expression in enumerate(asked)
    ]
    rules_file = tmp_path / "asked.yml"
    rules_file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    argv = [promtool, "check", "rules", "--lint=none", str(rules_file)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_do_not_lie_on_one_another() -> None:
    assert len(DASHBOARDS) == 3
    for file in DASHBOARDS:
        taken: set[tuple[int, int]] = set()
        for panel in json.loads(file.read_text())["panels"]:
            place = panel["gridPos"]
            cells = {
                (place["x"] + x, place["y"] + y)
                for x in range(place["w"])
                for y in range(place["h"])
            }
            assert max(x for x, _ in cells) < 24
            assert not cells & taken, panel["title"]
            taken |= cells


def test_grafana_finds_the_data_and_the_files() -> None:
    provisioning = OPS / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    for file in DASHBOARDS:
        panels = json.loads(file.read_text())["panels"]
        assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}
    [provider] = yaml.safe_load((provisioning / "dashboards" / "gigmatch.yml").read_text())[
        "providers"
    ]
    services = yaml.safe_load((OPS.parent / "docker-compose.yml").read_text())["services"]
    mounts = [mount.split(":")[1] for mount in services["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounts
    assert source["url"] == "http://prometheus:9090"


def test_prometheus_accepts_its_configuration_and_knows_every_process() -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    config = OPS / "prometheus" / "prometheus.yml"
    argv = [promtool, "check", "config", str(config)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = yaml.safe_load(config.read_text())
    assert set(loaded["rule_files"]) == {file.name for file in RULES}
    services = yaml.safe_load((OPS.parent / "docker-compose.yml").read_text())["services"]
    scraped = services["gateway"]["environment"]["GIGMATCH_SCRAPE"]
    named = {part.partition("=")[2] for part in scraped.split(",")}
    jobs = [job["dns_sd_configs"][0] for job in loaded["scrape_configs"]]
    assert named == {f"{job['names'][0]}:{job['port']}" for job in jobs}
