"""A page under watch: what it complains of, what it asks elsewhere, and what axe finds in it."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

AXE: Final = Path(__file__).parent.parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
ZOOMED: Final[ViewportSize] = {"width": 640, "height": 400}
"""A desk's window at 200 %; its device scale factor is 2."""
HOSTILE: Final = "<img src=x onerror=alert(1)>\u202e" + "很长的字" * 40
MOST_TABS: Final = 200
SERIOUS: Final = ("serious", "critical")
LONG_MS: Final = 60_000
"""How long a page may take; a slow machine needs it, and none that is quick waits for it."""
PRESS_TWICE: Final = """async one => {
  const later = () => new Promise((done) => setTimeout(done, 800));
  await later();
  one.click();
  const told = one.textContent;
  await later();
  one.click();
  return told;
}"""
"""What is asked twice, answered in the page: a busy machine takes longer than it waits.

It begins as late, since a press soon after another is the same one.
"""
PRESSES_AT_ONCE: Final = "one => { for (let n = 0; n < 5; n += 1) one.click(); }"
"""A double click, or Enter held: a busy machine would space them out until they were an answer."""


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
        script: str = "",
        **context: Any,
    ) -> None:
        """`script` runs in the page before anything of it does."""
        self._context = browser.new_context(viewport=size, locale="zh-CN", **context)
        self._context.set_default_timeout(LONG_MS)
        if script:
            self._context.add_init_script(script)
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
        self.page.unroute_all(behavior="ignoreErrors")
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


def phone(browser: Browser, address: str, **more: object) -> Watched:
    """A page as a phone has it."""
    return Watched(browser, address, size=PHONE, is_mobile=True, has_touch=True, **more)  # type: ignore[arg-type]


_OUTSIDE: Final = """() => [
  document.documentElement.scrollWidth,
  innerWidth,
  Array.from(document.querySelectorAll("body *"))
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => `${one.tagName} #${one.id} .${one.className}`)
    .slice(0, 8),
]"""
VOICES: Final = """
window.said = [];
const voices = [];
let tell = null;
let asked = 0;
function arrive() {
  voices.push({lang: 'en-US', name: 'an English voice'}, {lang: 'zh_CN', name: 'a Chinese voice'});
  if (tell) tell();
}
Object.defineProperty(window, 'speechSynthesis', {value: {
  speaking: false,
  getVoices: () => {
    asked = asked || setTimeout(arrive, 300);
    return voices;
  },
  cancel: () => {},
  addEventListener: (name, hear) => { tell = hear; },
  speak: ({text, lang, voice}) => window.said.push({text, lang, voice: voice.name}),
}});
window.SpeechSynthesisUtterance = class extends EventTarget {
  constructor(text) { super(); this.text = text; }
};
"""
"""A device that has voices a while after they are asked for, as Chromium's are.

What would be heard is in `said`. Headless Chromium has none.
"""
WRITTEN: Final = """
window.written = [];
const place = document.getElementById("notice");
new MutationObserver(() => window.written.push(place.textContent))
  .observe(place, { childList: true, characterData: true, subtree: true });
"""
"""Keeps what a page writes into its notice from now on: each is read out by a screen reader."""


LATER: Final = "ms => { const now = Date.now; Date.now = () => now() + ms; }"
"""Time goes by for a page at once."""


def never(ms: int) -> str:
    """A page that never comes to what it does after so long, however slow the machine is."""
    return (
        "const later = window.setTimeout;"
        "window.setTimeout = (act, after, ...more) =>"
        f"  later(act, after === {ms} ? 100000000 : after, ...more);"
    )


SAID: Final = """
window.saidSoFar = [];
new MutationObserver(() => {
  for (const one of document.querySelectorAll(".said")) saidSoFar.push(one.textContent);
}).observe(document, { childList: true, characterData: true, subtree: true });
"""
"""Keeps what is said of commands: some of it stands there for a moment only."""


def wait_said(page: Page, told: str) -> None:
    """Wait until something has been said, though it may have gone again."""
    page.wait_for_function("told => window.saidSoFar.includes(told)", arg=told)


def tab_to(page: Page, wanted: Locator) -> None:
    """Go to something by the keyboard alone."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Go to something by the keyboard alone and press a key on it."""
    tab_to(page, wanted)
    page.keyboard.press(key)


def spoil(page: Page, pattern: str, names: frozenset[str]) -> None:
    """Put hostile words into all fields of such names, whatever the gateway has refused to take."""

    def worsen(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: worsen(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [worsen(inner, name) for inner in value]
        return HOSTILE if name in names and isinstance(value, str) else value

    def answer(route: Route) -> None:
        given = route.fetch(max_retries=3)
        route.fulfill(response=given, json=worsen(given.json()))

    page.route(pattern, answer)


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
    wide, seen, outside = page.evaluate(_OUTSIDE)
    assert wide <= seen, f"{wide} px of page in a window of {seen} px: {outside}"


def bring_into_sight(one: Locator) -> None:
    """Scroll to it, at once: a page that is drawn anew may take away what is waited for."""
    one.evaluate("one => one.scrollIntoView({block: 'center'})")


def shoot(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture where GIGMATCH_SHOTS says, of the window or the page: for people to see."""
    if not (folder := os.environ.get("GIGMATCH_SHOTS")):
        return
    size = page.viewport_size
    assert size is not None
    if whole:  # what sticks to the window's edge would stand in the middle of the page
        height: int = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.screenshot(path=Path(folder) / f"{name}.png")
    page.set_viewport_size(size)


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])
