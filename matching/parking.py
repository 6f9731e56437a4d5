"""A worker as few bytes: how most of a market's workers are kept most of the time.

Field by field and without names, because a county has hundreds of thousands of workers of whom a
few hundred are in motion. A test fails when a field is added and not written here.
"""

from collections.abc import Iterable
from typing import Any, Final, get_args

import msgspec

from events.facts import WorkerAvailable
from events.values import Channel, Crew, Interval, Place, Skill, TravelMode
from matching.state import Visit, Worker
from matching.terms import Span
from matching.track_record import TrackRecord

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder()
_NEWCOMER: Final = TrackRecord()
_MODES: Final[tuple[TravelMode, ...]] = get_args(TravelMode)
_PAGE: Final[tuple[Channel, ...]] = ("page",)
_SCALE: Final = 100_000
_HERE: Final = "*"
"""Stands for the zone at the beginning of a name; no identifier has it."""


def pack_worker(worker: Worker) -> bytes:
    """Everything about a worker but the id."""
    available = worker.available
    until = worker.valid_until
    if available is not None and until == available.windows[-1].end:
        until = 0
    return _ENCODER.encode(
        (
            until,
            worker.since,
            None if available is None else _available(available),
            None if worker.record == _NEWCOMER else msgspec.structs.astuple(worker.record),
            worker.bookings or None,
            worker.worked or None,
            worker.open_offers or None,
            worker.visit and msgspec.structs.astuple(worker.visit),
            worker.told or None,
        )
    )


def unpack_worker(packed: bytes, worker_id: str, zone: str) -> Worker:
    """The worker that was packed."""
    until, since, said, *rest = _DECODER.decode(packed)
    record, bookings, worked, open_offers, visit, told = rest
    visit = None if visit is None else _unpack_visit(*visit)
    home = zone if visit is None else visit.home
    available = None if said is None else _unpack_available(said, worker_id, home)
    return Worker(
        available=available,
        valid_until=until or (available.windows[-1].end if available is not None else 0),
        since=since,
        bookings={job_id: _spans(spans) for job_id, spans in bookings.items()} if bookings else {},
        worked=_spans(worked) if worked else (),
        open_offers=open_offers or {},
        record=TrackRecord(**dict(zip(TrackRecord.__struct_fields__, record, strict=True)))
        if record
        else TrackRecord(),
        visit=visit,
        told=tuple(told) if told else (),
    )


def _pairs(flat: list[Any]) -> Iterable[tuple[Any, Any]]:
    """The first two, the next two, and so on."""
    each = iter(flat)
    return zip(each, each)  # noqa: B905 (`strict` costs as much as a whole short list)


def _spans(pairs: list[Any]) -> tuple[Span, ...]:
    return tuple([(start, end) for start, end in pairs])


def _available(said: WorkerAvailable) -> tuple[Any, ...]:
    place, crew = said.place, said.crew
    return (
        _near_name(said.station_id, said.zone),
        _gaps(said.windows),
        _short(place.lat),
        _short(place.lon),
        place.name,
        [part for skill in said.skills for part in (skill.code, skill.level)],
        said.occupations,
        said.certificates,
        _short(said.max_distance_km),
        said.pay_floor_fen_day,
        _MODES.index(said.travel_mode),
        said.birth_year,
        None if crew is None else (crew.leader_id, crew.size),
        said.other_zones,
        None if said.channels == _PAGE else said.channels,
        said.max_bookings,
        said.valid_until,
    )


def _unpack_available(said: list[Any], worker_id: str, zone: str) -> WorkerAvailable:
    station, gaps, lat, lon, name, skills, occupations, certificates, *rest = said
    distance, floor, mode, birth_year, crew, *rest = rest
    other_zones, channels, max_bookings, valid_until = rest
    return WorkerAvailable(
        worker_id=worker_id,
        zone=zone,
        station_id=station.replace(_HERE, zone, 1),
        windows=_windows(gaps),
        place=Place(lat=_long(lat), lon=_long(lon), name=name),
        skills=tuple([Skill(code=code, level=level) for code, level in _pairs(skills)]),
        occupations=tuple(occupations),
        certificates=tuple(certificates),
        max_distance_km=_long(distance),
        pay_floor_fen_day=floor,
        travel_mode=_MODES[mode],
        birth_year=birth_year,
        crew=None if crew is None else Crew(leader_id=crew[0], size=crew[1]),
        other_zones=tuple(other_zones),
        channels=_PAGE if channels is None else tuple(channels),
        max_bookings=max_bookings,
        valid_until=valid_until,
    )


def _unpack_visit(home: str, version: int, busy: list[Any], bookings_left: int | None) -> Visit:
    return Visit(home=home, version=version, busy=_spans(busy), bookings_left=bookings_left)


def _near_name(name: str, zone: str) -> str:
    return _HERE + name.removeprefix(zone) if name.startswith(zone) else name


def _short(value: float) -> int | float:
    """A number of at most five decimals as an integer, which is half as long."""
    scaled = round(value * _SCALE)
    return scaled if scaled and scaled / _SCALE == value else value  # 0 has two signs


def _long(value: float) -> float:
    return value / _SCALE if isinstance(value, int) else value


def _gaps(windows: tuple[Interval, ...]) -> list[int]:
    """Times as differences, which are short."""
    gaps: list[int] = []
    last = 0
    for window in windows:
        start, end = window.start, window.end
        gaps += (start - last, end - start)
        last = end
    return gaps


def _windows(gaps: list[int]) -> tuple[Interval, ...]:
    windows, at = [], 0
    for gap, length in _pairs(gaps):
        start = at + gap
        at = start + length
        windows.append(Interval(start=start, end=at))
    return tuple(windows)
