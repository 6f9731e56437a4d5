"""The packaged model: loading, refusing, answering, and how well it does."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.occupations import answer, name_of
from models.occupations.corpus import HELD_OUT, classification, titles
from models.occupations.evaluate import limits, score, unseen
from models.occupations.model import Model, OccupationModelError, load, save

FLOORS = {"top1": 0.61, "top5": 0.82, "answered_right": 0.83, "helped": 0.78}
"""A little under what was measured on the held-out titles; docs/occupations.md has the figures."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load()


def test_a_saved_model_is_loaded_again_under_its_hash(model: Model, tmp_path: Path) -> None:
    path = save(model, tmp_path)
    assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
    assert load(tmp_path).encode() == model.encode()


def test_saving_leaves_one_model(model: Model, tmp_path: Path) -> None:
    save(msgspec.structs.replace(model, threshold=1.0), tmp_path)
    save(model, tmp_path)
    assert load(tmp_path).threshold == model.threshold


def test_a_changed_byte_is_refused(model: Model, tmp_path: Path) -> None:
    path = save(model, tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(OccupationModelError, match=r"sha256 differs.*models\.occupations\.train"):
        load(tmp_path)


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(OccupationModelError, match="has 0 occupation models"):
        load(tmp_path)


def test_something_else_under_its_hash_is_refused(tmp_path: Path) -> None:
    content = msgspec.msgpack.encode({"runs": []})
    (tmp_path / f"{hashlib.sha256(content).hexdigest()}.msgpack").write_bytes(content)
    with pytest.raises(OccupationModelError, match="is no occupation model"):
        load(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: {"rarity": m.rarity[:-1]},
        lambda m: {"starts": m.starts[:-1]},
        lambda m: {"starts": m.starts[4:] + m.starts[:4]},
        lambda m: {"weights": m.weights[:-1]},
        lambda m: {"classes": b"\xff\xff" + m.classes[2:]},
        lambda m: {"names": m.names[:-1]},
        lambda m: {"raw": ()},
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    change: Callable[[Model], dict[str, object]], model: Model, tmp_path: Path
) -> None:
    save(msgspec.structs.replace(model, **change(model)), tmp_path)
    with pytest.raises(OccupationModelError, match="do not fit together"):
        load(tmp_path)


def test_figures_on_titles_never_learnt_stay_above_the_floor(model: Model) -> None:
    found = msgspec.to_builtins(score(model, titles(HELD_OUT)))
    assert {name: found[name] >= floor for name, floor in FLOORS.items()} == dict.fromkeys(
        FLOORS, True
    ), found


def test_no_held_out_title_was_learnt_from() -> None:
    known, held_out = titles(), titles(HELD_OUT)
    assert not {text.text for text in known} & {text.text for text in held_out}
    fresh = unseen(held_out, known)
    assert 0 < len(fresh) < len(held_out)
    assert 0 < limits(known, held_out).agreement < 1


@pytest.mark.parametrize(
    ("title", "name"),
    [("急招焊工 包吃住", "焊工"), ("XX物业招聘保安", "保安员"), ("快递员（乐山）", "快递员")],
)
def test_a_plain_title_is_answered(title: str, name: str) -> None:
    told = answer(title)
    assert told.name == name
    assert told.code == told.candidates[0]


@pytest.mark.parametrize("title", ["", " ", "！！！", "12345", "asdf qwer", "\x00", "х" * 5000])
def test_what_names_no_work_is_unsure(title: str) -> None:
    told = answer(title)
    assert (told.code, told.name) == (None, None)
    assert told.title == title


def test_unsure_is_a_short_list_to_choose_from(model: Model) -> None:
    told = answer("经理")
    assert told.code is None
    assert told.confidence < model.threshold
    assert len({name_of(code) for code in told.candidates}) == 5


@given(st.text(max_size=40))
def test_every_answer_keeps_its_form(title: str) -> None:
    told = answer(title)
    codes = {entry.code for entry in classification()}
    assert 0 <= told.confidence <= 1
    assert len(set(told.candidates)) == len(told.candidates) <= 5
    assert set(told.candidates) <= codes
    assert told.code in {None, *told.candidates[:1]}
    assert answer(title) == told
