import numpy as np

from models.effects import BINS, Effects, EffectTable, Features, Scores, measure


def linear(rows: Features) -> Scores:
    return rows[:, 0].astype(np.float64) * 2.0 + rows[:, 1]


def uniform_rows(count: int) -> Features:
    return np.random.default_rng(1).random((count, 3)).astype(np.float32)


def test_the_effect_follows_the_score_and_averages_to_nothing() -> None:
    rows = uniform_rows(4_000)
    table = EffectTable(measure(linear, rows[:50], rows))
    effects = table.of(rows)
    assert np.abs(effects[:, 0] - 2.0 * (rows[:, 0] - rows[:, 0].mean())).max() < 3.0 / BINS
    assert np.abs(effects.mean(axis=0)).max() < 1e-3


def test_a_feature_that_never_varies_has_one_bin_and_no_effect() -> None:
    rows = uniform_rows(100)
    rows[:, 2] = 1.0
    effects = measure(linear, rows, rows)
    assert effects.edges[2] == ()
    assert effects.effects[2] == (0.0,)


def test_a_flag_has_two_bins() -> None:
    rows = uniform_rows(100)
    rows[:, 0] = rows[:, 0] > 0.5
    assert len(measure(linear, rows, rows).effects[0]) == 2


def test_a_missing_value_contributes_nothing() -> None:
    table = EffectTable(Effects(edges=((0.5,), ()), effects=((-1.0, 1.0), (0.0,))))
    rows = np.array([[0.5, 1.0], [0.6, 1.0], [np.nan, 1.0]], np.float32)
    assert table.of(rows)[:, 0].tolist() == [-1.0, 1.0, 0.0]


def test_a_column_without_any_value_has_no_effect() -> None:
    rows = uniform_rows(100)
    rows[:, 1] = np.nan
    assert measure(lambda some: some[:, 0].astype(np.float64), rows, rows).effects[1] == (0.0,)
