"""The alert rules, by Prometheus' own tool: valid, and firing when they should."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from matching.scorer import RULES as RULES_RELEASE
from tests.ops.exported import exported

FOLDER = Path(__file__).parent.parent.parent / "ops" / "prometheus"
RULES = {"gigmatch.rules.yml": "releases.md", "gigmatch-streams.rules.yml": "ops.md"}
"""Each file of rules, and the page that says what to do."""


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("command", ["check", "test"])
def test_promtool_accepts_the_rules_and_their_tests(command: str, rules: str) -> None:
    file = rules if command == "check" else rules.replace(".rules.", ".rules.test.")
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


@pytest.mark.parametrize("rules", RULES)
def test_every_metric_of_a_rule_is_exported(rules: str) -> None:
    asked = set(re.findall(r"\bgigmatch_[a-z_]+", (FOLDER / rules).read_text()))
    assert len(asked) >= 5
    assert asked <= exported()


def test_the_rules_of_before_any_release_are_left_out_by_their_name() -> None:
    asked = re.findall(
        r"gigmatch_calibration_\w+_total(.*?)\[", (FOLDER / "gigmatch.rules.yml").read_text()
    )
    assert asked == [f'{{release!="{RULES_RELEASE}"}}'] * 5


@pytest.mark.parametrize(("rules", "page"), RULES.items())
def test_every_alert_says_what_to_do_and_is_tested(rules: str, page: str) -> None:
    found = yaml.safe_load((FOLDER / rules).read_text())["groups"][0]["rules"]
    alerts = [rule for rule in found if "alert" in rule]
    assert len(alerts) >= 5
    tested = (FOLDER / rules.replace(".rules.", ".rules.test.")).read_text()
    documented = (FOLDER.parent.parent / "docs" / page).read_text()
    for alert in alerts:
        assert {"summary", "description"} <= alert["annotations"].keys()
        assert re.search(rf"alertname: {alert['alert']}\n +exp_alerts", tested)
        assert alert["alert"] in documented
