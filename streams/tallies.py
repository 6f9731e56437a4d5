"""The figures of a market and its stations that follow from the jobs the read model keeps."""

from bisect import bisect_left
from collections.abc import Iterable

from gigmatch.readmodel.job import JobDoc
from gigmatch.readmodel.zone import FILL_MINUTES, StationDoc, ZoneDoc

_MINUTE_MS = 60_000


def count_job(zone: ZoneDoc, job: JobDoc, sign: int) -> None:
    """Count a job in, or out of, its market's and its station's figures."""
    zone.open_offers += sign * sum(offer.status == "open" for offer in job.offers.values())
    _count(zone.offers, (offer.status for offer in job.offers.values()), sign)
    _count(zone.bookings, (booking.status for booking in job.bookings.values()), sign)
    station = zone.stations.setdefault(job.posted.station_id, StationDoc())
    if job.status == "open":
        station.jobs += sign
        station.places += sign * job.remaining
    elif job.status != "cancelled":
        station.closed += sign
        station.filled += sign * (job.status == "filled")
        station.asked += sign * job.posted.headcount
        station.booked += sign * job.booked
    if job.filled_at is not None:
        _count_time(station, job.filled_at - job.at, sign)


def _count(counts: dict[str, int], statuses: Iterable[str], sign: int) -> None:
    """Count statuses; what is none is left out, so that equal figures are equal bytes."""
    for status in statuses:
        counts[status] = counts.get(status, 0) + sign
        if counts[status] == 0:
            del counts[status]


def _count_time(station: StationDoc, took_ms: int, sign: int) -> None:
    times = station.fill_times or [0] * (len(FILL_MINUTES) + 1)
    times[bisect_left(FILL_MINUTES, took_ms / _MINUTE_MS)] += sign
    station.fill_times = times if any(times) else []
