"""Events applied last: remembered in order, forgotten in order, the same at rest."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from matching.recent import REMEMBERED, Recent

fingerprints = st.integers(0, 2**64 - 1)


@given(st.lists(fingerprints, unique=True, max_size=80), st.sets(st.integers(0, 80)), fingerprints)
def test_the_last_are_known_and_no_other_whenever_there_was_a_rest(
    added: list[int], rests: set[int], other: int
) -> None:
    with patch("matching.recent.REMEMBERED", 30), patch("matching.recent._NEWEST", 7):
        known = Recent()
        for i, fingerprint in enumerate(added):
            if i in rests:
                known = Recent(known.pack())
            assert fingerprint not in known
            known.add(fingerprint)
            assert fingerprint in known
        last = added[-30:]
        assert [each for each in [*added, other] if each in known] == [
            each for each in [*added, other] if each in last
        ]
        assert known.pack() == b"".join(each.to_bytes(8, "little") for each in last)


def test_the_first_is_forgotten_when_there_are_too_many() -> None:
    known = Recent()
    for fingerprint in range(REMEMBERED + 2):
        known.add(fingerprint)
    rested = Recent(known.pack())
    rested.add(2**63)
    assert [0 in known, 1 in known, 2 in known] == [False, False, True]
    assert [2 in rested, 3 in rested, 2**63 in rested] == [False, True, True]
    assert len(rested.pack()) == 8 * REMEMBERED
