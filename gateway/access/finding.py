"""What an operator names by its id: looked for in their zones and nowhere else."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.access.principals import Operator
from gateway.problems import Problem
from gateway.reading import AmbiguousError

T = TypeVar("T")


async def found_for(
    operator: Operator, find: Callable[[str, str | None], Awaitable[T]], id: str, zone: str | None
) -> T:
    """What `find` finds by its id in a zone, or in those of an operator when none is named.

    Raises what `find` raises, and AmbiguousError when several of their zones have the id: a zone
    of others does not exist for them.
    """
    if zone is not None or operator.zones is None:
        return await find(id, zone)
    found: dict[str, T] = {}
    missing = Problem(404, "not_found", paths="")
    for one in operator.zones:
        try:
            found[one] = await find(id, one)
        except Problem as problem:
            if missing.status == 404:  # where it is being made again, it may be yet
                missing = problem
    if len(found) > 1:
        raise AmbiguousError(list(found))
    if not found:
        raise missing
    return next(iter(found.values()))
