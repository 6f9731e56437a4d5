"""Filling in the terminal's two forms as a clerk does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect

from tests.browser.at_work import AtWork, said, terminal

LONG_MS = 60_000
CHINA = ZoneInfo("Asia/Shanghai")
CONFIRMED = "市场已确认。"


def day_in(days: int) -> date:
    return (datetime.now(CHINA) + timedelta(days=days)).date()


def day_of(moment: int) -> date:
    """The day in China of UTC ms."""
    return datetime.fromtimestamp(moment / 1000, CHINA).date()


def moment(day: date, hour: int) -> int:
    """UTC ms."""
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=CHINA).timestamp() * 1000)


def begin(page: Page, at_work: AtWork, title: str, yuan: str = "160") -> None:
    """Fill in what every job has."""
    page.locator("[data-path=title] input").fill(title)
    page.locator("[data-path='pay.amount_fen pay'] input").fill(yuan)
    page.locator("[data-path=employer_id] input").fill(at_work.employer)


def choose_date(page: Page, day: date) -> None:
    page.get_by_label("另选日期").check()
    page.locator("[data-path=date] input").fill(day.isoformat())


def post(page: Page) -> str:
    """Post what stands in the form; the job's id, once the market has confirmed it."""
    page.locator("[data-path=title] input").press("Enter")
    expect(said(page.locator("form.form"))).to_have_text(CONFIRMED, timeout=LONG_MS)
    return page.locator(".beside").get_attribute("data-job") or ""


@contextmanager
def form_of(at_work: AtWork, browser: Browser, worker: str, **options: Any) -> Iterator[Page]:
    """The terminal with a worker's form open."""
    with terminal(at_work, browser, f"/station#worker/{worker}", **options) as page:
        expect(page.locator("form.form")).to_be_visible(timeout=LONG_MS)
        yield page


def register(page: Page) -> None:
    form = page.locator("form.form")
    form.get_by_role("button", name="登记").click()
    expect(said(form)).to_have_text(CONFIRMED, timeout=LONG_MS)
