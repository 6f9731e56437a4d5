"""The markets' figures: as metrics that a gateway shows, and out of them again."""

from collections import defaultdict
from typing import Final

from prometheus_client import Gauge

from gigmatch.figures.arithmetic import label
from gigmatch.figures.scraping import Labels, Round, Samples
from gigmatch.figures.types import FairnessFigures, StationFigures, ZoneFigures

_STATION: Final = ("zone", "station")

CLOCK: Final = Gauge("gigmatch_market_clock_timestamp_seconds", "The market's own clock", ["zone"])
RELEASE: Final = Gauge(
    "gigmatch_market_release_info", "The model release that scores here: 1", ["zone", "release"]
)
OFFERS: Final = Gauge(
    "gigmatch_market_offers", "Offers of the jobs that are kept", ["zone", "status"]
)
BOOKINGS: Final = Gauge(
    "gigmatch_market_bookings", "Bookings of the jobs that are kept", ["zone", "status"]
)
WORKERS: Final = Gauge("gigmatch_market_workers", "Workers who are kept", ["zone"])
GINI: Final = Gauge(
    "gigmatch_market_gini_ratio",
    "How unevenly offers, or work, are spread over the workers who are kept: 0 evenly, 1 to one",
    ["zone", "of"],
)
NEVER_ASKED: Final = Gauge(
    "gigmatch_market_never_asked_ratio", "Share of the workers kept without any offer", ["zone"]
)
OPEN_JOBS: Final = Gauge("gigmatch_market_open_jobs", "Open jobs of a station", _STATION)
OPEN_PLACES: Final = Gauge("gigmatch_market_open_places", "Their open places", _STATION)
CLOSED: Final = Gauge("gigmatch_market_closed_jobs", "Jobs kept that are filled or over", _STATION)
FILLED: Final = Gauge("gigmatch_market_filled_jobs", "Those of them that were filled", _STATION)
ASKED: Final = Gauge("gigmatch_market_asked_places", "Places of the closed jobs", _STATION)
BOOKED: Final = Gauge("gigmatch_market_booked_places", "Those of them that were taken", _STATION)
FILL: Final = Gauge(
    "gigmatch_market_median_fill_seconds", "Median time from posting to the last place", _STATION
)
KNOWN: Final = Gauge(
    "gigmatch_market_known", "Whether the read model says how the markets are: 1, or 0"
)
LEFT_OUT: Final = Gauge("gigmatch_market_zones_left_out", "Zones that there is no figure of here")
READ: Final = Gauge(
    "gigmatch_market_read_timestamp_seconds", "When the read model last said how the markets are"
)
SEEN: Final = Gauge(
    "gigmatch_market_station_seen_timestamp_seconds",
    "The last fact, by the market's clock",
    _STATION,
)
ALL: Final = (
    *(CLOCK, RELEASE, OFFERS, BOOKINGS, WORKERS, GINI, NEVER_ASKED, OPEN_JOBS, OPEN_PLACES),
    *(CLOSED, FILLED, ASKED, BOOKED, FILL, SEEN),
)


def hide() -> None:
    """Let /metrics say that it is not known how the markets are, and nothing of them."""
    for gauge in ALL:
        gauge.clear()
    KNOWN.set(0)
    LEFT_OUT.set(0)


def show(zones: list[ZoneFigures], at: float, left_out: int = 0) -> None:
    """Let /metrics say this, as it was read at `at`, and nothing that was said before.

    `left_out`: how many zones there are besides.
    """
    hide()
    KNOWN.set(1)
    LEFT_OUT.set(left_out)
    READ.set(at)
    for one in zones:
        CLOCK.labels(one.zone).set(one.now / 1000)
        RELEASE.labels(one.zone, one.release).set(1)
        for status, count in one.offers.items():
            OFFERS.labels(one.zone, status).set(count)
        for status, count in one.bookings.items():
            BOOKINGS.labels(one.zone, status).set(count)
        _show_fairness(one.zone, one.fairness)
        for station in one.stations:
            _show_station(one.zone, station)


