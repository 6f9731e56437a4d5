"""Whatever goes wrong, and wherever a process dies, every promise is kept once it is over."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.__main__ import main
from tests.simulation.running import live
from tests.simulation.schedule import LABELS, schedule
from tests.simulation.script import Script, from_json, to_json
from tests.simulation.surroundings import simulated

SEEDS = 500
LONG_SEEDS = 10_000
RARE = {
    "market.notifications queued",
    "webhook to be posted",
    "webhook posted, answer not seen",
}
"""A notifier dies there in one seed of hundreds."""
ROOT = Path(__file__).parents[2]
LIVE = (
    "from tests.simulation.running import live\n"
    "from tests.simulation.schedule import schedule\n"
    "from tests.simulation.surroundings import simulated\n"
    "with simulated():\n"
    "    print(*(live(schedule(seed)).fingerprint for seed in range({0}, {1})))\n"
)


@pytest.fixture
def _simulated() -> Iterator[None]:
    with simulated():
        yield


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("_simulated")
def test_every_promise_is_kept_and_processes_die_everywhere() -> None:
    deaths: Counter[str] = Counter()
    for seed in range(SEEDS):
        result = live(schedule(seed))
        assert not result.kind, f"seed {seed}: {result.kind}: {result.how}"
        deaths += result.deaths
    everywhere = {label for labels in LABELS.values() for label in labels}
    assert everywhere - RARE <= deaths.keys()


@pytest.mark.usefixtures("_simulated")
def test_a_second_yes_to_a_pending_offer_is_refused_and_the_first_stands() -> None:
    assert not live(schedule(224)).kind


@pytest.mark.usefixtures("_simulated")
def test_an_offer_by_a_clock_that_stood_still_need_not_be_told() -> None:
    assert not live(schedule(5305)).kind


@pytest.mark.soak
def test_more_seeds(tmp_path: Path) -> None:
    end = LONG_SEEDS if os.environ.get("GIGMATCH_LONG") else SEEDS + 10
    assert main(["--seeds", f"{SEEDS}-{end}", "--out", str(tmp_path)]) == 0


@pytest.mark.usefixtures("_simulated")
def test_a_seed_is_one_schedule_in_every_process() -> None:
    here = [live(schedule(seed)).fingerprint for seed in range(4)]
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", LIVE.format(0, 4)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.split() == here


@pytest.mark.usefixtures("_simulated")
def test_a_script_can_be_written_read_and_cut_anywhere() -> None:
    script = schedule(1)
    assert from_json(to_json(script)) == script
    for begin in range(0, len(script.steps), 7):
        part = Script(script.luck, script.steps[begin::2])
        assert not live(part).kind


def test_seeds_on_two_cores_are_the_seeds_on_one(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for jobs in ("1", "2"):
        assert main(["--seeds", "0-4", "--jobs", jobs]) == 0
        figures, *deaths = capsys.readouterr().out.splitlines()
        said.append((figures.partition(" violations")[0], deaths))
    assert said[0] == said[1]
    assert said[0][0].startswith("4 seeds, ")


def test_a_script_is_replayed_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "script.json"
    file.write_bytes(to_json(schedule(3)))
    assert main(["--replay", str(file)]) == 0
    assert capsys.readouterr().out.endswith("every promise is kept\n")


def test_a_seed_that_fails_is_cut_down_to_a_script_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("matching.market.Market.knows", lambda market, fingerprint: False)
    assert main(["--seeds", "0-100", "--jobs", "1", "--out", str(tmp_path)]) == 1
    (file,) = tmp_path.iterdir()
    assert f"--replay {file}" in capsys.readouterr().out
    seed = int(file.stem.removeprefix("seed-"))
    assert len(from_json(file.read_bytes()).steps) < len(schedule(seed).steps) / 2
    assert main(["--replay", str(file)]) == 1
