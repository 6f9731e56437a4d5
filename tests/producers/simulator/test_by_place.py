"""What is foretold in places never seen, on tasks whose making is known."""

import csv
from pathlib import Path

import numpy as np
import pytest

from gigmatch.errors import UserError
from producers.simulator.by_place import by_place, members_near
from producers.simulator.crowd_fit import Tasks


def write(path: Path, header: list[str], rows: list[list[float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def town(folder: Path, *, members_matter: bool) -> Path:
    """Eight places of 150 tasks: dear ones are done, and maybe those with few members near."""
    random = np.random.default_rng(7)
    tasks, members = [], []
    for place in range(8):
        centre = np.array([22.0 + place % 4, 113.0 + place // 4])
        for _ in range(150):
            at, price = centre + random.normal(0, 0.25, 2), random.uniform(60, 90)
            near = random.integers(0, 30)
            members += [[*(at + random.normal(0, 0.003, 2))] for _ in range(near)]
            crowd = 0.05 * (near - 15) if members_matter else 0.0
            hazard = np.exp(4 * np.log(price / 75) - crowd)
            tasks.append([*at, price, float(random.random() < 1 - np.exp(-hazard))])
    write(folder / "tasks.csv", ["lat", "lon", "price_cny", "completed"], tasks)
    write(folder / "members.csv", ["lat", "lon"], members)
    return folder


def test_price_and_members_are_found_where_they_matter(tmp_path: Path) -> None:
    found = by_place(town(tmp_path, members_matter=True))
    assert found.price_and_members < found.price < found.constant
    assert found.price_less_constant.high < 0
    assert found.price_and_members_less_price.high < 0
    assert found.price_and_members_less_constant.low < found.price_less_constant.low


def test_what_does_not_matter_is_no_gain_beyond_chance(tmp_path: Path) -> None:
    found = by_place(town(tmp_path, members_matter=False))
    assert found.price_and_members_less_price.high > 0
    assert found.price_less_constant.mean == pytest.approx(found.price - found.constant, abs=2e-4)


def test_members_are_near_within_three_kilometres() -> None:
    a_km = 1 / 111.2
    tasks = Tasks(np.zeros(1), np.ones(1), np.zeros(1, np.intp), np.array([[22.0, 113.0]]))
    members = np.array([[22.0, 113.0], [22.0 + 2.9 * a_km, 113.0], [22.0 + 3.1 * a_km, 113.0]])
    assert members_near(tasks, members).tolist() == [2.0]


def test_without_members_it_says_which_file_is_missing(tmp_path: Path) -> None:
    town(tmp_path, members_matter=False)
    (tmp_path / "members.csv").unlink()
    with pytest.raises(UserError, match=r"members\.csv cannot be used"):
        by_place(tmp_path)
