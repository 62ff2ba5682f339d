"""What turns say is read once, again when they change, and never where it can't be."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orket_console.base.clock import FixedClock
from orket_console.runs.detail import OpenedRun
from orket_console.runs.model import Verdict
from orket_console.runs.narrow import TURN_KEYS, narrow_turns, parse_words
from orket_console.runs.texts import Sought, Texts, prompt_text

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
NEEDLE = Sought("response", "needle")


@pytest.fixture
def opened(orket, target_of):
    orket.turn("aaa", "ISS-1", 1, at="2026-11-23T05:00:01+00:00", response="a Needle")
    orket.turn("aaa", "ISS-1", 2, at="2026-11-23T05:00:02+00:00", response="hay")
    return OpenedRun(target_of(orket.root), CLOCK, "aaa")


def test_what_was_not_looked_for_is_not_known(opened):
    texts, turns = Texts(), opened.judge().turns
    narrowed = narrow_turns(turns, "response:needle", texts)
    assert narrowed.turns == ()
    assert narrowed.unread == turns
    texts.read(narrowed.unread[:1], narrowed.sought)
    narrowed = narrow_turns(turns, "response:needle", texts)
    assert narrowed.turns == turns[:1]
    assert narrowed.unread == turns[1:]


def test_fields_are_asked_first_so_that_fewer_files_are_read(opened):
    turns = opened.judge().turns
    assert narrow_turns(turns, "turn:2 response:needle", Texts()).unread == turns[1:]


def test_a_turn_that_changes_is_looked_through_again(opened):
    texts, turns = Texts(), opened.judge().turns
    texts.read(turns, [NEEDLE])
    assert [texts.says(turn, NEEDLE) for turn in turns] == [True, False]
    Path(turns[1].path, "model_response.txt").write_text("the needle came")
    turns = opened.reread().turns
    assert [texts.says(turn, NEEDLE) for turn in turns] == [True, None]
    texts.read(turns, [NEEDLE])
    assert [texts.says(turn, NEEDLE) for turn in turns] == [True, True]


def test_a_turn_that_is_not_judged_yet_waits(opened):
    turn = replace(opened.judge().turns[0], verdict=Verdict.PENDING, mark="")
    texts = Texts()
    texts.read([turn], [NEEDLE])
    assert texts.says(turn, NEEDLE) is None


def test_a_file_that_cannot_be_read_is_counted_and_a_missing_one_is_not(opened, orket):
    first, second = opened.judge().turns
    for turn in (first, second):
        Path(turn.path, "model_response.txt").unlink()
    os.mkfifo(Path(first.path, "model_response.txt"))
    turns = opened.reread().turns
    texts = Texts()
    texts.read(turns, [NEEDLE])
    assert [texts.says(turn, NEEDLE) for turn in turns] == [False, False]
    assert texts.unsearched(turns) == 1


def test_answers_to_what_was_looked_for_long_ago_are_let_go(opened):
    texts, turns = Texts(), opened.judge().turns
    for number in range(9):
        texts.read(turns, [Sought("text", str(number))])
    assert texts.says(turns[0], Sought("text", "0")) is None
    assert texts.says(turns[0], Sought("text", "8")) is False


def test_a_prompt_is_looked_through_as_it_reads_and_not_as_it_is_written():
    raw = b'[{"content": "caf\\u00e9 \\"x\\"\\nend"}, {"content": [{"text": "more"}]}]'
    assert 'café "x"\nend' in prompt_text(raw)
    assert "more" in prompt_text(raw)
    assert "role" not in prompt_text(b'[{"role": "user"}]').replace("None", "")


@pytest.mark.parametrize("raw", [b"", b"{}", b"[", b"\xff"])
def test_a_prompt_that_is_none_is_refused(raw):
    with pytest.raises(ValueError, match=r"\S"):
        prompt_text(raw)


@given(st.text(max_size=40))
def test_any_expression_is_understood_somehow(expression):
    words = parse_words(expression, TURN_KEYS)
    assert bool(words) == bool(expression.split())
    assert narrow_turns((), expression).turns == ()
