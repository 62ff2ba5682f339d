"""The failure report: upstream's five counts, and going on where its script stops."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.logs.conftest import START

from orket_console.base.errors import ExitCode
from orket_console.base.lines import Line
from orket_console.logs.filter import parse_filter
from orket_console.logs.records import read_record
from orket_console.logs.report import groups
from orket_console.logs.report.build import build_five, build_report
from orket_console.logs.report.found import MOST_UNITS, Found
from orket_console.logs.report.groups import Alike
from orket_console.logs.report.model import FailureReport, Group
from orket_console.logs.report.rows import Named, unannounced_rows
from orket_console.logs.report.tables import tables
from orket_console.logs.scan import scan as scanning
from orket_console.logs.scan.spans import spans_of
from orket_console.logs.sources import Source
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
        report = build_report(layout, [layout.run_log])
        alone, (log,) = build_five(layout)
        assert {name: getattr(alone, name) for name in FIVE} == five(report)
        assert log.upstream_stops == report.logs[0].upstream_stops
        return report

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
    assert (report.logs[0].upstream_stops, report.malformed_count) == (None, 0)
    assert report.exit_code is ExitCode.OK


def test_keys_that_are_no_text_are_written_as_upstream_writes_them(report_on: ReportOn) -> None:
    report = report_on(
        line(event=None) + line(event="null") + line(event=True) + line(event=1) + line(event=2.5)
        + line(event="turn_failed", data={"type": None})
        + line(event="turn_non_progress", role=None)
    )  # fmt: skip
    # Python counts True and 1 as one key, named by whichever came first. Upstream writes the
    # key "null" twice here; a reader of JSON gets the later one.
    assert report.events == {
        "null": 1, "true": 2, "2.5": 1, "turn_failed": 1, "turn_non_progress": 1
    }  # fmt: skip
    assert report.failure_by_type == {"null": 1}
    assert report.non_progress_by_role == {"null": 1}
    assert report.logs[0].upstream_stops is None


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
    assert report.logs[0].upstream_stops is not None
    assert (report.logs[0].upstream_stops.line, report.logs[0].upstream_stops.offset) == (
        2,
        len(before),
    )
    assert why in report.logs[0].upstream_stops.what
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
    assert [(m.line, m.offset) for m in report.logs[0].malformed] == [(2, 29)]
    assert report.logs[0].upstream_stops is None


def test_what_python_reads_counts_here_too(report_on: ReportOn) -> None:
    report = report_on(
        b'{"event": "retry_triggered", "n": NaN}\n'
        b'{"event": "retry_triggered", "event": "turn_failed", "data": {"type": "\\ud83d"}}\n'
        b'{"event": "retry_triggered"}\r{"event": "retry_triggered"}\r\n'
        b'{"event": "retry_triggered"}'
    )
    assert report.retry_triggered == 4
    assert report.failure_by_type == {"\ud83d": 1}
    assert "when it prints" in report.logs[0].upstream_says
    assert report.malformed_count == 0


def test_a_missing_log_is_said_and_not_counted_as_empty(layout: Layout) -> None:
    report = build_report(layout)
    assert [log.problem for log in report.logs] == [
        "workspace/default/orket.log is missing: nothing could be counted",
        "root/orket.log is missing: nothing could be counted",
    ]
    assert report.logs[0].upstream_says.endswith("an empty report and exit status 0")
    assert five(report) == {**{key: {} for key in FIVE[:4]}, "retry_triggered": 0}
    assert report.exit_code is ExitCode.CANNOT_TELL


def test_a_log_that_is_no_file_is_said(layout: Layout) -> None:
    layout.run_log.mkdir()
    report = build_report(layout)
    assert report.logs[0].problem == "workspace/default/orket.log: not a regular file"
    assert "exception" in report.logs[0].upstream_says
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
    assert report.severities == {"error": 5, "warn": 2, "info": 2, "debug": 0}
    assert count_of(report.failures) == {
        "turn_failed": (2, (3, 4)),
        "webhook": (2, (1, 2)),
        "session_end": (1, (7,)),
    }
    assert count_of(report.by_session) == {"34a2b001": (3, (3, 4, 7))}
    assert count_of(report.by_issue) == {"ISS-1": (1, (3,)), "ISS-3": (1, (4,))}
    assert ("turn_failed E: model N is gone", (2, (3, 4))) in count_of(report.by_signature).items()
    assert count_of(report.retries) == {"turn_corrective_reprompt": (1, (6,))}
    assert count_of(report.tool_failures) == {"tool_call_blocked write_file: no": (1, (5,))}
    assert count_of(report.model_failures) == {"turn_failed E: model N is gone": (2, (3, 4))}
    assert count_of(report.warnings) == {
        "tool_call_blocked": (1, (5,)),
        "turn_corrective_reprompt": (1, (6,)),
    }
    (unended,) = report.unended_turns
    assert unended.what.startswith("34a2b001 ISS-2 #1")
    assert unended.lines == (2,)
    assert count_of(report.webhook_failures) == {"webhook: Invalid webhook signature": (2, (1, 2))}
    assert {example.log for example in report.webhook_failures[0].examples} == {"root/orket.log"}
    assert report.first_at is not None
    assert report.last_at is not None
    assert (report.last_at - report.first_at).total_seconds() == 6


def test_failures_that_upstream_misses_are_those_without_a_turn_failed(
    report_on: ReportOn, line_of: LineOf
) -> None:
    turn = {"session_id": "s1", "issue_id": "ISS-1", "turn_index": 1}
    report = report_on(
        line_of("turn_failed", 0, **turn, type="E")
        + line_of("turn_non_progress", 1, **turn)
        + line_of("turn_non_progress", 2, **{**turn, "turn_index": 2})
        + line_of("session_end", 3, run_id="s1", status="failed")
        + line_of("session_end", 4, run_id="s2", status="failed")
        + line_of("orchestrator_stalled", 5)
    )
    assert count_of(report.without_turn_failed) == {
        "turn_non_progress": (1, (3,)),
        "session_end": (1, (5,)),
        "orchestrator_stalled": (1, (6,)),
    }


def test_a_turn_that_began_again_after_its_end_is_open(
    report_on: ReportOn, line_of: LineOf
) -> None:
    turn = {"session_id": "s1", "issue_id": "ISS-1", "turn_index": 1}
    start, end = line_of("turn_start", 0, **turn), line_of("turn_complete", 1, **turn)
    assert report_on(start + end + start).unended_turns[0].lines == (3,)
    assert report_on(start + start + end).unended_turns == ()


def test_by_model_and_role_look_at_what_the_turn_began_with(
    report_on: ReportOn, line_of: LineOf
) -> None:
    turn = {"session_id": "s1", "issue_id": "ISS-1", "turn_index": 1}
    report = report_on(
        line_of("turn_start", 0, **turn, selected_model="qwen")
        + line_of("turn_failed", 1, **turn, type="E", turn_trace_id="s1:ISS-1:lead_architect:1")
        + line_of("turn_non_progress", 2, **{**turn, "turn_index": 2}, role="coder")
    )
    assert count_of(report.by_model) == {"qwen": (1, (2,))}
    assert count_of(report.by_role) == {"lead_architect": (1, (2,)), "coder": (1, (3,))}


def test_since_counts_what_is_as_new_and_what_has_no_time(
    report_on: ReportOn, layout: Layout, line_of: LineOf
) -> None:
    old, new = line_of("turn_failed", 0, type="old"), line_of("turn_failed", 60, type="new")
    layout.run_log.write_bytes(old * 3 + b"what is this\n" + new * 2)
    report = build_report(layout, [layout.run_log], since=START + timedelta(seconds=60))
    assert report.failure_by_type == {"new": 2}
    assert report.failures[0].lines == (5, 6)
    assert (report.logs[0].lines, report.logs[0].before, report.lines) == (6, 3, 3)
    assert report.malformed_count == 1


def test_several_logs_are_counted_together(layout: Layout, log: Path, line_of: LineOf) -> None:
    log.write_bytes(line_of("retry_triggered") * 2)
    packed = log.with_name("orket.log.1.gz")
    packed.write_bytes(gzip.compress(line_of("retry_triggered") + line_of("turn_failed", type="E")))
    missing = log.with_name("missing.log")
    report = build_report(layout, [log, packed, missing, log])
    assert five(report)["events"] == {"retry_triggered": 3, "turn_failed": 1}
    assert [(read.name, read.lines) for read in report.logs] == [
        (str(log), 2),
        (str(packed), 2),
        (str(missing), 0),
    ]
    (retries,) = report.retries
    assert [(Path(each.log).name, each.line) for each in retries.examples] == [
        ("orket.log", 1),
        ("orket.log", 2),
        ("orket.log.1.gz", 1),
    ]
    assert "packed" in report.logs[1].upstream_says
    assert report.exit_code is ExitCode.CANNOT_TELL


def test_rate_over_time(report_on: ReportOn, line_of: LineOf) -> None:
    report = report_on(
        line_of("session_start", 0)
        + line_of("turn_failed", 60)
        + line_of("retry_triggered", 61)
        + line_of("session_end", 300)
    )
    assert report.rate_seconds == 60
    counts = [(bucket.lines, bucket.warnings, bucket.errors) for bucket in report.rate]
    assert counts == [(1, 0, 0), (2, 1, 1), (0, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0)]


def test_each_row_leads_to_its_lines(report_on: ReportOn, line_of: LineOf) -> None:
    turn = {"session_id": "s 1", "issue_id": 'ISS-"1"', "turn_index": 1}
    content = (
        line_of("turn_start", 0, **turn, selected_model="qwen")
        + line_of("turn_failed", 1, **turn, type="E", error="model 7 [bold] is gone")
        + line_of("turn_non_progress", 2, role="coder", **turn)
        + line_of("guard_rejected", 3, **turn)
        + line_of("turn_retry_scheduled", 4, **turn)
        + line_of("tool_call_blocked", 5, tool="write_file", reason="no (a, b)")
        + line_of("webhook", 6, message="Invalid signature", level="error")
        + line_of("turn_start", 7, **{**turn, "turn_index": 2})
    )
    report = report_on(content)
    source = Source("orket.log", "orket.log")
    read = [
        read_record(Line(raw, 0, len(raw)), source, number)
        for number, raw in enumerate(content.split(b"\n")[:-1], start=1)
    ]
    for table in tables(report):
        for row in table.rows:
            wanted = parse_filter(row.filter)
            shown = {record.ref.line for record in read if wanted.wants(record)}
            if table.title != "Failures by model":  # most of a failed turn's lines name none
                assert set(row.lines) <= shown, (table.title, row)
                assert len(shown) == row.count, (table.title, row)


@given(
    cuts=st.integers(1, 400),
    lines=st.lists(
        st.sampled_from(
            [
                b"{}",
                b"",
                b"not json",
                b'{"event": 3, "data": "x"}',
                b'{"event": "turn_failed", "data": []}\r{"event": "retry_triggered"}',
                b'{"event": "x"}\r',
                *(
                    json.dumps(
                        {
                            "timestamp": f"2026-11-23T05:{minute:02d}:00+00:00",
                            "event": event,
                            "role": "coder",
                            "data": {
                                "session_id": "s",
                                "issue_id": "i",
                                "turn_index": turn,
                                "selected_model": "m" if event == "turn_start" else None,
                                "error": error,
                            },
                        }
                    ).encode()
                    for minute in (1, 2)
                    for event in ("turn_start", "turn_complete", "turn_failed", "session_end")
                    for turn in (1, 2)
                    for error in (None, "e 1")
                ),
            ]
        ),
        max_size=25,
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_cut_gives_the_same_report(cuts: int, lines: list[bytes], layout: Layout) -> None:
    layout.run_log.write_bytes(b"\n".join(lines))
    whole = build_report(layout, [layout.run_log])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scanning, "spans_of", lambda log: spans_of(log, size=cuts))
        assert build_report(layout, [layout.run_log]) == whole


def test_a_well_formed_line_past_the_cap_of_the_tail_is_counted(report_on: ReportOn) -> None:
    report = report_on(line(event="turn_failed", data={"type": "E", "error": "x" * (2 << 20)}))
    assert report.failure_by_type == {"E": 1}
    assert report.malformed_count == 0


def test_of_very_many_failures_none_is_said_to_lack_what_it_has() -> None:
    found, other = Found(), Found()
    for number in range(2 * groups.MOST):
        part = found if number % 2 else other
        part.fail_unit("session_end", f"s{number}", Alike(1, [(number, number)]))
        part.announce([f"s{number}"])
    found.merge(other)
    found.fail_unit("session_end", "alone", Alike(1, [(7, 7)]))
    (row,) = unannounced_rows([Named("log", found)])
    assert (row.what, row.count) == ("session_end", 1)
    found.announce(f"t{number}" for number in range(MOST_UNITS))
    assert len(found.failed_units) == MOST_UNITS
    (row,) = unannounced_rows([Named("log", found)])
    assert row.what.startswith("can't be told: more than 50,000")
