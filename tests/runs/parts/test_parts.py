"""The other parts of a turn as blocks: calls, outcome, guard, files, memory, summary."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.state import State
from orket_console.runs.detail import open_run
from orket_console.runs.parts.all import (
    PARTS,
    Reading,
    part_blocks,
    part_labels,
    part_names,
    part_text,
)
from orket_console.runs.parts.block import plain
from orket_console.runs.parts.files import MOST_READ, file_passages
from orket_console.runs.turn import open_turn
from orket_console.runs.turn_log import read_turn_log

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


@pytest.fixture
def reading(orket, target_of):
    """The first turn of session aaa with its log."""

    def read():
        target = target_of(orket.root)
        turn = open_run(target, CLOCK, "aaa").turns[0]
        log = read_turn_log(target, turn)
        return Reading(target, open_turn(target, turn), log, lambda at: f"{at:%H:%M:%S}")

    return read


def headings(blocks):
    return [block.heading for block in blocks if block.title]


def test_a_call_shows_its_arguments_texts_apart_and_its_result(orket, reading):
    code = "def f():\n    return 1\n"
    call = {"tool": "write_file", "args": {"path": "out/a.py", "content": code}}
    orket.turn("aaa", "ISS-1", calls=[call], results=[{"ok": True, "bytes": 24}])
    block, diagnostics = part_blocks("Tools", reading())
    assert block.heading == "● 1 of 1 write_file out/a.py  ok"
    arguments, content, result = block.passages
    assert '"content": "‹3 lines, below›"' in arguments.text
    assert (content.heading, content.language, content.text) == ("content", "python", code.rstrip())
    assert '"bytes": 24' in result.text
    assert diagnostics.passages[0].text.startswith("parse_start")


def test_a_refused_call_says_why(orket, reading):
    done = [{"tool": "update_issue_status", "args": {"status": "done"}}]
    orket.turn("aaa", "ISS-1", calls=done, results=[])
    orket.report("aaa", "ISS-1", "Governance Violation: not yet")
    blocks = part_blocks("Tools", reading())
    assert blocks[0].heading == "✖ 1 of 1 update_issue_status done  refused"
    assert (blocks[0].passages[1].heading, blocks[0].passages[1].text) == ("refused", "not yet")


def test_a_failed_call_says_its_error(orket, reading):
    orket.turn("aaa", "ISS-1", results=[{"ok": False, "error": "disk full"}])
    block = part_blocks("Tools", reading())[0]
    assert block.state is State.FAILING
    assert ("failed", "disk full") in [(p.heading, p.text) for p in block.passages]


def test_a_turn_without_a_call_says_what_became_of_it(orket, reading):
    folder = orket.turn("aaa", "ISS-1", calls=[], results=[])
    stages = [{"stage": "parse_empty", "data": {"reason": "no_json"}}]
    orket.write(folder, "tool_parser_diagnostics.json", stages)
    (folder / "checkpoint.json").unlink()
    assert "no tool call: no progress" in plain(part_blocks("Tools", reading()))


def test_a_thousand_calls_are_shown_and_the_rest_counted(orket, reading):
    folder = orket.turn("aaa", "ISS-1", calls=[], results=[])
    calls = [{"tool": "x", "args": {}}] * 1200
    orket.write(folder, "checkpoint.json", {"issue_id": "ISS-1", "tool_calls": calls})
    assert "… 200 more calls" in plain(part_blocks("Tools", reading()))


def test_state_tells_moves_before_the_turn_from_those_after(orket, reading):
    orket.turn("aaa", "ISS-1")
    for second, status, was in ((30, "in_progress", "ready"), (37, "code_review", "in_progress")):
        orket.insert(
            "card_transactions",
            card_id="ISS-1",
            role="system",
            action=f"Set Status to '{status}' (from '{was}')",
            timestamp=f"2026-11-23 05:17:{second}",
        )
    asked, moves = part_blocks("State", reading())
    assert asked.title == "asked for: in_progress → code_review"
    assert moves.title == "what happened to ISS-1: the card went ready → in_progress → code_review"
    assert [(p.heading, p.label) for p in moves.passages] == [
        ("before it", "05:17:30"),
        ("from its second on", "05:17:37"),
    ]


def test_guard_shows_decision_report_and_layers(orket, reading):
    answer = '{"rationale": "thin", "violations": ["a"], "remediation_actions": ["b"]}'
    orket.turn("aaa", "ISS-1", response=answer, results=[])
    orket.report("aaa", "ISS-1", "no", remedy_suggestion="ask")
    text = plain(part_blocks("Guard", reading()))
    for said in ("because   thin", "violation a", "remedy    b", "remedy    ask", "prompt layers"):
        assert said in text


def test_files_are_listed_folders_too_and_odd_ones_named(orket, reading):
    folder = orket.turn("aaa", "ISS-1")
    (folder / "operations").mkdir()
    orket.write(folder / "operations", "1.json", {"a": 1})
    (folder / "loop").symlink_to(folder)
    (folder / "prompt_layers.json").unlink()
    blocks = {block.title: block for block in part_blocks("Files", reading())}
    assert not blocks["operations/1.json"].opened
    assert blocks["loop"].remark == "a link: not followed"
    assert not blocks["loop"].folds
    assert blocks["prompt_layers.json"].remark == "missing"
    assert file_passages(blocks["operations/1.json"].file)[0].text == '{\n  "a": 1\n}'


def test_of_a_huge_file_its_beginning_is_read(tmp_path):
    path = tmp_path / "checkpoint.json"
    with path.open("wb") as file:
        file.write(b'{"a": "')
        file.truncate(200 << 20)
    begin, cut = file_passages(str(path))
    assert len(begin.text) == MOST_READ
    assert cut.text == "… cut here: 262 KB of 210 MB"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "it is empty"), (b"{", "it is not JSON"), (None, "missing")],
)
def test_files_that_say_little_say_so(tmp_path, content, said):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    assert said in file_passages(str(path))[-1].text


def test_a_fifo_is_refused_and_escapes_are_shown(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert file_passages(str(tmp_path / "pipe"))[0].text == "not a regular file"
    (tmp_path / "x.txt").write_bytes(b"\x1b[2J\xff")
    assert file_passages(str(tmp_path / "x.txt"))[0].text == "␛[2J\ufffd"


def test_memory_is_a_part_only_where_there_is_a_trace(orket, reading):
    folder = orket.turn("aaa", "ISS-1")
    assert "Memory" not in part_names(reading().detail, "Summary")
    assert "Memory" in part_names(reading().detail, "Memory")
    assert "no memory trace" in plain(part_blocks("Memory", reading()))
    orket.write(folder, "memory_retrieval_trace.json", {"hits": [7]})
    assert "Memory" in part_names(reading().detail, "Summary")
    assert headings(part_blocks("Memory", reading())) == ["retrieved  memory_retrieval_trace.json"]


def test_every_part_of_an_empty_folder_says_what_is_missing(orket, reading):
    orket.run("aaa")
    orket.folder("aaa", "iss-1", "001_coder")
    for part in PARTS:
        assert part_text(part, reading(), part_blocks(part, reading())).strip()


def test_an_answer_too_large_is_named_and_the_replay_says_why_it_can_not(orket, reading):
    folder = orket.turn("aaa", "ISS-1")
    with (folder / "model_response.txt").open("r+b") as file:
        file.truncate(50 << 20)
    text = plain(part_blocks("Response", reading()))
    assert "model_response.txt: too large" in text
    assert "Files shows how it begins" in text


def test_labels_count_what_helps_to_choose(orket, reading):
    orket.turn("aaa", "ISS-1")
    labels = [label for _, label in part_labels(reading(), "Summary")]
    assert "Prompt 1" in labels
    assert "Tools 1" in labels
    assert "Log" in labels
