"""What of a job's ranking each of its workers is told, kept or as it comes: their own line."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from events.examples import OUTCOMES
from events.outcomes import MatchRanked
from gateway.audience import Message
from gigmatch.readmodel.ranking import own_line
from streams.projection import Live

NAMES = st.lists(st.sampled_from(["W-1", "W-2", "W-3", "W-4"]), min_size=1, unique=True)
RANKED = next(
    one for one in OUTCOMES.values() if isinstance(one, MatchRanked) and one.job_id is not None
)


def test_nobody_is_told_of_anybody_else() -> None:
    assert own_line([("W-1", 1), (None, 2), ("W-2", 3)], "W-2") == (3,)
    assert own_line([("W-1", 1), (None, 2)], "W-2") == ()


@given(NAMES)
def test_the_projector_keeps_what_a_gateway_tells(names: list[str]) -> None:
    line = RANKED.ranking[0]
    ranking = tuple(msgspec.structs.replace(line, worker_id=name) for name in names)
    outcome = msgspec.structs.replace(RANKED, ranking=ranking)
    live = Live(id="1", type=outcome.TYPE, outcome=outcome)
    message = Message(0, 0, outcome.zone, live.type, frozenset(names), msgspec.json.encode(live))
    for name in names:
        assert message.to(name) == msgspec.json.encode(live.to(name))
