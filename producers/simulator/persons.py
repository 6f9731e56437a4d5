"""What an audit may know of the town's people and a market never does: no event carries it.

Who is a woman or a man decides nothing in the simulator either; only in which trades they are
found is uneven, as it is in life. The shares are assumptions.
"""

from random import Random
from typing import Final, Literal

import msgspec

from producers.simulator.people import (
    REGISTERED,
    THIS_YEAR,
    Person,
    migrants,
    workers,
)
from producers.simulator.town import Town

AgeBand = Literal["16-29", "30-44", "45-59", "60+"]
Gender = Literal["female", "male"]

_WOMEN: Final = {
    "tea_picking": 0.75,
    "strawberry_picking": 0.7,
    "cleaning": 0.7,
    "hotel_service": 0.7,
    "elder_care": 0.85,
    "restaurant": 0.6,
    "loading": 0.1,
    "masonry": 0.1,
    "building_help": 0.15,
    "electrician": 0.05,
    "mining_help": 0.05,
    "porter": 0.15,
    "security": 0.15,
}
"""The share of women in a trade; half of those in any other."""


class AuditedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's protected attributes, for an audit only. `township` is where they live."""

    worker_id: str
    age_band: AgeBand
    gender: Gender
    township: str


def audited_persons(town: Town, seed: int, registered: int = REGISTERED) -> list[AuditedPerson]:
    """Everybody of a town with a seed, in order of id."""
    everybody = (*workers(town, seed, registered), *migrants(town, seed, registered))
    return sorted((_audited(person, seed) for person in everybody), key=lambda one: one.worker_id)


def _audited(person: Person, seed: int) -> AuditedPerson:
    shares = [_WOMEN.get(skill, 0.5) for skill in person.skills] or [0.5]
    is_woman = Random(f"{seed}/gender/{person.worker_id}").random() < sum(shares) / len(shares)
    return AuditedPerson(
        worker_id=person.worker_id,
        age_band=_age_band(THIS_YEAR - person.birth_year),
        gender="female" if is_woman else "male",
        township=person.station.number,
    )


def _age_band(age: int) -> AgeBand:
    if age < 30:
        return "16-29"
    if age < 45:
        return "30-44"
    return "45-59" if age < 60 else "60+"
