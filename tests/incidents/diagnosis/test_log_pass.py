"""The logs as the rules see them: read once, read on, begun at the end where they are long."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.incidents.diagnosis.facts import LogFacts, Moment
from orket_console.incidents.diagnosis.gathering.log_pass import LogPass, own_logs
from orket_console.target.layout import Layout

NAME = "workspace/default/orket.log"
Write = Callable[..., None]


@pytest.fixture
def layout(bare_root: Path) -> Layout:
    return Layout(bare_root, bare_root / ".orket" / "durable")


@pytest.fixture
def write(layout: Layout) -> Write:
    """Append failed turns to the run log, numbered; or other bytes."""

    def append(*numbers: int, raw: bytes = b"") -> None:
        with layout.run_log.open("ab") as file:
            for number in numbers:
                data = {"session_id": "s1", "issue_id": "I-1", "turn_index": number,
                        "type": "TimeoutError", "error": f"attempt {number}"}  # fmt: skip
                stamp = f"2026-11-23T05:00:{number:02d}+00:00"
                line = {"timestamp": stamp, "role": "system", "event": "turn_failed", "data": data}
                file.write(json.dumps(line).encode() + b"\n")
            file.write(raw)

    return append


def told(facts: LogFacts) -> list[int]:
    return [moment.turn for moment in facts.moments]


def test_a_log_that_grows_is_read_on(layout: Layout, write: Write) -> None:
    write(1, 2)
    reader = LogPass(own_logs(layout))
    assert told(reader.read()) == [1, 2]
    write(3, raw=b'{"half')
    facts = reader.read()
    assert told(facts) == [1, 2, 3]
    write(raw=b' a line": 1}\n')
    log = reader.read().log(NAME)
    assert log is not None
    assert (log.lines, log.malformed, log.unread) == (4, 0, 0)
    assert told(reader.read()) == [1, 2, 3]


def test_each_moment_can_be_opened(layout: Layout, write: Write) -> None:
    write(1, raw=b"no record\n")
    write(2)
    reader = LogPass(own_logs(layout))
    moments = reader.read().moments
    write(3)
    lines = layout.run_log.read_bytes().split(b"\n")
    for moment in (*moments, *reader.read().moments):
        (ref,) = moment.refs
        assert ref.line is not None
        assert json.loads(lines[ref.line - 1])["data"]["turn_index"] == moment.turn
        assert layout.run_log.read_bytes()[ref.offset :].startswith(lines[ref.line - 1])


def test_a_long_log_is_begun_at_its_end_and_the_rest_is_said(layout: Layout, write: Write) -> None:
    write(*range(1, 41))
    reader = LogPass(own_logs(layout), most=layout.run_log.stat().st_size // 4)
    facts = reader.read()
    log = facts.log(NAME)
    assert log is not None
    assert 0 < len(told(facts)) < 12
    assert told(facts) == list(range(41 - len(told(facts)), 41))
    assert 0 < log.unread < log.size
    assert all(moment.refs[0].line is None for moment in facts.moments)
    whole = reader.read(whole=True)
    assert sorted(told(whole)) == list(range(1, 41))
    assert whole.log(NAME) == LogPass(own_logs(layout)).read().log(NAME)
    assert set(whole.moments) == set(LogPass(own_logs(layout)).read().moments)


@pytest.mark.parametrize("how", ["cleared", "written over"])
def test_another_log_under_its_name_is_read_anew(layout: Layout, write: Write, how: str) -> None:
    write(1, 2)
    reader = LogPass(own_logs(layout))
    reader.read()
    os.truncate(layout.run_log, 0)
    write(*([7] if how == "cleared" else [7, 8, 9]))
    assert told(reader.read()) == ([7] if how == "cleared" else [7, 8, 9])


def test_what_is_not_there_or_no_file_is_said(layout: Layout) -> None:
    layout.server_log.mkdir()
    logs = LogPass(own_logs(layout)).read().logs
    assert [(log.missing, bool(log.problem)) for log in logs] == [(True, True), (False, True)]


def test_turns_that_never_ended(layout: Layout, write: Write) -> None:
    for number, events in ((1, ["turn_start", "turn_complete"]), (2, ["turn_start"])):
        for event in events:
            data = {"session_id": "s1", "issue_id": "I-1", "turn_index": number}
            line = {"timestamp": "2026-11-23T05:00:00+00:00", "event": event, "data": data}
            write(raw=json.dumps(line).encode() + b"\n")
    (begun,) = LogPass(own_logs(layout)).read().begun
    assert (begun.session, begun.issue, begun.index, begun.ref.line) == ("s1", "I-1", 2, 3)


def test_what_the_lines_say(layout: Layout, write: Write) -> None:
    review = {"violations": ["a bare except", "no test"]}
    line = {"timestamp": "2026-11-23T05:00:00+00:00", "event": "guard_rejected",
            "data": {"run_id": "s1", "issue_id": "I-1", "review_payload": review}}  # fmt: skip
    write(raw=json.dumps(line).encode() + b"\n")
    moment: Moment = LogPass(own_logs(layout)).read().moments[0]
    assert (moment.event, moment.session, moment.words) == (
        "guard_rejected", "s1", "a bare except, no test",
    )  # fmt: skip


def test_what_was_rotated_away_is_read_before_it(layout: Layout, write: Write) -> None:
    write(1, 2)
    reader = LogPass(own_logs(layout))
    reader.read()
    layout.run_log.rename(layout.run_log.with_name("orket.log.1"))
    write(3)
    facts = reader.read()
    assert told(facts) == [1, 2, 3]
    assert [log.name for log in facts.logs[:2]] == [f"{NAME}.1", NAME]
    layout.run_log.with_name("orket.log.1").rename(layout.run_log.with_name("orket.log.2"))
    layout.run_log.rename(layout.run_log.with_name("orket.log.1"))
    write(4)
    assert told(reader.read()) == [3, 4]


def test_a_turn_that_ended_behind_a_rotation_ended(layout: Layout, write: Write) -> None:
    data = {"session_id": "s1", "issue_id": "I-1", "turn_index": 1}
    begin, end = (
        json.dumps({"timestamp": "2026-11-23T05:00:00+00:00", "event": event, "data": data})
        for event in ("turn_start", "turn_complete")
    )
    write(raw=begin.encode() + b"\n")
    reader = LogPass(own_logs(layout))
    assert len(reader.read().begun) == 1
    layout.run_log.rename(layout.run_log.with_name("orket.log.1"))
    write(raw=end.encode() + b"\n")
    assert reader.read().begun == ()
