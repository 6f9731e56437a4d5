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
SEEN: Final = Gauge(
    "gigmatch_market_station_seen_timestamp_seconds",
    "The last fact, by the market's clock",
    _STATION,
)
ALL: Final = (
    *(CLOCK, RELEASE, OFFERS, BOOKINGS, WORKERS, GINI, NEVER_ASKED, OPEN_JOBS, OPEN_PLACES),
    *(CLOSED, FILLED, ASKED, BOOKED, FILL, SEEN),
)


def show(zones: list[ZoneFigures]) -> None:
    """Let /metrics say this, and nothing that was said before."""
    for gauge in ALL:
        gauge.clear()
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


CLOCK_NAME: Final = "gigmatch_market_clock_timestamp_seconds"


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
