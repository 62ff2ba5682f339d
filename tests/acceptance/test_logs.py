"""The log and the failure report on what a real installation left behind."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from orket_console.base.clock import FixedClock
from orket_console.base.severity import Severity
from orket_console.logs.filter import parse_filter
from orket_console.logs.records import Record
from orket_console.logs.report.build import build_report
from orket_console.logs.select import Selection, Span, select
from orket_console.logs.sources import find_sources
from orket_console.logs.summaries import KINDS
from orket_console.target.layout import Layout

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FIVE = ("events", "failure_by_type", "non_progress_by_role", "guard_outcomes", "retry_triggered")


def found(root: Path, expression: str = "") -> Selection:
    layout = Layout(root, root / ".orket" / "durable")
    return select(find_sources(layout), parse_filter(expression), Span(), 5_000, FixedClock(NOW))


def records(root: Path, expression: str = "") -> list[Record]:
    return [item for item in found(root, expression).items if isinstance(item, Record)]


def test_the_five_keys_equal_upstreams(samples: Path, installation: Path) -> None:
    printed = (samples / "orket-0.3.16-cli" / "failure_report_ok.txt").read_text()
    body = printed[printed.index("# ---- stdout") : printed.index("# ---- stderr")]
    upstream = json.loads(body[body.index("{") :])
    report = build_report(Layout(installation, installation / ".orket" / "durable"))
    assert {key: getattr(report, key) for key in FIVE} == upstream
    assert [(log.problem, log.upstream_stops, log.malformed_count) for log in report.logs] == [
        ("", None, 0),
        ("", None, 0),
    ]


def test_every_line_is_a_record_in_order_of_time(installation: Path) -> None:
    everything = found(installation)
    assert (len(everything.items), everything.partial, everything.more) == (713, False, False)
    times = [item.at for item in everything.items if item.at]
    assert times == sorted(times)
    assert len(times) == 713


def test_the_failures_are_found(installation: Path) -> None:
    failed = records(installation, "event:turn_failed")
    assert [r.ref.line for r in failed] == [198, 202, 210, 290, 359, 364, 367]
    assert {r.issue for r in failed} == {
        "ISS-02-0", "ISS-02-1", "ISS-02-2", "ISS-04-2", "ISS-06-0", "ISS-06-1", "ISS-06-2"
    }  # fmt: skip
    assert all(r.turn_ref for r in failed)


def test_a_session_is_found_by_all_its_names(installation: Path) -> None:
    names = {r.event for r in records(installation, "session:34a2")}
    assert {"session_start", "turn_failed", "orchestrator_dispatch", "session_end"} <= names


def test_severities_are_sensible_on_every_event(installation: Path) -> None:
    seen: dict[str, Counter[str]] = {}
    for record in records(installation):
        seen.setdefault(record.event, Counter())[record.severity.word] += 1
    assert {event: dict(counts) for event, counts in seen.items() if "error" in counts} == {
        "turn_failed": {"error": 7},
        "session_end": {"error": 6, "info": 4},
        "session_terminal_failure": {"error": 1},
        "webhook": {"error": 9, "info": 16},
    }
    assert {event for event, counts in seen.items() if "warn" in counts} == {
        "guard_rejected",
        "policy_violation_report_saved",
        "retry_triggered",
        "sandbox_deploy_failed",
        "tool_call_blocked",
        "turn_corrective_reprompt",
        "turn_non_progress",
        "webhook_security_warning",
    }
    assert {event for event, counts in seen.items() if "debug" in counts} == {
        "api_backlog", "api_run_active", "api_run_metrics", "orchestrator_tick",
        "tool_parser_diagnostic",
    }  # fmt: skip


def test_every_kind_of_event_has_a_sentence_of_its_own(installation: Path) -> None:
    assert {record.event for record in records(installation)} <= KINDS.keys()


def test_every_record_says_what_happened(installation: Path) -> None:
    silent = {r.event for r in records(installation) if not r.what}
    assert silent == set()
    errors = records(installation, "level>=error")
    assert all(r.severity is Severity.ERROR for r in errors)
    assert len(errors) == 23
