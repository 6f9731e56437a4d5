"""Reads the cells of one row by field, and gathers what is wrong with them by column."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from events.rejections import Rejection
from producers.importing import cells
from producers.importing.rows import Problem, Row

T = TypeVar("T")


class RowReader:
    """The cells of a row. Parsers raise Rejection without a field; here it gets its column."""

    def __init__(
        self,
        row: Row,
        fields: Mapping[str, str],
        defaults: Mapping[str, str],
        headings: Mapping[str, tuple[str, ...]],
    ) -> None:
        """`fields` has the heading of each field, `defaults` the cells of those left empty.

        `headings` are the fields there may be, with their usual headings.
        """
        self.problems: list[Problem] = []
        self._row = row
        self._fields = fields
        self._defaults = defaults
        self._headings = headings

    def cell(self, field: str) -> str:
        """What stands in a field's column, or its default; "" for nothing."""
        heading = self._fields.get(field, "")
        return self._row.cells.get(heading, "") or self._defaults.get(field, "")

    def heading(self, field: str) -> str:
        """The column's name; for a field without a column, what it is usually called."""
        return self._fields.get(field) or self._headings.get(field, (field,))[0]

    def add(self, field: str, wrong: Rejection, *, note: bool = False) -> None:
        """Remember a problem of a field's column, or a note, said of the column's own name."""
        heading = self.heading(field)
        self.problems.append(Problem(self._row.number, heading, moved(wrong, heading), note))

    def take(self, field: str, read: Callable[[], T]) -> T | None:
        """What a part reads, or None with a problem; it names the column at fault by its field."""
        try:
            return read()
        except Rejection as wrong:
            at = wrong.field if wrong.field in self._headings else field
            self.add(at, moved(wrong))
            return None

    def optional(self, field: str, parse: Callable[[str], T]) -> T | None:
        """A cell parsed; None when it is empty or wrong."""
        cell = self.cell(field)
        return self.take(field, lambda: parse(cell)) if cell else None

    def required(self, field: str, parse: Callable[[str], T]) -> T | None:
        """A cell parsed; None when it is wrong, and being empty is."""
        if not self.cell(field):
            self.add(field, Rejection("cell_missing"))
            return None
        return self.optional(field, parse)

    def must(self, field: str) -> str:
        """A cell that must be there, for parts that read several."""
        if cell := self.cell(field):
            return cell
        raise Rejection("cell_missing", field)

    def at(self, field: str, parse: Callable[[str], T]) -> T:
        """A cell that must be there, parsed; what is wrong with it is said of its own column."""
        cell = self.must(field)
        try:
            return parse(cell)
        except Rejection as wrong:
            raise moved(wrong, field) from None

    def word(self, field: str, known: Mapping[cells.W, tuple[str, ...]]) -> cells.W | None:
        """A word of the contract in a cell; None when it is empty or wrong."""
        return self.optional(field, lambda cell: cells.word(cell, known))


def moved(wrong: Rejection, field: str = "") -> Rejection:
    """The same said of another field."""
    details: Any = wrong.details
    return Rejection(wrong.code, field, **details)
