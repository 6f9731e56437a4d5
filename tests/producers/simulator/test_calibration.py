"""The fit finds what is in the data, and the town is where the fit says real people are."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gigmatch.cli import main
from gigmatch.errors import UserError
from producers.simulator.calibration import calibrate, simulated

# What `gigmatch calibrate` finds in the contest's data: the simulator's constants were set to it.
FOUND_ELASTICITY = 3.51
FOUND_BASE_RATE = 0.6251


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight towns of 150 tasks with a level of their own and an elasticity of 4."""
    random = np.random.default_rng(4)
    folder = tmp_path_factory.mktemp("tasks")
    with (folder / "tasks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["task_id", "lat", "lon", "price_cny", "completed"])
        for place in range(8):
            level = random.normal(0, 0.5)
            for task in range(150):
                price = random.uniform(60, 90)
                hazard = np.exp(level + 4 * np.log(price / 75))
                done = int(random.random() < 1 - np.exp(-hazard))
                at = (22 + place % 4 + random.normal(0, 0.02), 113 + place // 4)
                writer.writerow([f"A{place}-{task}", *at, price, done])
    (folder / "members.csv").write_text("lat,lon\n22,113\n22,114\n", encoding="utf-8")
    return folder


def test_the_fit_finds_the_elasticity_in_the_data(folder: Path) -> None:
    found = calibrate(folder)
    assert found.tasks == 1_200
    assert found.low < 4 < found.high
    assert found.pay_elasticity == pytest.approx(4, abs=0.8)


def test_the_town_answers_as_real_people_do() -> None:
    town = simulated()
    assert town.pairs > 2_000
    assert town.pay_elasticity == pytest.approx(FOUND_ELASTICITY, abs=0.4)
    assert town.base_rate == pytest.approx(FOUND_BASE_RATE, abs=0.04)


def test_the_command_shows_both(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gigmatch", "calibrate", str(folder), "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    told = json.loads(capsys.readouterr().out)
    assert told["data"]["tasks"] == 1_200
    assert told["simulator"]["base_rate"] > 0.5
    assert told["by_place"]["price"] < told["by_place"]["constant"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "tasks.csv cannot be used"),
        ("lat,lon\n22,113\n", "price_cny"),
        ("lat,lon,price_cny,completed\n22,113,sixty,1\n", "sixty"),
        ("lat,lon,price_cny,completed\n22,113,60,1\n", "at least 160"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / "tasks.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=why):
        calibrate(tmp_path)
