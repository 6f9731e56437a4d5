"""The pages name what is there: files, links, headings, and commands with their options."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from typer.main import get_command

from gigmatch.cli import COMMANDS

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
MADE: Final = {"build", "dist"}
"""What commands write is there only after they have run."""
FOLDERS: Final = tuple(
    sorted(
        one.name
        for one in ROOT.iterdir()
        if one.is_dir() and not one.name.startswith(".") and one.name not in MADE
    )
)
LINK: Final = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
CODE: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PATH: Final = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*(?::\d+)?")
TEST: Final = re.compile(r"test_\w+\.py|\w+\.test\.mjs")
LINE: Final = re.compile(r"^(?: {4}|\s*-\s+)?(?:\w+=\$\()?(gigmatch [a-z].*)$", re.MULTILINE)


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


@cache
def command_line() -> Any:
    app = typer.Typer()
    for name in COMMANDS:
        import_module(f"gigmatch.commands.{name}").register(app)
    return get_command(app)


def typed(text: str) -> Iterator[str]:
    """What follows `gigmatch` in backticks and in lines to be typed, as far as it is words."""
    for code in (*CODE.findall(text), *LINE.findall(text)):
        if code.startswith("gigmatch "):
            yield re.split(r"[|#;)<>]|\\\|", code.removeprefix("gigmatch "))[0]


def unknown(line: str) -> str:
    """The first word of a command line that is no command or no option of it; "" where all are."""
    command = command_line()
    for word in line.split():
        if word.startswith("-"):
            options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
            if word.partition("=")[0] not in {*options, "-", "--help"}:
                return word
        elif commands := getattr(command, "commands", None):
            if word not in commands:
                return "" if re.search(r"\W", word.replace("-", "")) else word
            command = commands[word]
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_to_type_is_a_command(page: Path) -> None:
    text = page.read_text()
    assert [line for line in typed(text) if unknown(line)] == []


def test_the_pages_say_much_to_type() -> None:
    said = {line.split()[0] for page in PAGES for line in typed(page.read_text())}
    beside_another = {"gateway", "projector", "simulator"}  # "`gigmatch matcher`, `projector`"
    assert command_line().commands.keys() - said <= {"contract", "evaluate", *beside_another}


def test_what_is_no_command_is_found() -> None:
    text = (
        "`gigmatch explain J --whatif`, `gigmatch modell list`\n    gigmatch model shw newest # x\n"
    )
    assert [unknown(line) for line in typed(text)] == ["--whatif", "modell", "shw"]
    assert [unknown(line) for line in typed("`gigmatch model train\\|list`, `gigmatch up`")] == [
        "",
        "",
    ]
