"""Verdicts of what a real installation's commands printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from orket_console.actions.catalogue import CATALOGUE, find
from orket_console.actions.outcome import Output
from orket_console.actions.overview import overview
from orket_console.actions.plan import plan
from orket_console.actions.verdicts import Verdict, judge
from orket_console.target.target import Target

RECORDED = [
    ("failure_report_ok", "failure-report", "passed", "662 events: 7 failed turns, 6 without"),
    ("failure_report_missing_log", "failure-report", "unknown", "log is missing or empty"),
    ("replay_ok", "replay-turn", "passed", "turn 34a2b001/iss-02-0/001_lead_architect"),
    ("replay_bad_index", "replay-turn", "failed", "[FATAL] invalid literal for int()"),
    ("replay_issue_not_found", "replay-turn", "failed", "[FATAL] No observability artifacts"),
    ("migrations_ok", "migrations", "passed", "0 applied, 2 skipped as already applied"),
    ("migrations_missing_tables", "migrations", "failed", "no such table: main.issues"),
    ("migrations_no_pythonpath", "migrations", "failed", "No module named 'orket'"),
    ("release_smoke_ok", "release-smoke", "passed", "[release-smoke] SUCCESS"),
    ("release_smoke_no_docker", "release-smoke", "failed", "Docker is not installed"),
    ("security_canary_ok", "security-canary", "passed", "[security-canary] SUCCESS"),
    ("volatility_ok", "volatility-gate", "passed", "direction check passed, 5 passed in 0.65s"),
    ("cli_smoke_ok", "cli-smoke", "passed", "ok: true, 6 steps"),
]


def recorded(path: Path) -> Output:
    """What a command printed, from a file of samples."""
    head, _, rest = path.read_text().partition("# ---- stdout\n")
    stdout, _, stderr = rest.partition("# ---- stderr\n")
    status = head.partition("# exit status: ")[2].split()[0]
    return Output(int(status), stdout, stderr)


@pytest.mark.parametrize(("file", "action", "verdict", "evidence"), RECORDED)
def test_each_recorded_output_gets_its_true_verdict(
    samples: Path, file: str, action: str, verdict: str, evidence: str
) -> None:
    output = recorded(samples / "orket-0.3.16-cli" / f"{file}.txt")
    found = judge(find(action).verdict, output)
    assert found.verdict == verdict
    assert evidence in found.evidence


def test_no_recorded_output_passes_as_another_actions(samples: Path) -> None:
    """A rule that takes another command's output for success would take anything."""
    tests_inside = {("volatility_ok", "test-suite")}
    for file, name, _, _ in RECORDED:
        output = recorded(samples / "orket-0.3.16-cli" / f"{file}.txt")
        for action in CATALOGUE:
            # A program of the console's own answers by its status, which no other output has.
            if action.module or action.name == name or (file, action.name) in tests_inside:
                continue
            assert judge(action.verdict, output).verdict is not Verdict.PASSED


def test_data_without_scripts_offers_nothing_and_says_why(
    installation: Path, target_of: type[Target]
) -> None:
    target = target_of(installation)
    programs = {action.name for action in CATALOGUE if action.module}
    for row in overview(target).rows:
        if row.name in programs:
            continue
        if row.steps:
            assert "not in this installation" in row.blocked
        elif row.name == "test-suite":
            assert "tests is not in this installation" in row.blocked
        else:
            assert row.blocked.startswith("not in this installation")


def test_the_samples_databases_have_what_migrations_need(
    installation: Path, target_of: type[Target]
) -> None:
    script = installation / "scripts" / "run_migrations.py"
    migrations = script.parent / "migrations"
    migrations.mkdir(parents=True)
    script.touch()
    (migrations / "001_runtime_indexes.sql").touch()
    (migrations / "003_webhook_flows.sql").touch()
    made = plan(target_of(installation), find("migrations"), {})
    assert made.notes == ("1 migration pending: 003_webhook_flows.sql",)
