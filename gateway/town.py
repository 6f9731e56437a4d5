"""A zone at a glance, as the page of the town shows it."""

from typing import Final

from gateway.answers.public import StationView, TownView
from gateway.places import known_zones
from gateway.reading import ReadModel
from gateway.views import public_job
from gigmatch.readmodel.job import brief
from gigmatch.readmodel.zone import ZoneDoc

MOST_JOBS: Final = 60
MOST_RANKINGS: Final = 8


async def town_view(model: ReadModel, zone: str, zones: list[str], cursor: str) -> TownView:
    """A zone with its newest jobs and rankings. May raise RedisError."""
    [market] = await model.markets([zone])
    now = await model.now(zone)
    jobs = await model.jobs(zone, await model.newest("open", zone, MOST_JOBS))
    ranked = await model.jobs(zone, await model.newest("ranked", zone, MOST_RANKINGS))
    stations = await _stations(model, market, now)
    known = known_zones()
    return TownView(
        zone=zone,
        zones=zones,
        place=known[zone].name if zone in known else None,
        cursor=cursor,
        now=now,
        model=market.model,
        totals=market.totals,
        open_jobs=sum(station.jobs for station in stations),
        open_places=sum(station.places for station in stations),
        open_offers=market.open_offers,
        workers=sum(station.workers for station in stations),
        blocked_employers=len(market.blocked),
        stations=stations,
        jobs=[brief(job) for job in jobs],
        rankings=[public_job(job) for job in ranked],
    )


async def _stations(model: ReadModel, market: ZoneDoc, now: int) -> list[StationView]:
    """The zone's known stations, then others that have been seen."""
    zone = market.zone
    place = known_zones().get(zone)
    known = {} if place is None else {f"{zone}-{s.number}": s for s in place.stations}
    ids = [*known, *sorted(market.stations.keys() - known.keys())]
    views = []
    for station_id, workers in zip(ids, await model.present(zone, ids, now), strict=True):
        seen, fixed = market.stations.get(station_id), known.get(station_id)
        views.append(
            StationView(
                station_id=station_id,
                name=fixed.name if fixed else None,
                lat=fixed.lat if fixed else seen.lat if seen else None,
                lon=fixed.lon if fixed else seen.lon if seen else None,
                approximate=True,
                jobs=seen.jobs if seen else 0,
                places=seen.places if seen else 0,
                workers=workers,
            )
        )
    return views
