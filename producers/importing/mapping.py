"""Which column is what, and what holds where a file says nothing: YAML, TOML or JSON."""

import re
from collections.abc import Mapping as Named
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from events.phrases import translated
from events.texts import text
from events.values import CODE, END
from gigmatch.errors import SaidError
from producers.importing.words import Known, meaning, words

FEED: Final = rf"^[A-Za-z0-9_-]{{1,16}}{END}"

_NO_FIELD: Final = re.compile("`(.*)` is no field")
_NO_ENTRY: Final = re.compile("Object contains unknown field `(.*)`")

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a feed's files are read.

    `columns` names the heading of each field, beyond the usual headings; `""` leaves a field out.
    `defaults` are cells for rows without one; `fill_down` are fields whose empty cells, merged in
    Excel, hold what stands above. `places` are names with latitude and longitude (WGS-84), `words`
    the codes of certificates and skills, `year` that of dates without one.
    """

    feed: Annotated[str, Meta(pattern=rf"^$|{FEED}")] = ""
    sheet: str = ""
    columns: dict[str, str] = {}
    defaults: dict[str, str] = {}
    fill_down: tuple[str, ...] = ()
    places: dict[str, tuple[Latitude, Longitude]] = {}
    words: dict[str, Annotated[str, Meta(pattern=CODE)]] = {}
    year: Annotated[int, Meta(ge=2000, le=2099)] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a field that does not exist."""
        known = self.headings
        for name in (*self.columns, *self.defaults, *self.fill_down):
            if name not in known:
                raise ValueError(f"`{name}` is no field; fields are {', '.join(known)}")

    @property
    def headings(self) -> Known:
        """The fields there are, with their usual headings."""
        return words().headings

    def is_heading(self, heading: str) -> bool:
        """Whether a cell looks like a heading."""
        return bool(heading) and (
            heading in self.columns.values() or self._field_of(heading) is not None
        )

    def fields(self, headings: list[str]) -> dict[str, str]:
        """The heading of each field in a table: the one named here, or the first usual one."""
        chosen = {field: name for field, name in self.columns.items() if name in headings}
        for heading in headings:
            field = self._field_of(heading)
            if field and field not in self.columns and heading not in chosen.values():
                chosen.setdefault(field, heading)
        return chosen

    def _field_of(self, heading: str) -> str | None:
        return meaning(self.headings, heading)


class WorkerMapping(Mapping, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How files of workers are read; a feed is of no use there."""

    @property
    def headings(self) -> Known:
        """The fields there are, with their usual headings."""
        return words().worker_headings


def load_mapping(path: Path, kind: type[Mapping] = Mapping) -> Mapping:
    """The mapping of a file. Raises UserError that says what is wrong, OSError."""
    content = path.read_bytes()
    try:
        match path.suffix.lower():
            case ".toml":
                return msgspec.toml.decode(content, type=kind)
            case ".json":
                return msgspec.json.decode(content, type=kind)
            case _:
                return msgspec.yaml.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise _fault(path, kind, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())  # a YAML parser says it in several lines
        raise SaidError("import.mapping_unreadable", path=path, what=translated(what)) from error


def _fault(path: Path, kind: type[Mapping], said: str) -> SaidError:
    """What is wrong with a mapping, where, and what may stand there, after what msgspec says."""
    what, _, where = said.partition(" - at `$")
    at = where.rstrip("`").removeprefix(".")
    if found := _NO_FIELD.match(what):
        known = ", ".join(kind().headings)
        return SaidError("import.mapping_no_field", path=path, value=found[1], known=known)
    if found := _NO_ENTRY.match(what):
        known = ", ".join(kind.__struct_fields__)
        return SaidError("import.mapping_no_entry", path=path, value=found[1], known=known)
    return SaidError("import.mapping_wrong", path=path, at=at or "-", what=translated(what))


def draft(kind: Mapping, sheet: str, headings: list[str], language: str) -> str:
    """A mapping to begin with, as YAML: what is known of a table, and the columns left over."""
    chosen = kind.fields(headings)
    left = [heading for heading in headings if heading not in chosen.values()]
    missing = [field for field in kind.headings if field not in chosen]
    told: Named[str, object] = {
        "feed": "",
        **({"sheet": sheet} if sheet else {}),
        "columns": chosen,
        "defaults": {},
    }
    lines = [msgspec.yaml.encode(told, order=None).decode().rstrip()]
    lines += [
        f"# {text('import.column_without_field', language, column=heading)}" for heading in left
    ]
    fields = ", ".join(missing)
    lines.append(f"# {text('import.fields_without_column', language, fields=fields)}")
    return "\n".join(lines) + "\n"
