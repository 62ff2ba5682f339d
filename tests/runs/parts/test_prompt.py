"""The prompt as a conversation, and what is new in it since the issue's last turn."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.runs.artifact import Artifact, Found
from orket_console.runs.detail import open_run
from orket_console.runs.parts.block import plain
from orket_console.runs.parts.news import new_lines, turn_before
from orket_console.runs.parts.prompt import conversation, prompt_blocks
from orket_console.runs.turn import open_turn

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


def messages(*said):
    return Artifact("messages.json", Found.PRESENT, value=list(said))


def told(role, content):
    return {"role": role, "content": content}


@pytest.fixture
def blocks_of(orket, target_of):
    """The prompt of the last turn of session aaa, whose turns were told what is given."""

    def read(*prompts):
        for index, prompt in enumerate(prompts, 1):
            at = f"2026-11-23T05:17:{index:02d}+00:00"
            folder = orket.turn("aaa", "ISS-1", index, at=at)
            orket.write(folder, "messages.json", prompt)
        target = target_of(orket.root)
        detail = open_turn(target, open_run(target, CLOCK, "aaa").turns[-1])
        return prompt_blocks(detail.messages, turn_before(detail.turn.path))

    return read


def new_of(block):
    return [
        line
        for passage in block.passages
        for number, line in enumerate(passage.text.split("\n"))
        if number in passage.new
    ]


def test_the_first_turn_has_nothing_to_compare_with(blocks_of):
    news, message = blocks_of([told("system", "be brief")])
    assert "the first turn of its issue" in news.passages[0].text
    assert (message.title, message.remark) == ("1 system", "1 line · be brief")


def test_new_lines_are_told_apart_and_marked_where_they_stand(blocks_of):
    first = [told("system", "be brief\nbe kind"), told("user", "go")]
    second = [told("system", "be brief\nbe exact"), told("user", "go"), told("user", "again\ngo")]
    news, *said = blocks_of(first, second)
    assert news.title == "new since #1 lead_architect: 2 lines"
    assert news.remark == "3 messages, 2 before"
    assert [(p.heading, p.text) for p in news.passages] == [
        ("in 1 system", "be exact"),
        ("in 3 user", "again"),
    ]
    assert [new_of(block) for block in said] == [["be exact"], [], ["again"]]
    assert "nothing new" in said[1].remark


def test_it_is_the_turn_before_that_counts_and_not_the_first(blocks_of):
    news, *_ = blocks_of(
        [told("user", "one")], [told("user", "two")], [told("user", "two")], [told("user", "one")]
    )
    assert news.title == "new since #3 lead_architect: 1 line"


def test_times_and_hashes_alone_are_nothing_new(blocks_of):
    news, *_ = blocks_of(
        [told("user", "at 2026-11-23T05:17:37Z, hash 07d91f9a46107f3b")],
        [told("user", "at 2026-11-23T06:18:39Z, hash 17d91f9a46107f3c")],
    )
    assert news.title == "new since #1 lead_architect: nothing"


def test_json_within_is_compared_line_by_line(blocks_of):
    context = {"issue_id": "ISS-1", "status": "ready", "retries": 0, "seat": "coder"}
    now = json.dumps(context | {"status": "in_progress"})
    news, message = blocks_of(
        [told("user", f"Context:\n{json.dumps(context)}")], [told("user", f"Context:\n{now}")]
    )
    assert new_of(message) == ['  "status": "in_progress",']
    assert news.passages[0].text == '  "status": "in_progress",'


@pytest.mark.parametrize("before", ["{", '{"a": 1}'])
def test_a_prompt_before_that_can_not_be_read_is_said(blocks_of, before):
    news, message = blocks_of(before, [told("user", "x")])
    assert "what is new since #1 lead_architect can't be told" in news.passages[0].text
    assert message.title == "1 user"


@pytest.mark.parametrize(
    "odd", ["text", 7, None, {"content": [1, 2]}, {"role": None}, {"role": "x", "content": None}]
)
def test_messages_of_another_shape_are_shown(odd):
    _, block = prompt_blocks(messages(odd), None)
    assert block.title.startswith("1 ")
    assert plain([block])
    assert conversation([odd]).startswith("── 1 ")


def test_what_is_not_a_list_is_shown_as_json():
    (block,) = prompt_blocks(Artifact("messages.json", Found.PRESENT, value={"a": 1}), None)
    assert (block.title, block.passages[0].text) == ("not a list of messages", '{\n  "a": 1\n}')


@pytest.mark.parametrize("found", [Found.MISSING, Found.MALFORMED, Found.TOO_LARGE])
def test_a_prompt_that_is_not_there_is_named_for_what_it_is(found):
    (block,) = prompt_blocks(Artifact("messages.json", found, "why"), None)
    assert f"messages.json: {found}, why" in block.passages[0].text


def test_long_messages_are_folded_and_short_ones_are_not():
    _, long, short = prompt_blocks(messages(told("system", "x\n" * 90), told("user", "y")), None)
    assert (long.opened, short.opened) == (False, True)


def test_of_many_short_messages_only_some_are_unfolded():
    blocks = prompt_blocks(messages(*[told("user", "a\nb")] * 1000), None)
    assert 30 < sum(block.opened for block in blocks) < 80


def test_lines_that_say_nothing_are_never_new():
    assert new_lines(["{\n\n}\n  ],\nx"], ["y"]) == [frozenset({4})]
