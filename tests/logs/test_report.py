"""The failure report: upstream's five counts, and going on where its script stops."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orket_console.base.errors import ExitCode
from orket_console.logs.report import FailureReport, build_report
from orket_console.logs.tally import Group
from orket_console.target.layout import Layout

LineOf = Callable[..., bytes]
FIVE = ("events", "failure_by_type", "non_progress_by_role", "guard_outcomes", "retry_triggered")


@pytest.fixture
def layout(bare_root: Path) -> Layout:
    return Layout(bare_root, bare_root / ".orket" / "durable")


@pytest.fixture
def report_on(layout: Layout) -> Callable[[bytes], FailureReport]:
    def built(content: bytes) -> FailureReport:
        layout.run_log.write_bytes(content)
        return build_report(layout)

    return built


ReportOn = Callable[[bytes], FailureReport]


def five(report: FailureReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in FIVE}


def line(**record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"


def test_the_five_counts(report_on: ReportOn) -> None:
    report = report_on(
        line(event="turn_failed", data={"type": "tool_violation"})
        + line(event="turn_failed", data={})
        + line(event="turn_failed", data=None)
        + line(event="turn_failed")
        + line(event="turn_non_progress", role="coder")
        + line(event="turn_non_progress")
        + line(event="guard_approved")
        + line(event="guard_terminal_failure")
        + line(event="retry_triggered")
        + line(data={})
    )
    assert five(report) == {
        "events": {
            "turn_failed": 4,
            "turn_non_progress": 2,
            "guard_approved": 1,
            "guard_terminal_failure": 1,
            "retry_triggered": 1,
            "": 1,
        },
        "failure_by_type": {"tool_violation": 1, "unknown": 3},
        "non_progress_by_role": {"coder": 1, "system": 1},
        "guard_outcomes": {"guard_approved": 1},
        "retry_triggered": 1,
    }
    assert (report.upstream_stops, report.malformed_count) == (None, 0)
    assert report.exit_code is ExitCode.OK


def test_keys_that_are_no_text_are_written_as_upstream_writes_them(report_on: ReportOn) -> None:
    report = report_on(
        line(event=None) + line(event="null") + line(event=True) + line(event=1) + line(event=2.5)
        + line(event="turn_failed", data={"type": None})
        + line(event="turn_non_progress", role=None)
    )  # fmt: skip
    # Python counts True and 1 as one key, named by whichever came first.
    assert report.events == {
        "null": 2, "true": 2, "2.5": 1, "turn_failed": 1, "turn_non_progress": 1
    }  # fmt: skip
    assert report.failure_by_type == {"null": 1}
    assert report.non_progress_by_role == {"null": 1}
    assert report.upstream_stops is None


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (b"[1]\n", "JSON list"),
        (b"3\n", "JSON int"),
        (b'{"event": "x", "n": "\xff"}\n', "UnicodeDecodeError"),
        (b'{"event": "turn_failed", "data": "text"}\n', "data is str"),
        (b'{"event": "turn_failed", "data": [1]}\n', "data is list"),
        (b'{"event": ["x"]}\n', "event is list"),
        (b'{"event": "turn_failed", "data": {"type": {"a": 1}}}\n', "data.type is dict"),
        (b'{"event": "turn_non_progress", "role": []}\n', "role is list"),
        pytest.param(b"[" * 100_000 + b"\n", "RecursionError", id="deep"),
        pytest.param(b'{"event": ' + b"9" * 5_000 + b"}\n", "digits", id="digits"),
    ],
)
def test_it_goes_on_where_upstream_stops_and_says_where(
    report_on: ReportOn, odd: bytes, why: str
) -> None:
    before, after = line(event="session_start"), line(event="retry_triggered")
    report = report_on(before + odd + after)
    assert report.upstream_stops is not None
    assert (report.upstream_stops.line, report.upstream_stops.offset) == (2, len(before))
    assert why in report.upstream_stops.what
    assert report.retry_triggered == 1


@pytest.mark.parametrize(
    "odd",
    [
        b"\n",
        b"not json\n",
        b"\xef\xbb\xbf{}\n",
        b'{"event": "x", "data": "\x00"}\n',
        b'{"event": "half',
    ],
)
def test_what_upstream_passes_over_is_malformed_and_stops_nothing(
    report_on: ReportOn, odd: bytes
) -> None:
    report = report_on(line(event="retry_triggered") + odd)
    assert (report.retry_triggered, report.malformed_count) == (1, 1)
    assert [(m.line, m.offset) for m in report.malformed] == [(2, 29)]
    assert report.upstream_stops is None


def test_what_python_reads_counts_here_too(report_on: ReportOn) -> None:
    report = report_on(
        b'{"event": "retry_triggered", "n": NaN}\n'
        b'{"event": "retry_triggered", "event": "turn_failed", "data": {"type": "\\ud83d"}}\n'
        b'{"event": "retry_triggered"}\r{"event": "retry_triggered"}\r\n'
        b'{"event": "retry_triggered"}'
    )
    assert report.retry_triggered == 4
    assert report.failure_by_type == {"�": 1}
    assert report.malformed_count == 0


def test_a_missing_log_is_said_and_not_counted_as_empty(layout: Layout) -> None:
    report = build_report(layout)
    assert report.problem == "workspace/default/orket.log is missing: nothing could be counted"
    assert five(report) == {**{key: {} for key in FIVE[:4]}, "retry_triggered": 0}
    assert report.exit_code is ExitCode.CANNOT_TELL


def test_a_log_that_is_no_file_is_said(layout: Layout) -> None:
    layout.run_log.mkdir()
    report = build_report(layout)
    assert report.problem == "workspace/default/orket.log: not a regular file"
    assert report.exit_code is ExitCode.CANNOT_TELL


def count_of(groups: tuple[Group, ...]) -> dict[str, tuple[int, tuple[int, ...]]]:
    return {group.what: (group.count, group.lines) for group in groups}


def test_what_upstream_misses(layout: Layout, line_of: LineOf) -> None:
    turn = {"session_id": "34a2b001", "issue_id": "ISS-1", "turn_index": 1}
    other = {**turn, "issue_id": "ISS-2"}
    layout.run_log.write_bytes(
        line_of("turn_start", 0, **turn)
        + line_of("turn_start", 1, **other)
        + line_of("turn_failed", 2, **turn, type="E", error="model 7 is gone")
        + line_of(
            "turn_failed", 3, **{**turn, "issue_id": "ISS-3"}, type="E", error="model 8 is gone"
        )
        + line_of("tool_call_blocked", 4, **turn, tool="write_file", reason="no")
        + line_of("turn_corrective_reprompt", 5, **turn)
        + line_of("session_end", 6, run_id="34a2b001", status="failed")
    )
    layout.server_log.write_bytes(
        line_of("webhook", message="Invalid webhook signature", level="error") * 2
    )
    report = build_report(layout)
    assert report.severities == {"error": 3, "warn": 2, "info": 2, "debug": 0}
    assert count_of(report.failures) == {"turn_failed": (2, (3, 4)), "session_end": (1, (7,))}
    assert count_of(report.by_session) == {"34a2b001": (3, (3, 4, 7))}
    assert count_of(report.by_issue) == {"ISS-1": (1, (3,)), "ISS-3": (1, (4,))}
    assert ("turn_failed E ISS-N #N: model N is gone", (2, (3, 4))) in count_of(
        report.by_signature
    ).items()
    assert count_of(report.retries) == {"turn_corrective_reprompt": (1, (6,))}
    assert count_of(report.tool_failures) == {
        "tool_call_blocked ISS-N #N write_file: no": (1, (5,))
    }
    (unended,) = report.unended_turns
    assert unended.what.startswith("34a2b001 ISS-2 #1")
    assert unended.lines == (2,)
    assert (report.webhook_log, count_of(report.webhook_failures)) == (
        "root/orket.log",
        {"webhook 401: invalid signature": (2, (1, 2))},
    )
    assert report.first_at is not None
    assert report.last_at is not None
    assert (report.last_at - report.first_at).total_seconds() == 6


def test_a_named_log_is_read_for_everything(layout: Layout, line_of: LineOf, log: Path) -> None:
    log.write_bytes(line_of("webhook", message="Missing webhook signature", level="error"))
    report = build_report(layout, log)
    assert (report.log, report.webhook_log) == (str(log), str(log))
    assert count_of(report.webhook_failures) == {"webhook 401: missing signature": (1, (1,))}


def test_a_well_formed_line_past_the_cap_of_the_tail_is_counted(report_on: ReportOn) -> None:
    report = report_on(line(event="turn_failed", data={"type": "E", "error": "x" * (2 << 20)}))
    assert report.failure_by_type == {"E": 1}
    assert report.malformed_count == 0
