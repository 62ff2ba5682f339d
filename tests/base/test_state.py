from __future__ import annotations

import pytest

from orket_console.base.state import ASCII_GLYPHS, GLYPHS, State, worst


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], State.INFO),
        ([State.OK, State.INFO], State.OK),
        ([State.OK, State.UNKNOWN], State.UNKNOWN),
        ([State.DEGRADED, State.UNKNOWN], State.DEGRADED),
        ([State.DEGRADED, State.FAILING, State.OK], State.FAILING),
    ],
)
def test_the_worst_is_what_wants_the_operator_most(states: list[State], expected: State) -> None:
    assert worst(states) is expected


@pytest.mark.parametrize("glyphs", [GLYPHS, ASCII_GLYPHS])
def test_every_state_has_a_glyph_of_its_own(glyphs: dict[State, str]) -> None:
    assert set(glyphs) == set(State)
    assert len(set(glyphs.values())) == len(State)


def test_ascii_glyphs_are_ascii() -> None:
    assert all(glyph.isascii() for glyph in ASCII_GLYPHS.values())
