"""What shows where one is and what can be chosen is seen by weak eyes, too: WCAG 2.2, 1.4.11."""

import re
from pathlib import Path

import pytest

STATIC = Path("gateway/static")
LEAST = 3.0
BASE = (STATIC / "base.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part)) for part in BASE.split("@media")[:2]
)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour", ["focus", "edge"])
@pytest.mark.parametrize("ground", ["paper", "sheet"])
def test_a_line_that_tells_something_stands_out(
    theme: dict[str, str], colour: str, ground: str
) -> None:
    assert contrast(theme[colour], theme[ground]) >= LEAST


def test_the_focus_and_the_choices_have_these_lines() -> None:
    rules = "\n".join(sheet.read_text() for sheet in sorted(STATIC.glob("*.css")))
    outlines = re.findall(r"outline: [^;]*var\(--([a-z]+)\)", rules)
    assert outlines
    assert set(outlines) == {"focus"}
    for choice in (".choice span", ".picks label", ".hours select"):
        [rule] = re.findall(rf"^{re.escape(choice)} {{([^}}]*)}}", rules, re.MULTILINE)
        assert "solid var(--edge)" in rule
