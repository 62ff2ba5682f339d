"""Verdicts come from what was printed; what nobody knows is unknown, never passed."""

from __future__ import annotations

import json
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions import verdicts
from orket_console.actions.catalogue import CATALOGUE
from orket_console.actions.outcome import Output, Report
from orket_console.actions.verdicts import Rule, Verdict, judge
from orket_console.base.state import State

TURN = json.dumps({"turn_dir": "/r/o/s1/iss-1/001_dev", "checkpoint": {"run_id": "s1"}}, indent=2)
REPORT = {
    "events": {"turn_start": 3, "turn_failed": 1},
    "failure_by_type": {"RuntimeError": 1},
    "non_progress_by_role": {},
    "guard_outcomes": {},
    "retry_triggered": 0,
}
SMOKE = '{"ok": true, "out": "r.json", "event_count": 6}\n'


def said(rule: Rule, stdout: str = "", stderr: str = "", status: int = 0) -> tuple[Verdict, str]:
    found = judge(rule, Output(status, stdout, stderr))
    return found.verdict, found.evidence


@pytest.mark.parametrize(
    ("rule", "stdout", "evidence"),
    [
        (
            verdicts.failure_report,
            json.dumps(REPORT, indent=2),
            "4 events: 1 failed turns, 0 without",
        ),
        (verdicts.replay, TURN, "turn s1/iss-1/001_dev"),
        (verdicts.replay, f"[FIRST RUN] hello\n{{not this\n{TURN}\n", "turn s1/iss-1/001_dev"),
        (
            verdicts.replay,
            '{"turn_dir": "a/b/c", "checkpoint": null}',
            "turn a/b/c, which kept no checkpoint",
        ),
        (
            verdicts.migrations,
            "[MIGRATE] Applied 1.sql to a\n[MIGRATE] Skipped 2.sql (already applied) on b\n",
            "1 applied, 1 skipped",
        ),
        (verdicts.release_smoke, "x\n[release-smoke] SUCCESS\n", "[release-smoke] SUCCESS"),
        (verdicts.security_canary, "[security-canary] SUCCESS\n\n", "[security-canary] SUCCESS"),
        (verdicts.pytest_run, "...\n3 passed, 1 xfailed in 0.10s\n", "3 passed, 1 xfailed in"),
        (verdicts.pytest_run, "== 3 passed in 84.80s (0:01:24) ==\n", "3 passed in 84.80s (0:01"),
        (verdicts.pytest_run, "\x1b[32m3 passed\x1b[0m in 0.1s\n", "3 passed in 0.1s"),
        (
            verdicts.volatility,
            "Dependency direction check passed.\n.. [100%]\n5 passed in 0.6s\n",
            "direction check passed, 5 passed in 0.6s",
        ),
        (verdicts.cli_smoke, SMOKE, "ok: true, 6 steps"),
    ],
)
def test_passed(rule: Rule, stdout: str, evidence: str) -> None:
    verdict, found = said(rule, stdout)
    assert verdict is Verdict.PASSED
    assert evidence in found


@pytest.mark.parametrize(
    ("rule", "stdout", "stderr", "status", "evidence"),
    [
        (verdicts.replay, "\n[FATAL] No observability artifacts\n", "", 0, "[FATAL] No observ"),
        (verdicts.replay, "[CRITICAL ERROR] crashed\nA log\n", "", 1, "[CRITICAL ERROR] crashed"),
        (verdicts.replay, "[HALT] Interrupted by user.\n", "", 0, "[HALT]"),
        (verdicts.replay, TURN, "Exception in thread: x\n", 1, "Exception in thread"),
        (
            verdicts.migrations,
            "",
            "Traceback\nsqlite3.OperationalError: no such table",
            1,
            "no such",
        ),
        (
            verdicts.migrations,
            "[MIGRATE] Applied 1.sql to a\n",
            "sqlite3.OperationalError: database is locked",
            1,
            "database is locked",
        ),
        (
            verdicts.release_smoke,
            "[security-canary] SUCCESS\n",
            "RuntimeError: Docker is not installed\n",
            1,
            "Docker is not installed",
        ),
        (verdicts.release_smoke, "[release-smoke] SUCCESS\n", "late crash", 1, "late crash"),
        (verdicts.pytest_run, "2 failed, 1 passed in 1.2s\n", "", 1, "2 failed, 1 passed"),
        (verdicts.pytest_run, "1 passed, 1 error in 1.2s\n", "", 1, "1 error"),
        (verdicts.pytest_run, "2 failed, 1 passed in 1.2s\n", "", 0, "2 failed"),
        (verdicts.pytest_run, "1 passed in 1.2s\n", "", 3, "exit status 3, though 1 passed"),
        (verdicts.pytest_run, "", "No module named pytest\n", 1, "No module named pytest"),
        (
            verdicts.volatility,
            "Dependency direction violations found:\n- a -> b\n",
            "CalledProcessError",
            1,
            "Dependency direction violations found",
        ),
        (
            verdicts.volatility,
            "Dependency direction check passed.\n1 failed, 4 passed in 0.6s\n",
            "subprocess.CalledProcessError: …",
            1,
            "1 failed, 4 passed in 0.6s",
        ),
        (verdicts.cli_smoke, "", "RuntimeError: init failed\n", 1, "init failed"),
        (verdicts.failure_report, "", "AttributeError: 'list' object\n", 1, "AttributeError"),
        (verdicts.security_canary, "", "", 7, "exit status 7, and no word"),
    ],
)
def test_failed(rule: Rule, stdout: str, stderr: str, status: int, evidence: str) -> None:
    verdict, found = said(rule, stdout, stderr, status)
    assert verdict is Verdict.FAILED
    assert evidence in found


