"""The pages name files that are there: paths in backticks, and links to files and to headings."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FOLDERS: Final = tuple(
    sorted(one.name for one in ROOT.iterdir() if one.is_dir() and not one.name.startswith("."))
)
LINK: Final = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
CODE: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PATH: Final = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*(?::\d+)?")
TEST: Final = re.compile(r"test_\w+\.py|\w+\.test\.mjs")


def prose(page: Path) -> str:
    """A page without its blocks of code, which may be of another machine."""
    return re.sub(r"^( *)```.*?^\1```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def named(text: str) -> Iterator[str]:
    """The paths in backticks that begin with a folder of the repository, and tests by name."""
    for code in CODE.findall(text):
        if PATH.fullmatch(code):
            yield code.partition(":")[0]
        elif TEST.fullmatch(code):
            yield f"tests/**/{code}"


def is_there(path: str) -> bool:
    return any(ROOT.glob(path.rstrip("/")))


def anchors(page: Path) -> set[str]:
    """What a page's headings are called in links, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def missing(page: Path, text: str) -> list[str]:
    """What a page names that is not there."""
    found = [path for path in named(text) if not is_there(path)]
    for path, anchor in LINK.findall(text):
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(f"{path}#{anchor}" if anchor else path)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    assert missing(page, prose(page)) == []


def test_what_is_not_there_is_found() -> None:
    page = ROOT / "docs" / "worker.md"
    text = "`tests/gateway/static/test_outbox.py`, `tests/node/outbox.test.mjs:3`, `tests/b*/*.py`"
    assert missing(page, text) == ["tests/gateway/static/test_outbox.py"]
    assert missing(page, "`test_replay.py`, `test_twice.py`") == ["tests/**/test_twice.py"]
    links = "[a](nowhere.md) [b](ops.md) [c](ops.md#alerts) [d](ops.md#no) [e](#where-it-is-tested)"
    assert missing(page, links) == ["nowhere.md", "ops.md#no"]
