"""What `generate` lays down."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.demo.generate import generate, site_of, steps_until_now
from orket_console.demo.layout import claim
from orket_console.demo.runs import session_id_of
from orket_console.demo.scenarios import SCENARIOS, Outcome
from orket_console.demo.steps import Step

LaidDown = Callable[..., Path]
NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
RUNTIME_DB = ".orket/durable/db/orket_persistence.db"
WEBHOOK_DB = ".orket/durable/db/webhook.db"


def tree(root: Path) -> dict[str, tuple[str, float]]:
    """Each file's digest and time of change."""
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime if "observability" in path.parts or path.suffix == ".log" else 0,
        )
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def rows(root: Path, database: str, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(root / database)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def log(root: Path, name: str = "workspace/default/orket.log") -> list[dict[str, object]]:
    text = (root / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def test_same_arguments_give_the_same_files(laid_down: LaidDown) -> None:
    before = tree(laid_down("stalled-run"))
    assert tree(laid_down("stalled-run")) == before


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_seed_always_tells_the_same_story(scenario: str) -> None:
    def story(seed: int) -> list[Step]:
        site = site_of(Path("/srv/demo"), scenario, seed, NOW, 18082, 18080, "python")
        return steps_until_now(site)

    assert story(1) == story(1)
    assert story(1) != story(2)


def test_the_history_fills_two_hours(shown: LaidDown) -> None:
    root = shown("healthy")
    begun = [row[0] for row in rows(root, RUNTIME_DB, "SELECT start_time FROM sessions")]
    turns = list((root / "workspace/default/observability").glob("*/*/*"))
    deliveries = [entry for entry in log(root, "orket.log") if "Received" in json.dumps(entry)]
    times = [datetime.fromisoformat(str(moment)) for moment in begun]
    assert len(times) == 12
    assert NOW - timedelta(hours=2) < min(times) < max(times) < NOW
    assert 30 <= len(turns) <= 70
    assert 12 <= len(deliveries) <= 30


@pytest.mark.parametrize("name", ["workspace/default/orket.log", "orket.log"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_logs_are_in_order_and_end_before_now(shown: LaidDown, scenario: str, name: str) -> None:
    root = shown(scenario)
    times = [datetime.fromisoformat(str(entry["timestamp"])) for entry in log(root, name)]
    assert times == sorted(times)
    assert times[-1] <= NOW
    assert (root / name).stat().st_mtime == pytest.approx(times[-1].timestamp())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rows_traces_and_log_tell_the_same(shown: LaidDown, scenario: str) -> None:
    root = shown(scenario)
    ledger = dict(rows(root, RUNTIME_DB, "SELECT session_id, status FROM run_ledger"))
    traces = {path.name for path in (root / "workspace/default/observability").iterdir()}
    begun = {entry["data"]["run_id"] for entry in log(root) if entry["event"] == "session_start"}
    ended = {
        entry["data"]["run_id"]: entry["data"]["status"]
        for entry in log(root)
        if entry["event"] == "session_end"
    }
    unworked = {
        session
        for session, summary in rows(
            root, RUNTIME_DB, "SELECT session_id, summary_json FROM run_ledger"
        )
        if json.loads(str(summary)).get("status_counts", {}).keys() == {"canceled"}
    }
    assert set(ledger) == begun
    assert traces == begun - unworked
    assert ended == {key: status for key, status in ledger.items() if status != "running"}
    for turn in (root / "workspace/default/observability").glob("*/*/*/checkpoint.json"):
        checkpoint = json.loads(turn.read_text(encoding="utf-8"))
        session, issue, folder = turn.parts[-4:-1]
        assert (checkpoint["run_id"], checkpoint["issue_id"].lower()) == (session, issue)
        assert f"{checkpoint['turn_index']:03d}_{checkpoint['role']}" == folder


def by_outcome(scenario: str, outcome: Outcome) -> list[str]:
    """The sessions of a scenario's history that end so, oldest first."""
    history = enumerate(SCENARIOS[scenario].history)
    return [session_id_of(f"{scenario}/1", index) for index, each in history if each is outcome]


def counts(root: Path, session: str) -> tuple[object, dict[str, int]]:
    """A run's status, and its issues by status."""
    query = f"SELECT status, summary_json FROM run_ledger WHERE session_id = '{session}'"
    [(status, summary)] = rows(root, RUNTIME_DB, query)
    return status, json.loads(str(summary))["status_counts"]


def test_a_false_success_says_done_of_canceled_issues(shown: LaidDown) -> None:
    root = shown("false-success")
    for session in by_outcome("false-success", Outcome.CANCELED_ISSUE):
        status, issues = counts(root, session)
        assert status == "done"
        assert issues["canceled"] == 1
        assert issues["done"] >= 1
    for session in by_outcome("false-success", Outcome.HOLLOW):
        status, issues = counts(root, session)
        assert (status, set(issues)) == ("done", {"canceled"})
        assert not (root / "workspace/default/observability" / session).exists()


def test_stale_runs_say_running_and_are_over(shown: LaidDown) -> None:
    root = shown("stale-running")
    ended = {entry["data"]["run_id"] for entry in log(root) if entry["event"] == "session_end"}
    stale = by_outcome("stale-running", Outcome.LEFT_RUNNING)
    running = rows(root, RUNTIME_DB, "SELECT session_id FROM run_ledger WHERE status = 'running'")
    assert {session for (session,) in running} == set(stale)
    assert not ended & set(stale)


def answers(root: Path, session: str) -> list[tuple[str, str]]:
    """A run's turns in order: the role, and the answer without the issue's own number."""
    traces = root / "workspace/default/observability" / session
    turns = sorted(traces.glob("*/*"), key=lambda turn: (int(turn.name[:3]), turn.parent.name))
    return [
        (turn.name[4:], (turn / "model_response.txt").read_text(encoding="utf-8")) for turn in turns
    ]


def test_runs_of_one_epic_answer_alike_until_one_regresses(shown: LaidDown) -> None:
    root = shown("regression")
    sessions = [session_id_of("regression/1", index) for index in range(12)]
    # Eight epics take turns: runs 8 and 10 repeat 0 and 2, and 9 and 11 go wrong.
    assert answers(root, sessions[0]) == answers(root, sessions[8])
    assert answers(root, sessions[2]) == answers(root, sessions[10])
    for good, bad in ((1, 9), (3, 11)):
        before, after = answers(root, sessions[good]), answers(root, sessions[bad])
        first = next(
            i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]
        )
        assert first == 1
        assert "scratch/" in after[first][1]
        assert counts(root, sessions[bad])[0] == "terminal_failure"


def test_rows_name_the_absolute_paths(shown: LaidDown) -> None:
    root = shown("healthy")
    for (artifacts,) in rows(root, RUNTIME_DB, "SELECT artifact_json FROM run_ledger"):
        assert Path(json.loads(str(artifacts))["observability_root"]).is_dir()
        assert json.loads(str(artifacts))["orket_log"] == f"{root}/workspace/default/orket.log"


def test_texts_hold_markup_code_and_unicode(shown: LaidDown) -> None:
    texts = "".join(
        path.read_text(encoding="utf-8")
        for path in (shown("healthy") / "workspace/default/observability").rglob(
            "model_response.txt"
        )
    )
    assert "```json" in texts
    assert "[/link]" in texts
    assert "€" in texts


def test_the_console_is_told_ports_and_interpreter(shown: LaidDown) -> None:
    settings = tomllib.loads((shown("healthy") / "orket-console.toml").read_text(encoding="utf-8"))
    assert settings["api"] == {"host": "127.0.0.1", "port": 18082}
    assert settings["webhook"] == {"host": "127.0.0.1", "port": 18080}
    assert os.access(settings["target"]["python"], os.X_OK)


def test_env_is_for_its_owner_alone(shown: LaidDown) -> None:
    assert stat.S_IMODE((shown("healthy") / ".env").stat().st_mode) == 0o600


def test_api_down_ends_with_the_reason(shown: LaidDown) -> None:
    last = log(shown("api-down"), "orket.log")
    words = [entry["data"] for entry in last if str(entry["event"]).startswith("api_")]
    assert words[-1]["message"] == "[Errno 98] Address already in use"


def test_webhook_secret_ends_in_refusals_and_a_stuck_cycle(shown: LaidDown) -> None:
    root = shown("webhook-secret")
    rotated = (root / ".env").stat().st_mtime
    after = [
        entry["data"].get("message")
        for entry in log(root, "orket.log")
        if datetime.fromisoformat(str(entry["timestamp"])).timestamp() > rotated
        and entry["event"] == "webhook"
    ]
    assert len(after) > 10
    assert set(after) == {"Invalid webhook signature"}
    query = "SELECT cycle_count FROM pr_review_cycles WHERE status = 'active'"
    assert rows(root, WEBHOOK_DB, query) == [(5,)]


def test_stalled_run_holds_every_way_to_stall(shown: LaidDown) -> None:
    root = shown("stalled-run")
    statuses = [row[0] for row in rows(root, RUNTIME_DB, "SELECT status FROM run_ledger")]
    kinds = {row[0] for row in rows(root, RUNTIME_DB, "SELECT failure_class FROM run_ledger")}
    events = {str(entry["event"]) for entry in log(root)}
    failures = {entry["data"].get("type") for entry in log(root) if entry["event"] == "turn_failed"}
    assert statuses.count("running") == 1
    assert {"GovernanceViolation", "ExecutionFailed"} <= kinds
    assert {"turn_non_progress", "tool_call_blocked", "session_terminal_failure"} <= events
    assert {"tool_violation", "TimeoutError", "RuntimeError"} <= failures
    (stale,) = rows(root, RUNTIME_DB, "SELECT id FROM sessions WHERE status = 'Started'")
    mine = [entry for entry in log(root) if str(stale[0]) in json.dumps(entry["data"])]
    assert mine[-1]["event"] in {"turn_start", "turn_complete"}
    reports = list((root / "workspace/default/agent_output").glob("policy_violation_*.json"))
    assert len(reports) == 5


def test_schema_drift_goes_both_ways(shown: LaidDown) -> None:
    root = shown("schema-drift")
    files = {path.name for path in (root / "scripts/migrations").glob("*_runtime_*.sql")}
    applied = {row[0] for row in rows(root, RUNTIME_DB, "SELECT id FROM _schema_migrations")}
    assert files - applied == {"003_runtime_flows.sql"}
    assert applied - files == {"004_runtime_cost_columns.sql"}
    last = [entry["data"] for entry in log(root) if entry["event"] == "turn_failed"][-1]
    assert last["error"] == "no such table: run_flows"


def test_healthy_has_no_failure_at_all(shown: LaidDown) -> None:
    root = shown("healthy")
    entries = [*log(root), *log(root, "orket.log")]
    assert rows(root, RUNTIME_DB, "SELECT DISTINCT status FROM run_ledger") == [("done",)]
    assert not [entry for entry in entries if entry["data"].get("level") == "error"]
    assert not [entry for entry in entries if "fail" in str(entry["event"])]
    assert not rows(root, WEBHOOK_DB, "SELECT 1 FROM pr_review_cycles"
                    " WHERE status = 'active' AND cycle_count >= 4")  # fmt: skip


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConsoleError, match="no demo of ours"):
        generate(tmp_path, "healthy", seed=1, now=NOW, api_port=1, webhook_port=2, python="python")
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(ConsoleError, match="can't be used"):
        generate(place, "healthy", seed=1, now=NOW, api_port=1, webhook_port=2, python="python")
    assert place.read_text(encoding="utf-8") == "mine"


def test_an_earlier_demo_is_replaced_and_other_files_kept(
    programs: LaidDown, laid_down: LaidDown
) -> None:
    root = programs("schema-drift")
    (root / "notes.txt").write_text("mine", encoding="utf-8")
    (root / "benchmarks").mkdir()
    laid_down("healthy")
    assert (root / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not (root / "benchmarks").exists()
    assert not (root / "scripts/migrations/003_runtime_flows.sql").exists()


def test_a_link_in_an_earlier_demo_is_not_followed(programs: LaidDown, tmp_path: Path) -> None:
    root = programs()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.txt").write_text("mine", encoding="utf-8")
    (root / "benchmarks").symlink_to(outside)
    claim(root)
    assert not (root / "benchmarks").is_symlink()
    assert (outside / "precious.txt").exists()


def test_an_unknown_scenario_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="healthy") as caught:
        generate(tmp_path / "x", "no-such", seed=1, now=NOW, api_port=1, webhook_port=2, python="p")
    assert caught.value.exit_code is ExitCode.USAGE
    assert not (tmp_path / "x").exists()


def test_a_naive_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        generate(
            tmp_path / "x", "healthy", seed=1, now=NOW.replace(tzinfo=None), api_port=1,
            webhook_port=2, python="p",
        )  # fmt: skip
