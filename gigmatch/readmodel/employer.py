"""An employer: what workers have said of them."""

from collections.abc import Iterator
from typing import Final

import msgspec

from gigmatch.readmodel.document import Document
from gigmatch.readmodel.keys import index_key

LEAST_RATERS: Final = 3
"""Ratings are shown by so many people at once: of fewer it could be told who said what."""


class EmployerDoc(Document):
    """What workers of a zone's jobs have said of an employer.

    `ratings` and the sum of their `stars` are shown. What has come since waits, by who said it,
    until it is of LEAST_RATERS people: a mean that moved with each would tell what that one was.
    """

    zone: str
    employer_id: str
    ratings: int = 0
    stars: int = 0
    waiting: dict[str, list[int]] = msgspec.field(default_factory=dict)

    @property
    def mean(self) -> float | None:
        """The mean of what is shown, of 1 to 5 stars; None while nothing is."""
        return self.stars / self.ratings if self.ratings else None

    def rate(self, worker_id: str, stars: int) -> None:
        """A worker says it of one job."""
        self.waiting.setdefault(worker_id, []).append(stars)
        if len(self.waiting) >= LEAST_RATERS:
            told = [one for said in self.waiting.values() for one in said]
            self.ratings += len(told)
            self.stars += sum(told)
            self.waiting = {}

    def forget(self, worker_id: str) -> None:
        """What an erased worker has said and nobody has seen is gone.

        Kept without a name it could be theirs who registers again and says it again: one person
        would be several.
        """
        self.waiting.pop(worker_id, None)

    def entries(self) -> Iterator[tuple[str, str, int]]:
        """The sorted sets it stands in: key, member, score."""
        if self.waiting:
            yield index_key("rated", self.zone), self.employer_id, len(self.waiting)