def zones_of(newest: Round) -> list[ZoneFigures]:
    """The markets as the first gateway that knows them says they are."""
    for scrape in newest.scrapes.values():
        if CLOCK_NAME in scrape.samples:
            return [
                _zone(scrape.samples, label(labels, "zone"), clock)
                for labels, clock in sorted(scrape.samples[CLOCK_NAME].items())
            ]
    return []


def are_known(newest: Round) -> bool:
    """Whether a gateway knows how the markets are; one of before says so by naming any."""
    told = [scrape.samples for scrape in newest.scrapes.values()]
    return any(CLOCK_NAME in said or said.get(_KNOWN, {}).get((), 0.0) == 1 for said in told)


def left_out(newest: Round) -> int:
    """Of how many zones no gateway says anything."""
    told = [scrape.samples.get(_LEFT_OUT, {}).get((), 0.0) for scrape in newest.scrapes.values()]
    return round(max(told, default=0.0))


def read_at(newest: Round) -> int | None:
    """When a gateway last knew how the markets are, UTC ms."""
    told = [scrape.samples.get(_READ, {}).get((), 0.0) for scrape in newest.scrapes.values()]
    return round(max(told, default=0.0) * 1000) or None


CLOCK_NAME: Final = "gigmatch_market_clock_timestamp_seconds"
_KNOWN: Final = "gigmatch_market_known"
_LEFT_OUT: Final = "gigmatch_market_zones_left_out"
_READ: Final = "gigmatch_market_read_timestamp_seconds"


def _show_fairness(zone: str, fairness: FairnessFigures) -> None:
    WORKERS.labels(zone).set(fairness.workers)
    for of, value in (("offers", fairness.offers_gini), ("work", fairness.work_gini)):
        if value is not None:
            GINI.labels(zone, of).set(value)
    if fairness.never_asked is not None:
        NEVER_ASKED.labels(zone).set(fairness.never_asked)


def _show_station(zone: str, station: StationFigures) -> None:
    figures = (
        (OPEN_JOBS, station.jobs),
        (OPEN_PLACES, station.places),
        (CLOSED, station.closed),
        (FILLED, station.filled),
        (ASKED, station.asked),
        (BOOKED, station.booked),
        (FILL, station.median_fill_s),
        (SEEN, None if station.seen_at is None else station.seen_at / 1000),
    )
    for gauge, value in figures:
        if value is not None:
            gauge.labels(zone, station.station_id).set(value)


def _zone(samples: Samples, zone: str, clock: float) -> ZoneFigures:
    by_station: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for name, found in samples.items():
        for labels, value in found.items():
            if label(labels, "zone") == zone and (station := label(labels, "station")):
                by_station[station][name.removeprefix("gigmatch_market_")] = value
    gini = _by(samples, "gini_ratio", zone, "of")
    return ZoneFigures(
        zone=zone,
        now=round(clock * 1000),
        release=next(iter(_by(samples, "release_info", zone, "release")), ""),
        offers={k: round(v) for k, v in _by(samples, "offers", zone, "status").items()},
        bookings={k: round(v) for k, v in _by(samples, "bookings", zone, "status").items()},
        stations=[_station(name, by_station[name]) for name in sorted(by_station)],
        fairness=FairnessFigures(
            workers=round(_by(samples, "workers", zone, "").get("", 0.0)),
            offers_gini=gini.get("offers"),
            work_gini=gini.get("work"),
            never_asked=_by(samples, "never_asked_ratio", zone, "").get(""),
        ),
    )


def _station(station_id: str, values: dict[str, float]) -> StationFigures:
    def count(name: str) -> int:
        return round(values.get(name, 0.0))

    seen = values.get("station_seen_timestamp_seconds")
    return StationFigures(
        station_id=station_id,
        jobs=count("open_jobs"),
        places=count("open_places"),
        closed=count("closed_jobs"),
        filled=count("filled_jobs"),
        asked=count("asked_places"),
        booked=count("booked_places"),
        median_fill_s=values.get("median_fill_seconds"),
        seen_at=None if seen is None else round(seen * 1000),
    )


def _by(samples: Samples, name: str, zone: str, other: str) -> dict[str, float]:
    found: dict[Labels, float] = samples.get(f"gigmatch_market_{name}", {})
    return {
        label(labels, other): value
        for labels, value in found.items()
        if label(labels, "zone") == zone
    }
