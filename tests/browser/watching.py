"""A page under watch: what it complains of, what it asks elsewhere, and what axe finds in it."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from playwright.sync_api import Browser, Page, ViewportSize

AXE: Final = Path(__file__).parent.parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
SERIOUS: Final = ("serious", "critical")


class Watched:
    """A page in a context of its own, and whatever it should not have done.

    Leaving it raises AssertionError when there is something. An answer that refuses makes the
    browser complain: a test that wants one names its status in `refusals`.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        size: ViewportSize = DESK,
        refusals: tuple[int, ...] = (),
        **context: Any,
    ) -> None:
        self._context = browser.new_context(viewport=size, locale="zh-CN", **context)
        self._refusals = tuple(f"status of {status} " for status in refusals)
        self.address = address
        self.complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda message: self._complain(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url))
        self.page.goto(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._context.close()
        if error is None:
            assert self.complaints == []

    def _check(self, url: str) -> None:
        if not url.startswith((_origin(self.address), "blob:", "data:")):
            self.complaints.append(f"asked elsewhere: {url}")

    def _complain(self, kind: str, text: str) -> None:
        is_expected = any(status in text for status in self._refusals)
        if kind in ("error", "warning") and not is_expected:
            self.complaints.append(text)


def check_accessible(page: Page) -> None:
    """Raise AssertionError for what axe finds serious or critical."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    serious = [
        f"{violation['id']}: {node['html']}\n{node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
    assert serious == [], "\n".join(serious)


def check_fits(page: Page) -> None:
    """Raise AssertionError when one must scroll sideways."""
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= seen, f"{wide} px of page in a window of {seen} px"


def shoot(page: Page, name: str) -> None:
    """Keep a picture where GIGMATCH_SHOTS says, for people to look at."""
    if folder := os.environ.get("GIGMATCH_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])
