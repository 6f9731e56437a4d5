"""Events applied last: remembered in order, forgotten in order, the same at rest."""

from hypothesis import given
from hypothesis import strategies as st

from matching.recent import REMEMBERED, Recent

fingerprints = st.integers(0, 2**64 - 1)


@given(st.lists(fingerprints, unique=True, max_size=50), fingerprints)
def test_what_was_added_is_known_also_after_a_rest(added: list[int], other: int) -> None:
    known = Recent()
    for fingerprint in added:
        known.add(fingerprint)
    rested = Recent(known.pack())
    assert rested.pack() == known.pack()
    assert all(fingerprint in rested for fingerprint in added)
    assert (other in rested) == (other in known) == (other in added)


def test_the_first_is_forgotten_when_there_are_too_many() -> None:
    known = Recent()
    for fingerprint in range(REMEMBERED + 2):
        known.add(fingerprint)
    rested = Recent(known.pack())
    rested.add(2**63)
    assert [0 in known, 1 in known, 2 in known] == [False, False, True]
    assert [2 in rested, 3 in rested, 2**63 in rested] == [False, True, True]
    assert len(rested.pack()) == 8 * REMEMBERED
