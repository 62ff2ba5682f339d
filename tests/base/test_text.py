"""Outside text is safe to show, whatever it holds."""

from __future__ import annotations

import json
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.text import clean, clean_json, decode, one_line, shorten

any_text = st.text(st.characters(codec=None), max_size=200)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=20,
)


def is_shown_as_it_is(character: str) -> bool:
    return character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")


@given(any_text)
def test_no_control_direction_or_surrogate_is_left(text: str) -> None:
    shown = clean(text)
    assert all(is_shown_as_it_is(character) for character in shown)
    assert not any(unicodedata.bidirectional(c) in BIDI_CONTROLS for c in shown)
    shown.encode("utf-8")


BIDI_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


@given(any_text)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_plain_text_is_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
        ("\x1b[2J", "␛[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("a\x00b\x7f", "a␀b␡"),
        ("a\rb", "a␍b"),
        ("user\u202egpj.exe", "user‹U+202E›gpj.exe"),
        ("\u2066id\u2069", "‹U+2066›id‹U+2069›"),
        ("a\u2028b\x85c\x0bd", "a‹U+2028›b\\x85c␋d"),
        ("\ud83d", "\ufffd"),
        ("[bold]edge[/bold]", "[bold]edge[/bold]"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_each_hazard_is_made_visible(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.binary())
def test_any_bytes_decode(raw: bytes) -> None:
    assert clean(decode(raw)) == decode(raw)


@given(any_text)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


def test_one_line_shows_where_lines_ended() -> None:
    assert one_line("first\n  second\tthird") == "first ↵ second third"


@given(any_text, st.integers(min_value=1, max_value=40))
def test_shortened_text_fits(text: str, width: int) -> None:
    assert len(shorten(text, width)) <= width


def test_shortened_text_says_that_it_was_cut() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"


@given(json_value)
def test_cleaned_json_can_be_encoded(value: object) -> None:
    raw = msgspec.json.encode(clean_json(value))
    for character in raw.decode("utf-8"):
        assert is_shown_as_it_is(character)


def test_keys_are_cleaned_too() -> None:
    assert clean_json({"\x1b": ["\x07", 1, None, True]}) == {"␛": ["␇", 1, None, True]}


def test_json_that_is_nested_too_deep_is_cut_and_not_an_exception() -> None:
    deep = json.loads("[" * 900 + "]" * 900)
    assert "nested deeper" in json.dumps(clean_json(deep))


@given(st.binary(max_size=40))
def test_bytes_read_as_their_text_does(raw: bytes) -> None:
    assert decode(raw) == clean(raw.decode("utf-8", "replace"))
