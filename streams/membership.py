"""How a matcher's membership of its group stands, of which Faust asks nothing.

aiokafka 0.14 (pinned) keeps it in a coordinator. What goes wrong there waits until somebody asks
for records of aiokafka's, which nobody does here: without these looks the process would stand
still, or work beside the new owner of its partitions, and say that all is well.
"""

from typing import Any, Final

from aiokafka.protocol.group import JoinGroupRequest

NO_MEMBER: Final = (
    "its session ran out, or another process has the same GIGMATCH_INSTANCE: "
    "give each matcher a name of its own"
)
NEVER_IDLE_S: Final = 10.0**7
"""Who asks for no records for so long would leave the group; a spare without partitions asks for
none, nor does a matcher that reads a long log again. The watchdog looks whether anything moves."""


def is_forgotten(coordinator: Any) -> bool:
    """Whether the broker has told that it knows no such member."""
    return bool(coordinator.member_id == JoinGroupRequest.UNKNOWN_MEMBER_ID)


def trouble(coordinator: Any) -> str:
    """Why it will never join again by itself; "" while it may."""
    if coordinator._pending_exception is not None:
        return repr(coordinator._pending_exception)
    if coordinator._coordination_task.done() and not coordinator._closing.done():
        return "nobody coordinates any more"
    return ""


def leave_at_the_end(coordinator: Any) -> None:
    """Let who ends of its own accord leave at once, as aiokafka has those do who have no name."""
    coordinator._group_instance_id = None
