"""Rows out of JSON: an object a line, or the JobPostings of a schema.org feed."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from events.rejections import Rejection
from producers.importing.rows import MOST_COLUMNS, MOST_ROWS, Row, Table
from producers.importing.workbook import cell_text

_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_KINDS: Final = {
    "PER_DIEM": "gig",
    "TEMPORARY": "temporary",
    "PART_TIME": "part_time",
    "INTERN": "internship",
}


def read_json_lines(content: bytes, name: str) -> Table:
    """The objects of a file, one a line; a line that is none is a row with a fault."""
    rows = [
        _row(number, line)
        for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
        if line.strip()
    ]
    return _table(rows, name)


def read_postings(content: bytes, name: str) -> Table:
    """The JobPostings of a JSON-LD document, counted from 1. Raises Rejection."""
    try:
        whole = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except _UNREADABLE:
        raise Rejection("not_json_file", name) from None
    found = list(_postings(whole))
    if not found:
        raise Rejection("no_postings", name)
    table = _table([_posting(number, one) for number, one in enumerate(found, 1)], name)
    return table._replace(is_part=isinstance(whole, dict) and "isPartOf" in whole)


def _table(rows: list[Row], name: str) -> Table:
    if len(rows) > MOST_ROWS:
        raise Rejection("too_many_rows", name, limit=MOST_ROWS, count=len(rows))
    headings = dict.fromkeys(heading for row in rows for heading in row.cells)
    if len(headings) > MOST_COLUMNS:
        raise Rejection("too_many_columns", name, limit=MOST_COLUMNS, count=len(headings))
    return Table(list(headings), rows)


def _row(number: int, line: bytes) -> Row:
    raw = line.decode(errors="replace").strip()
    try:
        found = msgspec.json.decode(line)
    except _UNREADABLE:
        return Row(number, {}, Rejection("line_not_json"), raw)
    if not isinstance(found, dict):
        return Row(number, {}, Rejection("line_not_object"), raw)
    for heading, value in found.items():
        if isinstance(value, dict | list):
            return Row(number, {}, Rejection("cell_nested", heading), raw)
    cells = {" ".join(heading.split()): cell_text(value) for heading, value in found.items()}
    return Row(number, {heading: cell for heading, cell in cells.items() if cell})


def _postings(value: Any) -> Iterator[dict[str, Any]]:
    """Every JobPosting in a document, in order: alone, in a list, a graph or a feed."""
    todo = [value]
    while todo:
        match todo.pop():
            case {"@type": "JobPosting"} as posting:
                yield posting
            case {"@graph": inner} | {"dataFeedElement": inner} | {"itemListElement": inner}:
                todo.append(inner)
            case {"item": inner}:
                todo.append(inner)
            case list() as several:
                todo += reversed(several)
            case _:
                pass


def _posting(number: int, posting: dict[str, Any]) -> Row:
    """A JobPosting as a row with the fields' own names as headings."""
    geo = _at(posting, "jobLocation", "geo")
    salary = _at(posting, "baseSalary", "value")
    name = _at(posting, "hiringOrganization", "name")
    code = str(_at(posting, "hiringOrganization", "identifier") or "")
    asked = _texts(posting.get("qualifications"))
    worked = str(_at(posting, "workHours") or "")
    ages = [one for one in asked if one[:2].isdecimal()]
    cells = {
        "key": _at(posting, "identifier", "value"),
        "title": _at(posting, "title"),
        "employer": "" if code and code in str(name) else name,  # else it only names the id
        "employer_id": code,
        "headcount": _at(posting, "totalJobOpenings"),
        "pay": _at(salary, "value") or _at(salary, "minValue"),
        "pay_unit": str(_at(salary, "unitText") or "").lower(),
        "shifts" if worked[:4].isdecimal() else "hours": worked,
        "dates": _at(posting, "jobStartDate"),
        "place": _at(posting, "jobLocation", "address", "streetAddress"),
        "lat": _at(geo, "latitude"),
        "lon": _at(geo, "longitude"),
        "kind": _KINDS.get(str(_at(posting, "employmentType")), ""),
        "perks": _at(posting, "jobBenefits"),
        "minimum_age": ages[0] if ages else "",
        "certificates": "、".join(one for one in asked if one not in ages),
        "skills": "、".join(_texts(posting.get("skills"))),
        "expires": _at(posting, "validThrough"),
    }
    texts = {name: cell_text(cell) for name, cell in cells.items() if _is_plain(cell)}
    return Row(number, {name: cell for name, cell in texts.items() if cell})


def _at(value: Any, *path: str) -> Any:
    """What stands at a path; the first of several."""
    for name in path:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> list[str]:
    """The texts of a property that may have one or several."""
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, str) and one]


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)
