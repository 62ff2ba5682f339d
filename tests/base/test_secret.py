"""A secret shows as dots wherever it ends up."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.secret import DOTS, Redactor, Secret
from orket_console.base.text import clean, one_line

CANARY = "canary-7f3a"


@dataclass(frozen=True, slots=True)
class Holder:
    key: Secret


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(CANARY)),
        repr(Secret(CANARY)),
        f"{Secret(CANARY)}",
        f"{Secret(CANARY)!r:>20}",
        f"{Secret(CANARY):>20}",
        "%s %r" % (Secret(CANARY), Secret(CANARY)),  # noqa: UP031  the old way prints too
        repr({"key": Secret(CANARY)}),
        repr(Holder(Secret(CANARY))),
    ],
)
def test_no_text_form_shows_it(shown: str) -> None:
    assert CANARY not in shown
    assert DOTS in shown


@pytest.mark.parametrize(
    "encode", [json.dumps, msgspec.json.encode, msgspec.to_builtins, pickle.dumps, copy.deepcopy]
)
def test_it_is_refused_by_every_encoder(encode: object) -> None:
    with pytest.raises(TypeError) as refusal:
        encode(Secret(CANARY))  # type: ignore[operator]
    assert CANARY not in str(refusal.value)


def test_it_compares_without_being_shown() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a").digest() == Secret("a").digest() != Secret("b").digest()
    assert Secret("\ud83d").digest()
    assert not Secret("")
    assert Secret(CANARY).reveal() == CANARY


def test_the_redactor_replaces_every_known_secret_longest_first() -> None:
    redactor = Redactor([Secret("abcd"), Secret("abcdefgh")])
    assert redactor.redact("x abcdefgh y abcd z") == f"x {DOTS} y {DOTS} z"


def test_the_redactor_leaves_what_is_too_short_to_be_a_secret() -> None:
    assert Redactor([Secret("1"), Secret("")]).redact("1 of 10") == "1 of 10"


def test_json_is_redacted_in_keys_values_and_depth() -> None:
    redacted = Redactor([Secret(CANARY)]).redact_json({f"k {CANARY}": [{"v": CANARY}, 1, None]})
    assert redacted == {f"k {DOTS}": [{"v": DOTS}, 1, None]}


@pytest.mark.parametrize("shape", [clean, one_line])
def test_a_secret_is_known_after_it_was_made_safe_to_show(shape: object) -> None:
    value = "top\u200esecret  word\x1b"
    shown = shape(f"key={value}!")  # type: ignore[operator]
    assert Redactor([Secret(value)]).redact(shown) == f"key={DOTS}!"


def test_a_secret_of_several_lines_is_known_by_each() -> None:
    redactor = Redactor([Secret("first-line\nsecond-line\nxy")])
    assert redactor.redact("a second-line b") == f"a {DOTS} b"
    assert redactor.redact("xy") == "xy"


@given(
    st.lists(st.text("abcä", min_size=4, max_size=8), max_size=4),
    st.lists(st.text("abcäx", max_size=12), max_size=8),
)
def test_what_is_settled_goes_out_and_no_secret_with_it(known: list[str], parts: list[str]) -> None:
    redactor = Redactor(map(Secret, known))
    held = out = b""
    for part in parts:
        held += part.encode()
        until = redactor.settled(held)
        out += redactor.redact_raw(held[:until])
        held = held[until:]
        assert not held or known
    out += redactor.redact_raw(held)
    assert not any(value.encode() in out for value in known)


def test_the_beginning_of_a_secret_waits_for_its_end() -> None:
    redactor = Redactor([Secret("abcd"), Secret("abcdefgh"), Secret("wxab")])
    for raw, settled in ((b"", 0), (b"xyz", 3), (b"x abc", 2), (b"x abcd", 2), (b"x wxab", 2)):
        assert redactor.settled(raw) == settled
    assert Redactor([]).settled(b"abc") == 3


def test_bytes_are_redacted_as_they_were_read() -> None:
    undecodable = b"k\xff\xfey-value".decode("utf-8", "surrogateescape")
    half = "half-\ud83d-pair"
    redactor = Redactor([Secret("schlüssel-7"), Secret(undecodable), Secret(half)])
    raw = "a schlüssel-7 b".encode() + b"\xc3 k\xff\xfey-value\x00"
    dots = DOTS.encode()
    assert redactor.redact_raw(raw) == b"a " + dots + b" b\xc3 " + dots + b"\x00"
    assert redactor.redact_raw(half.encode("utf-8", "surrogatepass")) == dots
