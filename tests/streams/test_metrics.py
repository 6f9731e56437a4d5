"""The metrics' names, and what labels can say."""

import shutil
import subprocess

import msgspec
from prometheus_client import REGISTRY, generate_latest

from streams import metrics
from tests.matching.scenario import JOB
from tests.worlds import record_of


def test_promtool_has_nothing_to_say_about_the_names() -> None:
    metrics.count_events([record_of(JOB)])
    metrics.OUTCOMES.labels("match.ranked").inc()
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    ours = b"".join(
        line for line in generate_latest().splitlines(keepends=True) if b"gigmatch_" in line
    )
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=ours, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_a_made_up_type_makes_no_new_label() -> None:
    before = _count("other")
    record = record_of(JOB)
    for value in (b"made.up.v1", b"job.posted.v2", b"\xff"):
        headers = (("ce_type", value),)
        metrics.count_events([msgspec.structs.replace(record, headers=headers)])
    metrics.count_events([msgspec.structs.replace(record, headers=())])
    assert _count("other") == before + 4
    before = _count("job.posted")
    metrics.count_events([record])
    assert _count("job.posted") == before + 1


def test_a_partition_that_is_gone_is_not_shown() -> None:
    metrics.LAG.labels(77).set(3)
    metrics.forget_partition(77)
    metrics.forget_partition(78)
    assert REGISTRY.get_sample_value("gigmatch_lag_records", {"partition": "77"}) is None


def _count(kind: str) -> float:
    return REGISTRY.get_sample_value("gigmatch_events_total", {"type": kind}) or 0.0
