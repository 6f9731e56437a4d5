"""Both stores of bytes, through the same tests."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching._bytestore import ByteStore as CompiledStore
from matching.bytestore import ByteStore, DictStore, group_of, smallest_store

both_stores = pytest.mark.parametrize("make", [DictStore, CompiledStore])
ids = st.integers(0, 40).map(lambda number: f"W-{number}")


@pytest.mark.parametrize("make", [DictStore, CompiledStore])
@given(st.lists(st.tuples(ids, st.none() | st.binary(max_size=20)), max_size=200))
def test_a_store_is_a_dict_of_bytes(
    make: Callable[[], ByteStore], changes: list[tuple[str, bytes | None]]
) -> None:
    store, model = make(), dict[str, bytes]()
    for id, value in changes:
        if value is None:
            assert store.drop(id) == (model.pop(id, None) is not None)
        else:
            store.put(id, value)
            model[id] = value
        assert len(store) == len(model)
    assert {id: store.get(id) for id in store.ids()} == model
    assert all((f"W-{number}" in store) == (f"W-{number}" in model) for number in range(41))
    other = make()
    for dump in store.dump(4):
        other.load(dump)
    assert {id: other.get(id) for id in other.ids()} == model


def test_each_reads_what_the_other_wrote() -> None:
    plain, compiled = DictStore(), CompiledStore()
    for number in range(1_000):
        plain.put(f"W-{number}", b"x" * (number % 50))
    for dump in plain.dump(8):
        compiled.load(dump)
    back = DictStore()
    for dump in compiled.dump(8):
        back.load(dump)
    assert sorted(back.ids()) == sorted(plain.ids())
    assert all(back.get(id) == plain.get(id) for id in plain.ids())


@given(st.lists(st.text(max_size=30), unique=True, max_size=20), st.sampled_from([1, 2, 64, 256]))
def test_both_put_an_id_into_the_same_group(ids: list[str], groups: int) -> None:
    plain, compiled = DictStore(), CompiledStore()
    for id in ids:
        plain.put(id, b"worker")
        compiled.put(id, b"worker")
    found = compiled.dump(groups)
    assert list(map(sorted, found)) == list(map(sorted, plain.dump(groups)))
    for id in ids:
        assert id.encode() in found[group_of(id, groups)]


@both_stores
@pytest.mark.parametrize("groups", [0, 3, 512, -1])
def test_groups_that_cannot_be_are_refused(make: Callable[[], ByteStore], groups: int) -> None:
    with pytest.raises(ValueError, match="a power of two up to 256"):
        make().dump(groups)


@both_stores
def test_a_dump_that_is_cut_off_is_refused(make: Callable[[], ByteStore]) -> None:
    store = make()
    store.put("W-1", b"worker")
    for end in (1, 5, 9, 14):
        with pytest.raises(ValueError, match="cut off"):
            make().load(store.dump(1)[0][:end])


def test_the_compiled_store_is_what_runs_here() -> None:
    assert isinstance(smallest_store(), CompiledStore)
