"""Disk space that is held back."""

from pathlib import Path

from producers.outbox.reserve import Reserve
from tests.producers.outbox.disks import full_disk

MB = 1024 * 1024


def test_space_is_held_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    reserve = Reserve(path, MB)
    assert reserve.hold()
    assert path.stat().st_blocks * 512 >= MB
    assert reserve.hold()
    reserve.release()
    assert not path.exists()


def test_where_there_is_not_enough_nothing_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    reserve = Reserve(path, MB)
    with full_disk(room=MB - 1):
        assert not reserve.hold()
        assert not path.exists()
    assert reserve.hold()
