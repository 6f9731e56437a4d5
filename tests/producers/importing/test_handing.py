"""Facts handed to a station's outbox, each with its note."""

import resource
from pathlib import Path

import pytest

from events.facts import JobPosted
from gigmatch.errors import SaidError
from gigmatch.processes import free_port
from producers.importing.handing import Outbox
from producers.importing.history import History
from producers.importing.plan import Planned
from producers.outbox.station import Station
from tests.matching.scenario import JOB
from tests.system.outboxes import running_outbox

STATION = Station.parse(JOB.station_id)


def test_a_note_has_its_room_on_the_disk_before_its_fact_is_handed_over(tmp_path: Path) -> None:
    """On a full disk a fact was handed over, and then its note was not written."""
    notes = tmp_path / "notes.jsonl"
    bootstrap = f"127.0.0.1:{free_port()}"
    with (
        running_outbox(bootstrap, tmp_path, STATION.name) as running,
        Outbox(running.address, STATION, notes, "en") as outbox,
    ):
        outbox.hand(_posted("A1"))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (notes.stat().st_size + 10, limits[1]))
        try:
            with pytest.raises(SaidError, match="notes"):
                outbox.hand(_posted("A2"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert running.status()["waiting"] == 1
        outbox.hand(_posted("A3"))
        assert running.status()["waiting"] == 2
        history = History(STATION, "fair")
        outbox.recall(bootstrap, history)
    assert list(history.known) == ["A1", "A3"]


def _posted(key: str) -> Planned:
    job = JobPosted(
        job_id=f"{STATION.name}.fair.{key}",
        zone=JOB.zone,
        station_id=JOB.station_id,
        employer_id=JOB.employer_id,
        title=JOB.title,
        shifts=JOB.shifts,
        pay=JOB.pay,
        place=JOB.place,
    )
    return Planned(f"import:{job.job_id}:0:1", job)
