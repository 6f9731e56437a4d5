"""How far a partition has been projected."""

import msgspec

from gigmatch.readmodel.document import Document


class Progress(Document):
    """How far a partition has been projected: the next offsets, and the last outcome's place.

    `log` names the topics read, so that another log is not taken for this one. `position` is
    (offset, zone, index) as in an outcome's id; an outcome at or before it has been seen. `clock`
    and `model` are the partition's, for zones that begin.
    """

    log: str = ""
    events: int = 0
    outcomes: int = 0
    position: tuple[int, str, int] = (-1, "", -1)
    clock: int = 0
    model: str = ""
    zones: list[str] = msgspec.field(default_factory=list)
