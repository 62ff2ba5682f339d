"""Regular expressions: no pattern blocks, and what is refused says why."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.logs.filter.regex import Regex, has_capital
from orket_console.logs.filter.words import FilterError


@pytest.mark.parametrize("source", [r"(a+)+$", r"(a|aa)+$", r"(.*a){20}$", r"(?:a?){30}a{30}b"])
def test_no_pattern_blocks(source: str) -> None:
    assert not Regex(source, 1).in_line(b"a" * 40 + b"!")
    assert not Regex(source, 1).in_line(b"a" * 100_000 + b"!")


def test_others_go_on_while_a_long_line_is_matched() -> None:
    regex = Regex("[ab]*a[ab]{300}c", 1)
    line = bytes(random.Random(1).choices(b"ab", k=1 << 20))
    begun = threading.Event()

    def match() -> None:
        begun.set()
        regex.in_line(line)

    matching = threading.Thread(target=match)
    matching.start()
    begun.wait()
    # Seconds of matching: with the interpreter's lock held nobody would come to this line.
    assert matching.is_alive()
    matching.join()


@pytest.mark.parametrize(
    ("source", "capital"),
    [("turn", False), ("Turn", True), (r"\S+\W\D\B", False), (r"\p{Lu}x", False), (r"\pL", False),
     ("größe", False), ("GRÖßE", True), (r"(?P<Name>x)", False), ("[A-Z]", True)],
)  # fmt: skip
def test_a_capital_letter_makes_case_count(source: str, capital: bool) -> None:
    assert has_capital(source) is capital


def test_case() -> None:
    assert Regex("größe", 1).in_line("GRÖSSE GRÖßE".encode())
    assert not Regex("Größe", 1).in_line("größe".encode())


def test_a_line_is_read_with_its_escapes_too() -> None:
    regex = Regex('say "hi"', 1)
    assert regex.in_line(rb'{"error": "say \"hi\""}')
    assert Regex("größe", 1).in_line(rb'{"error": "gr\u00f6\u00dfe"}')
    assert Regex(r"(?m)^File", 1).in_line(rb'{"traceback": "Traceback\nFile"}')
    assert Regex(r"\\n", 1).in_line(rb'{"traceback": "a\nb"}')


def test_bytes_of_any_kind_are_searched() -> None:
    assert Regex("b.c", 1).in_line(b"\xff\x00b\xc3\xa9c\xff")
    assert not Regex("x", 1).in_line(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("(", r"missing \)"),
        (r"(a)\1", "back-references are not known"),
        ("(?=a)", "look-around and"),
        ("a{1001}", "repetition size"),
        (".{900}", "repeat less"),
        ("[", "missing ]"),
    ],
)
def test_what_is_refused_says_why(source: str, says: str) -> None:
    with pytest.raises(FilterError, match=says) as raised:
        Regex(source, 7)
    assert raised.value.column == 7


@given(st.text(max_size=40), st.binary(max_size=60))
def test_any_text_is_a_pattern_or_refused(source: str, raw: bytes) -> None:
    try:
        regex = Regex(source, 1)
    except FilterError:
        return
    assert regex.in_line(raw) in (True, False)
