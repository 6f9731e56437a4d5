"""From what processes say to figures: those of a release at work are not lost among others'."""

from gigmatch.figures.arithmetic import Span
from gigmatch.figures.reading import MOST_DRIFTED, figures_of
from tests.gigmatch.figures.rounds import looked

NOW, BEFORE = (f"sha256:{digit * 64}" for digit in "12")


def drifted(release: str, psi: float, features: int) -> str:
    lines = [
        f'gigmatch_drift_psi{{release="{release}",feature="f-{number}"}} {psi + number / 100}'
        for number in range(features)
    ]
    return "\n".join([*lines, f'gigmatch_drift_offers{{release="{release}"}} {1_000 * psi}\n'])


def test_a_release_that_drifted_more_takes_no_place_from_another() -> None:
    newest = looked(0, drifted(BEFORE, 2.0, 20) + drifted(NOW, 1.0, 20))
    figures = figures_of(Span([newest]), [newest], {}, 5.0)
    for release in (NOW, BEFORE):
        told = [one.feature for one in figures.drift if one.release == release]
        assert told == [f"f-{19 - number}" for number in range(MOST_DRIFTED)]
    assert [one.psi for one in figures.drift] == sorted(
        (o.psi for o in figures.drift), reverse=True
    )
    assert figures.drift_offers == {BEFORE: 2_000, NOW: 1_000}
