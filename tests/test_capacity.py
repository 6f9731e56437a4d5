"""docs/capacity.md follows from what was measured, and the manifests from the page."""

import math
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from matching.recent import REMEMBERED

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "capacity.md").read_text()
UNITS: Final = {"thousand": 1e3, "million": 1e6, "GB": 1e9, "Gi": 2.0**30}
FINGERPRINT_B: Final = 20
PROCESS_B: Final = 0.2e9
LEAST_MATCHERS: Final = 2


def number(written: str) -> float:
    """`9.2 million`, `1,530`, `4.7 GB` or `6Gi`."""
    found = re.fullmatch(r"([\d.,]+)\s*(\w*)", written)
    assert found, written
    return float(found[1].replace(",", "")) * UNITS.get(found[2], 1.0)


def row(name: str) -> list[float]:
    """The figures of a place: counties, workers, facts a second, cores, memory, partitions."""
    [line] = [one for one in PAGE.splitlines() if one.startswith(f"| {name} |")]
    return [number(cell.strip()) for cell in line.strip("|").split("|")[1:]]


def resident_bytes() -> float:
    """Of a worker, as the benchmark found it."""
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text()
    [ours] = re.findall(r"resident MB without memray: ours ([\d.]+)", results)
    return float(ours)  # of a million, in millions of bytes


def needed(workers: float, counties: float, matchers: float) -> float:
    """Bytes of so many matchers together."""
    return workers * resident_bytes() + counties * REMEMBERED * FINGERPRINT_B + matchers * PROCESS_B


@pytest.mark.parametrize("place", ["county", "city", "province", "nation"])
def test_the_table_follows_from_the_measured_figures(place: str) -> None:
    counties, workers, facts, cores, memory, _ = row(place)
    assert facts == pytest.approx(workers * 3 * 0.2 / 3_600, rel=0.05)
    assert cores == max(1, math.ceil(2 * facts / 7_100))
    matchers = max(LEAST_MATCHERS, cores)
    assert memory == pytest.approx(needed(workers, counties, matchers), rel=0.05)


def test_a_matcher_of_the_manifests_holds_a_province_alone() -> None:
    documents = yaml.safe_load_all((ROOT / "ops" / "kubernetes" / "matcher.yaml").read_text())
    found: dict[str, dict[str, Any]] = {one["kind"]: one for one in documents}
    scaled = found["ScaledObject"]["spec"]
    counties, workers, *_, partitions = row("province")
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (LEAST_MATCHERS, partitions)
    [container] = found["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    memory = container["resources"]
    # The reserve that the page asks for.
    assert number(memory["limits"]["memory"]) > 4 / 3 * needed(workers, counties, 1)
    share = needed(workers / LEAST_MATCHERS, counties / LEAST_MATCHERS, 1)
    assert number(memory["requests"]["memory"]) > 4 / 3 * share


def test_what_the_whole_system_bears_is_what_its_soak_says() -> None:
    soak = " ".join((ROOT / "benchmarks" / "SOAK.md").read_text().split())
    [(bears, lived, minutes)] = re.findall(
        r"bears (\d+) turns a second here, and lived at (\d+) for (\d+) minutes", soak
    )
    [borne] = [one for one in PAGE.splitlines() if one.startswith("| turns a second that the")]
    assert borne.split("|")[2].strip().startswith(f"{bears}, and {lived} for two hours")
    assert minutes == "120"
    facts = 3 * int(lived)
    told = " ".join(PAGE.split())
    assert f"So {lived} turns a second for two hours are {lived} postings, {facts} facts" in told
    matcher = re.search(r"\| matcher \| ([\d.]+) \| ([\d.]+) \|", soak)
    assert matcher
    [small] = re.findall(r"matcher in a small market, .*? \| (\d+) MB", told)
    assert float(small) == pytest.approx(float(matcher[2]), rel=0.1)
