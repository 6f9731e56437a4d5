"""The page asks only for words that the translation table has, and the table has no others."""

import re
from pathlib import Path

from events.codec import OUTCOME_TYPES
from events.texts import table
from gigmatch.figures.reading import STAGES
from matching.constraints import CONSTRAINTS
from matching.reasons import REASON_CODES

STATIC = Path("gateway/static")
NAMED = re.compile(r"""["'`]((?:page|ops)\.[a-z_.]*[a-z])["'`]""")
BUILT = {"page.live", "page.offline", "page.unknown"} | {
    f"page.feed.{name}" for name in OUTCOME_TYPES
}
BUILT_OF = re.compile(r"`(ops\.(?:[a-z_]+\.)+)\$\{")
"""How a key begins whose end is the name of a thing."""
FIGURES = {f"ops.{name}" for name in ("events", "latency", "lag", "fill", "offers", "letters")}


def keys(group: str) -> set[str]:
    return {key for key in table() if key.startswith(f"{group}.")}


def sources() -> str:
    """All of the pages' own files."""
    kept = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".html")]
    return "\n".join(path.read_text() for path in kept if "vendor" not in path.parts)


def test_every_word_of_the_pages_is_in_the_table_and_no_more() -> None:
    named = set(NAMED.findall(sources()))
    assert named <= keys("page") | keys("ops")
    assert keys("page") <= named | BUILT


def test_every_word_of_operators_is_asked_for() -> None:
    named, beginnings = set(NAMED.findall(sources())), tuple(BUILT_OF.findall(sources()))
    assert len(beginnings) > 5
    unused = {key for key in keys("ops") - named - FIGURES if not key.startswith(beginnings)}
    assert unused == set()
    assert {f"ops.stage.{stage}" for stage in (*STAGES, "ranking")} <= keys("ops")


def test_every_reason_and_every_constraint_has_words() -> None:
    assert keys("reason") == {f"reason.{code}" for code in REASON_CODES}
    assert keys("excluded") == {f"excluded.{code}" for code in CONSTRAINTS}


def test_nothing_is_asked_of_another_host_and_no_markup_is_made_of_text() -> None:
    for path in (one for one in STATIC.rglob("*.*") if "vendor" not in one.parts):
        content = path.read_text().replace("http://www.w3.org/", "")
        assert "http://" not in content, path
        assert "https://" not in content, path
        assert "innerHTML" not in content, path
