"""The markets as a gateway's metrics tell them: what scores in each, nothing of before."""

import shutil
import subprocess

from prometheus_client import generate_latest

from gigmatch.figures.markets import are_known, hide, read_at, show, zones_of
from gigmatch.figures.types import FairnessFigures, ZoneFigures
from tests.gigmatch.figures.rounds import looked

FIRST, SECOND = (f"sha256:{digit * 64}" for digit in "12")
NOBODY = FairnessFigures(workers=0, offers_gini=None, work_gini=None, never_asked=None)


def zone(name: str, release: str) -> ZoneFigures:
    return ZoneFigures(
        zone=name,
        now=1_000,
        release=release,
        offers={},
        bookings={},
        stations=[],
        fairness=NOBODY,
    )


def said() -> str:
    lines = generate_latest().decode().splitlines(keepends=True)
    return "".join(line for line in lines if "gigmatch_market_" in line)


def test_each_zone_says_what_scores_in_it_now_and_no_more_what_did() -> None:
    show([zone("511102", FIRST), zone("511181", "rules:v1")], at=1.0)
    show([zone("511102", FIRST), zone("511181", SECOND)], at=1.0)
    told = said()
    show([], at=1.0)
    assert zones_of(looked(0, told, "gateway")) == [zone("511102", FIRST), zone("511181", SECOND)]
    assert f'gigmatch_market_release_info{{release="{SECOND}",zone="511181"}} 1.0' in told
    assert "rules:v1" not in told
    assert "gigmatch_market_release_info{" not in said()


def test_a_gateway_that_does_not_say_what_scores_is_read_too() -> None:
    clock = 'gigmatch_market_clock_timestamp_seconds{zone="511181"} 1.0\n'
    assert zones_of(looked(0, clock, "gateway")) == [zone("511181", "")]


def test_no_market_is_something_else_than_markets_that_cannot_be_read() -> None:
    show([], at=12.0)
    none = looked(0, said(), "gateway")
    hide()
    unread = looked(0, said(), "gateway")
    assert zones_of(none) == zones_of(unread) == []
    assert (are_known(none), read_at(none)) == (True, 12_000)
    assert (are_known(unread), read_at(unread)) == (False, 12_000)
    assert (are_known(looked(0, None)), read_at(looked(0, None))) == (False, None)


def test_promtool_has_nothing_to_say_about_the_names() -> None:
    show([zone("511181", FIRST)], at=1.0)
    told = said()
    show([], at=1.0)
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    argv = [promtool, "check", "metrics"]
    done = subprocess.run(argv, input=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
