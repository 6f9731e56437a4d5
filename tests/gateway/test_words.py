"""The page asks only for words that the translation table has, and the table has no others."""

import re
from pathlib import Path

from events.codec import OUTCOME_TYPES
from events.texts import table
from matching.constraints import CONSTRAINTS
from matching.reasons import REASON_CODES

STATIC = Path("gateway/static")
NAMED = re.compile(r"""["'`](page\.[a-z_.]*[a-z])["'`]""")
BUILT = {"page.live", "page.offline", "page.unknown"} | {
    f"page.feed.{name}" for name in OUTCOME_TYPES
}


def keys(group: str) -> set[str]:
    return {key for key in table() if key.startswith(f"{group}.")}


def test_every_word_of_the_page_is_in_the_table_and_no_more() -> None:
    sources = [path.read_text() for path in STATIC.iterdir() if path.suffix in (".js", ".html")]
    named = set(NAMED.findall("\n".join(sources)))
    assert named <= keys("page")
    assert keys("page") <= named | BUILT


def test_every_reason_and_every_constraint_has_words() -> None:
    assert keys("reason") == {f"reason.{code}" for code in REASON_CODES}
    assert keys("excluded") == {f"excluded.{code}" for code in CONSTRAINTS}


def test_nothing_is_asked_of_another_host_and_no_markup_is_made_of_text() -> None:
    for path in STATIC.iterdir():
        content = path.read_text().replace("http://www.w3.org/", "")
        assert "http://" not in content, path
        assert "https://" not in content, path
        assert "innerHTML" not in content, path
