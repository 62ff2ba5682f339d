"""JSON that keeps its values and is safe to look at."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.jsontext import DEEPEST, printed
from orket_console.base.text import clean

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_values_come_back_and_no_character_is_obeyed(value: object) -> None:
    text = printed(value)
    assert json.loads(text) == value
    assert clean(text) == text
    text.encode()


def test_half_a_surrogate_can_be_printed() -> None:
    assert json.loads(printed(["a\ud83d"])) == ["a\ufffd"]


def test_what_is_no_number_is_null() -> None:
    value = {"a": [float("nan"), float("inf"), -float("inf"), 0.5]}
    assert json.loads(printed(value), parse_constant=str) == {"a": [None, None, None, 0.5]}


def test_what_is_nested_too_deep_is_said() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    assert f"nested deeper than {DEEPEST}" in printed(value)
