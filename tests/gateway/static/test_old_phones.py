"""Pages must be read by a phone of 2019: linters with the browsers' own tables look at them."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STATIC = "gateway/static"
NODE = ROOT / "tests" / "node"


def lint(tool: str, what: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    binary = NODE / "node_modules" / ".bin" / tool
    argv = [str(binary), "--config", str(NODE / f"{tool}.config.mjs"), what]
    return subprocess.run(
        argv, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize(
    ("tool", "what"), [("eslint", STATIC), ("stylelint", f"{STATIC}/**/*.css")]
)
def test_the_pages_are_read(tool: str, what: str) -> None:
    done = lint(tool, what)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("tool", "name", "text", "complaint"),
    [
        ("eslint", "new.js", "export const one = (two) => two?.three;\n", "Parsing error"),
        ("eslint", "new.js", "export const one = new WeakRef({});\n", "WeakRef"),
        ("eslint", "new.js", "document.body.replaceChildren();\n", "replaceChildren"),
        ("stylelint", "new.css", "a { display: flex; gap: 1px }\n", "flexbox-gap"),
    ],
)
def test_what_came_later_is_noticed(
    tmp_path: Path, tool: str, name: str, text: str, complaint: str
) -> None:
    page = tmp_path / STATIC / name
    page.parent.mkdir(parents=True)
    page.write_text(text)
    done = lint(tool, f"{STATIC}/{name}", tmp_path)
    assert done.returncode != 0
    assert complaint in done.stdout + done.stderr


def test_long_words_break_there_too() -> None:
    """`anywhere` came later, and `keep-all` leaves Chinese no other place to break."""
    sheets = sorted((ROOT / STATIC).glob("*.css"))
    rules = [rule for sheet in sheets for rule in re.findall(r"{([^{}]*)}", sheet.read_text())]
    long = [rule for rule in rules if "overflow-wrap: anywhere" in rule or "keep-all" in rule]
    assert len(long) > 10
    assert [rule for rule in long if "overflow-wrap: break-word;" not in rule] == []
    assert [rule for rule in long if re.search("anywhere.*break-word", rule)] == []


def test_what_is_vendored_is_read_too_and_is_what_its_notice_says() -> None:
    folder = ROOT / STATIC / "vendor" / "uplot"
    acorn = NODE / "node_modules" / ".bin" / "acorn"
    argv = [str(acorn), "--ecma2018", "--silent", str(folder / "uPlot.iife.min.js")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    notice = (folder / "NOTICE.md").read_text()
    kept = [path for path in folder.iterdir() if path.name != "NOTICE.md"]
    assert len(kept) == 3
    for path in kept:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"{digest}  {path.name}" in notice
