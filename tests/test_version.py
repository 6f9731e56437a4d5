"""The version stands in pyproject.toml; what else names one names the same."""

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
VERSION: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
IMAGE: Final = re.compile(r"\bgigmatch:(\d[\w.]*)")


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == VERSION


def test_every_image_of_ours_has_the_version_of_the_package() -> None:
    pages = (ROOT / "docker-compose.yml", *(ROOT / "docs").glob("*.md"))
    named = {
        page.name: set(IMAGE.findall(page.read_text()))
        for page in (*pages, *(ROOT / "ops" / "kubernetes").rglob("*.yaml"))
    }
    assert named["docker-compose.yml"]
    assert {name: found for name, found in named.items() if found - {VERSION}} == {}
