"""How deep JSON is nested, by brackets outside of texts."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.nesting import DEEPEST, is_too_deep


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[" * DEEPEST, False),
        (b"[" * (DEEPEST + 1), True),
        (b"[" * DEEPEST + b"]" + b"{", False),
        (b"[]" * 1_000, False),
        (b'{"a":' * (DEEPEST + 1), True),
        (b'"' + b"[" * 1_000 + b'"', False),
        (b'"' + b"[" * 1_000, False),
        (b'["a\\"' + b"[" * 1_000 + b'"]', False),
        (b'["a\\\\"' + b"[" * 1_000, True),
        (b"\\" + b"{" * (DEEPEST + 1), True),
        (b'"a' + b'\\"[' * 80_000, False),
    ],
)
def test_brackets_count_outside_of_texts(data: bytes, expected: bool) -> None:
    assert is_too_deep(data) is expected


@given(
    st.recursive(
        st.text('[{"\\}]a') | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\'), inner, max_size=3)
        ),
        max_leaves=30,
    ),
    st.integers(0, 6),
)
def test_it_is_the_depth_of_the_tree(tree: object, deepest: int) -> None:
    def depth(value: object) -> int:
        inner = value.values() if isinstance(value, dict) else value
        return (
            1 + max(map(depth, inner), default=0)
            if isinstance(inner, list | type({}.values()))
            else 0
        )

    for text in (json.dumps(tree).encode(), msgspec.json.encode(tree)):
        assert is_too_deep(text, deepest) is (depth(tree) > deepest)
