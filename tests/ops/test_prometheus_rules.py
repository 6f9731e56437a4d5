"""The alert rules, by Prometheus' own tool: valid, and firing when they should."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from streams import calibration, drift, shadow

FOLDER = Path(__file__).parent.parent.parent / "ops" / "prometheus"
RULES = FOLDER / "gigmatch.rules.yml"


@pytest.mark.parametrize(
    ("command", "file"),
    [("check", "gigmatch.rules.yml"), ("test", "gigmatch.rules.test.yml")],
)
def test_promtool_accepts_the_rules_and_their_tests(command: str, file: str) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    done = subprocess.run(
        [promtool, command, "rules", str(FOLDER / file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


def test_every_metric_of_a_rule_is_exported() -> None:
    exported = set()
    for module in (calibration, drift, shadow):
        ours = [one for one in vars(module).values() if isinstance(one, MetricWrapperBase)]
        assert ours
        for metric in (told for one in ours for told in one.describe()):
            exported |= {metric.name, f"{metric.name}_total"}
    asked = set(re.findall(r"\bgigmatch_[a-z_]+", RULES.read_text()))
    assert len(asked) >= 5
    assert asked <= exported


def test_every_alert_says_what_to_do_and_is_tested() -> None:
    rules = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    alerts = [rule for rule in rules if "alert" in rule]
    assert len(alerts) >= 5
    tested = (FOLDER / "gigmatch.rules.test.yml").read_text()
    documented = (FOLDER.parent.parent / "docs" / "releases.md").read_text()
    for alert in alerts:
        assert {"summary", "description"} <= alert["annotations"].keys()
        assert re.search(rf"alertname: {alert['alert']}\n +exp_alerts", tested)
        assert alert["alert"] in documented
