"""Open jobs as schema.org JobPostings, for those who list them elsewhere.

Nothing of a worker, no contact: https://developers.google.com/search/docs/appearance/structured-data/job-posting
names the properties that such lists need. Times are written in China's time.
"""

import html
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

import msgspec

from events.texts import table, text
from events.values import EmploymentKind, Interval, Pay, PayUnit
from gateway.places import known_zones
from gigmatch.readmodel.job import JobDoc

CONTEXT: Final = "https://schema.org"
CHINA: Final = timezone(timedelta(hours=8))
_KINDS: Final[dict[EmploymentKind, str]] = {
    "gig": "PER_DIEM",
    "temporary": "TEMPORARY",
    "phased": "TEMPORARY",
    "part_time": "PART_TIME",
    "internship": "INTERN",
}
_UNITS: Final[dict[PayUnit, str]] = {"hour": "HOUR", "day": "DAY", "month": "MONTH"}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_ESCAPED: Final = {
    b"<": b"\\u003c",
    b">": b"\\u003e",
    b"&": b"\\u0026",
    "\u2028".encode(): b"\\u2028",
    "\u2029".encode(): b"\\u2029",
}
"""Characters that could end a script element or a line of it, where a page embeds the feed."""

Json = dict[str, Any]


def feed(zone: str, jobs: Sequence[JobDoc], language: str, part_of: str = "") -> bytes:
    """A DataFeed of open jobs as JSON-LD, the same bytes for the same jobs.

    `part_of` is the address of the whole, where these are some of its jobs.
    """
    document = {
        "@context": CONTEXT,
        "@type": "DataFeed",
        "name": text("feed.name", language, place=_locality(zone, language)),
        "inLanguage": language,
        **({"isPartOf": {"@type": "DataFeed", "url": part_of}} if part_of else {}),
        "dataFeedElement": [job_posting(job, language) for job in jobs],
    }
    encoded = _ENCODER.encode(document)
    for character, escape in _ESCAPED.items():
        encoded = encoded.replace(character, escape)
    return encoded


def job_posting(job: JobDoc, language: str) -> Json:
    """A job as a JobPosting; pay by the piece alone stands in its description only."""
    posted = job.posted
    salary = _salary(posted.pay)
    return {
        "@type": "JobPosting",
        "title": posted.title,
        "description": _description(job, language),
        "identifier": {"@type": "PropertyValue", "name": posted.zone, "value": posted.job_id},
        "datePosted": _moment(job.at if posted.posted_at is None else posted.posted_at),
        "validThrough": _moment(job.expires_at),
        "employmentType": _KINDS[posted.employment_kind],
        "hiringOrganization": {
            "@type": "Organization",
            "name": posted.employer_name or text("feed.employer", language, id=posted.employer_id),
            "identifier": posted.employer_id,
        },
        "jobLocation": _location(job, language),
        **({} if salary is None else {"baseSalary": salary}),
        "totalJobOpenings": job.remaining,
        "jobStartDate": _day(min(shift.start for shift in posted.shifts)),
        "workHours": work_hours(posted.shifts),
        **({} if posted.occupation is None else {"occupationalCategory": posted.occupation}),
        "qualifications": [f"{posted.minimum_age}+", *posted.certificates],
        **({"skills": list(posted.skills)} if posted.skills else {}),
        **({"jobBenefits": _words(posted.perks, language)} if posted.perks else {}),
        "directApply": False,
    }


def work_hours(shifts: Sequence[Interval]) -> str:
    """Shifts as text that an import reads again: `2027-03-16 08:00-17:00; ...`."""
    ordered = sorted(shifts, key=lambda shift: shift.start)
    return "; ".join(
        f"{_local(shift.start):%Y-%m-%d %H:%M}-{_local(shift.end):%H:%M}" for shift in ordered
    )


def _location(job: JobDoc, language: str) -> Json:
    place, zone = job.posted.place, job.posted.zone
    locality = _locality(zone, language)
    region = table().get(f"region.{zone[:2]}", {}).get(language)
    return {
        "@type": "Place",
        "address": {
            "@type": "PostalAddress",
            "addressCountry": "CN",
            **({} if region is None else {"addressRegion": region}),
            "addressLocality": locality,
            "streetAddress": place.name or locality,
        },
        "geo": {"@type": "GeoCoordinates", "latitude": place.lat, "longitude": place.lon},
    }


def _salary(pay: Pay) -> Json | None:
    """The pay by a unit that schema.org's readers know."""
    fen, unit = pay.amount_fen, _UNITS.get(pay.unit)
    if pay.unit == "piece" and pay.pieces_per_day is not None:
        fen, unit = fen * pay.pieces_per_day, "DAY"
    if unit is None:
        return None
    value = {"@type": "QuantitativeValue", "value": Decimal(fen) / 100, "unitText": unit}
    return {"@type": "MonetaryAmount", "currency": "CNY", "value": value}


def _description(job: JobDoc, language: str) -> str:
    """What the job is in a few paragraphs of HTML, as readers of JobPostings expect."""
    posted = job.posted
    first = min(posted.shifts, key=lambda shift: shift.start)
    begin, end = _local(first.start), _local(first.end)
    said = {
        "when": text(
            "feed.when",
            language,
            first=f"{begin:%Y-%m-%d}",
            begin=f"{begin:%H:%M}",
            end=f"{end:%H:%M}",
            shifts=len(posted.shifts),
        ),
        "pay": text(
            f"feed.pay_{posted.pay.unit}",
            language,
            yuan=f"{Decimal(posted.pay.amount_fen) / 100:.2f}",
            settled=text(f"word.{posted.pay.settlement}", language),
        ),
        "places": text("feed.places", language, remaining=job.remaining, age=posted.minimum_age),
        **({"perks": _words(posted.perks, language)} if posted.perks else {}),
        "apply": text("feed.apply", language, station=_station(posted.station_id, language)),
    }
    lines = (posted.title, posted.place.name, *said.values())
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)


def _words(perks: Sequence[str], language: str) -> str:
    between = "、" if language == "zh-CN" else ", "
    return between.join(text(f"word.{perk}", language) for perk in perks)


def _locality(zone: str, language: str) -> str:
    known = known_zones().get(zone)
    return zone if known is None else known.name[language]


def _station(station_id: str, language: str) -> str:
    zone, _, number = station_id.partition("-")
    known = known_zones().get(zone)
    names = {} if known is None else {one.number: one.name[language] for one in known.stations}
    return names.get(number, station_id)


def _local(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC).astimezone(CHINA)


def _moment(millis: int) -> str:
    return _local(millis).isoformat(timespec="seconds")


def _day(millis: int) -> str:
    return f"{_local(millis):%Y-%m-%d}"
