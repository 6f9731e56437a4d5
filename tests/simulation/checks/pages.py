"""What the pages show: the read model of one projection of the whole log."""

from typing import TYPE_CHECKING

from fakeredis import FakeRedis, FakeServer

from gigmatch.settings import Settings
from streams.projector import Projector
from tests.projecting import dump_of
from tests.simulation.checks.auditing import auditor
from tests.simulation.checks.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

_ALL = 10_000


def read_model_is_that_of_a_rebuild(world: "World") -> None:
    rebuilt = FakeServer()
    kept, world.around.redis = world.around.redis, rebuilt
    try:
        auditor(world).within(_project_all)
    finally:
        world.around.redis = kept
    found, expected = (
        dump_of(FakeRedis(server=server, decode_responses=True)) for server in (kept, rebuilt)
    )
    if found != expected:
        differing = sorted(
            key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)
        )
        raise Violation(
            "the read model is that of a rebuild",
            "; ".join(f"{key}: {found.get(key)} not {expected.get(key)}" for key in differing[:3]),
        )


def _project_all() -> None:
    from tests.simulation.process import current

    projector = Projector(_settings())
    process = current()
    process.most = _ALL
    idle = 0
    while idle < 3:
        idle = 0 if projector.run_once() else idle + 1


def _settings() -> Settings:
    from tests.simulation.world import SETTINGS

    return SETTINGS
