"""The metrics' names, and what labels can say."""

import re
import shutil
import subprocess
import sys

import msgspec
from prometheus_client import REGISTRY

from streams import metrics
from tests.matching.scenario import JOB
from tests.worlds import record_of


def test_promtool_has_nothing_to_say_about_any_metric_that_is_declared() -> None:
    """It looks at samples: what has none, because nothing was measured yet, it passes over."""
    argv = [sys.executable, "-m", "tests.streams.declared"]
    told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    ours = [line for line in told.splitlines() if "gigmatch_" in line]
    families = {line.split()[2] for line in ours if line.startswith("# TYPE")}
    sampled = {re.split(r"[{ ]", line)[0] for line in ours if not line.startswith("#")}
    endings = ("", "_bucket")
    assert not {one for one in families if not any(one + end in sampled for end in endings)}
    assert {"gigmatch_notifier_sent_total", "gigmatch_projector_missing_records"} <= families
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input="\n".join(ours) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


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
