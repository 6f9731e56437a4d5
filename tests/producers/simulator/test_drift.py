"""Minds change slowly from nothing, the same for the same seed; a shock changes them at once."""

from producers.simulator.drift import SHOCK_WAY, STEADY, Drift

SKILLS = ("cleaning", "tea_picking")
FIRST = 20_000


def test_without_strength_nothing_changes() -> None:
    drift = Drift(1, FIRST)
    assert all(drift.mood(FIRST + day, SKILLS) is STEADY for day in range(0, 400, 7))


def test_drift_begins_at_nothing_and_is_slow() -> None:
    drift = Drift(1, FIRST, strength=1.0)
    first = drift.mood(FIRST, SKILLS)
    assert (first.eagerness, first.money, first.way) == (0, 1, 1)
    assert set(first.tastes.values()) == {0}
    for day in range(FIRST, FIRST + 400):
        today, tomorrow = drift.mood(day, SKILLS), drift.mood(day + 1, SKILLS)
        assert abs(tomorrow.eagerness - today.eagerness) < 0.03
        assert abs(tomorrow.tastes["cleaning"] - today.tastes["cleaning"]) < 0.03


def test_over_months_minds_are_elsewhere_and_trades_part_ways() -> None:
    drift = Drift(1, FIRST, strength=1.0)
    moods = [drift.mood(FIRST + day, SKILLS) for day in range(400)]
    assert max(abs(mood.eagerness) for mood in moods) > 0.3
    assert max(abs(mood.tastes["cleaning"] - mood.tastes["tea_picking"]) for mood in moods) > 0.3


def test_the_same_seed_drifts_the_same_way() -> None:
    one, same, other = (Drift(seed, FIRST, strength=1.0) for seed in (1, 1, 2))
    assert one.mood(FIRST + 90, SKILLS) == same.mood(FIRST + 90, SKILLS)
    assert one.mood(FIRST + 90, SKILLS) != other.mood(FIRST + 90, SKILLS)


def test_a_shock_comes_on_its_day_and_stays() -> None:
    drift = Drift(1, FIRST, shock_day=FIRST + 30)
    assert drift.mood(FIRST + 29, SKILLS) is STEADY
    for day in (30, 200):
        mood = drift.mood(FIRST + day, SKILLS)
        assert mood.eagerness < 0
        assert mood.way == SHOCK_WAY