@pytest.mark.parametrize(
    ("rule", "stdout"),
    [
        (verdicts.failure_report, json.dumps(REPORT | {"events": {}})),
        (verdicts.failure_report, '{"events": {"a": 1}}'),
        (verdicts.failure_report, "[]"),
        (verdicts.replay, "ORKET DRIVER (Interactive)\nDriver> "),
        (verdicts.replay, '{"turn_dir": "a/b/c", "checkpoint": {}}\nand more\n'),
        (verdicts.migrations, "done\n"),
        (verdicts.migrations, "[MIGRATE] Rolled back 1.sql\n"),
        (verdicts.migrations, "[MIGRATE] Applied 1.sql to a\nrolled back\n"),
        (verdicts.release_smoke, "[release-smoke] SUCCESS\nand more\n"),
        (verdicts.release_smoke, "[security-canary] SUCCESS\n"),
        (verdicts.security_canary, "not [security-canary] SUCCESS\n"),
        (verdicts.pytest_run, "no tests ran in 0.01s\n"),
        (verdicts.pytest_run, "3 skipped in 0.01s\n"),
        (verdicts.pytest_run, "we passed in 5 ways\n"),
        (verdicts.volatility, "5 passed in 0.6s\n"),
        (verdicts.volatility, "Dependency direction check passed.\n"),
        (verdicts.cli_smoke, '{"ok": "true"}\n'),
    ],
)
def test_unknown(rule: Rule, stdout: str) -> None:
    assert said(rule, stdout)[0] is Verdict.UNKNOWN


def test_no_tests_at_all_is_unknown_whatever_pytests_status() -> None:
    assert said(verdicts.pytest_run, "no tests ran in 0.01s\n", status=5)[0] is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (Report("r.json", b'{"ok": true, "status": "PASS"}', fresh=True), Verdict.PASSED),
        (Report("r.json", b'{"ok": true, "status": "FAIL"}', fresh=True), Verdict.FAILED),
        (Report("r.json", b"half {", fresh=True), Verdict.FAILED),
        (Report("r.json", b'{"ok": true, "status": "PASS"}', fresh=False), Verdict.UNKNOWN),
        (Report("r.json", b"", fresh=False), Verdict.UNKNOWN),
    ],
)
def test_the_cli_smokes_report_has_the_last_word(report: Report, verdict: Verdict) -> None:
    found = judge(verdicts.cli_smoke, Output(0, SMOKE, "", report))
    assert found.verdict is verdict
    assert "r.json" in found.evidence


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (signal.SIGKILL, Verdict.INTERRUPTED),
        (signal.SIGTERM, Verdict.INTERRUPTED),
        (signal.SIGSEGV, Verdict.FAILED),
        (250, Verdict.FAILED),
    ],
)
def test_a_signal_from_outside(number: int, verdict: Verdict) -> None:
    found = judge(verdicts.pytest_run, Output(-number, "3 passed in 0.1s\n", ""))
    assert found.verdict is verdict
    assert "not by this console" in found.evidence


# Of the console's own programs it is known what they print.
OTHERS = [action.verdict for action in CATALOGUE if not action.module]


@pytest.mark.parametrize("rule", OTHERS, ids=lambda rule: rule.__name__)
@given(stdout=st.text(), stderr=st.text(), status=st.integers(0, 255))
def test_nothing_unknown_ever_passes(rule: Rule, stdout: str, stderr: str, status: int) -> None:
    found = judge(rule, Output(status, stdout, stderr))
    assert found.verdict is not Verdict.PASSED
    assert "\n" not in found.evidence
    assert "\x1b" not in found.evidence


def test_a_stdout_full_of_braces_is_looked_through_in_bounded_time() -> None:
    assert said(verdicts.replay, "{\n" * 200_000)[0] is Verdict.UNKNOWN
    assert said(verdicts.replay, "[" * 200_000)[0] is Verdict.UNKNOWN


def test_each_verdict_has_a_state_and_none_but_passed_is_ok() -> None:
    assert {verdict for verdict in Verdict if verdict.state is State.OK} == {Verdict.PASSED}
