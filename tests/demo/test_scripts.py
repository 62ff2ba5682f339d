"""The runbook's commands in a demo: what they print, how they exit, how they fail."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

LaidDown = Callable[..., Path]


def run(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run with the demo's interpreter."""
    return subprocess.run(
        [sys.executable, *command], cwd=root, env=os.environ | environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def interpreter_in_path(tmp_path: Path) -> str:
    """A PATH in which plain `python` is the demo's interpreter, and git is found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    return str(folder)


def test_failure_report_counts_the_log(laid_down: LaidDown) -> None:
    root = laid_down("stalled-run")
    done = run(root, "scripts/report_failure_modes.py", "--out", "benchmarks/results/f.json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(report) == [
        "events", "failure_by_type", "non_progress_by_role", "guard_outcomes", "retry_triggered",
    ]  # fmt: skip
    assert report["failure_by_type"] == {"tool_violation": 1, "TimeoutError": 1, "RuntimeError": 1}
    assert sum(report["non_progress_by_role"].values()) == 2
    assert report["retry_triggered"] == 4
    assert json.loads((root / "benchmarks/results/f.json").read_text("utf-8")) == report


def test_failure_report_on_no_log_is_empty(programs: LaidDown) -> None:
    done = run(programs(), "scripts/report_failure_modes.py", "--log", "missing.log")
    assert (done.returncode, json.loads(done.stdout)["events"]) == (0, {})


def test_failure_report_crashes_on_a_list(programs: LaidDown) -> None:
    root = programs()
    (root / "odd.log").write_text("[]\n", encoding="utf-8")
    done = run(root, "scripts/report_failure_modes.py", "--log", "odd.log")
    assert done.returncode == 1
    assert "AttributeError" in done.stderr


def test_migrations_need_the_python_path(programs: LaidDown) -> None:
    root = programs()
    lost = run(root, "scripts/run_migrations.py")
    found = run(root, "scripts/run_migrations.py", PYTHONPATH=".")
    assert lost.returncode == 1
    assert lost.stderr.endswith("ModuleNotFoundError: No module named 'orket'\n")
    assert found.returncode == 0
    databases = f"{root}/.orket/durable/db"
    assert found.stdout == (
        "[MIGRATE] Skipped 001_runtime_indexes.sql (already applied)"
        f" on {databases}/orket_persistence.db\n"
        f"[MIGRATE] Skipped 002_webhook_indexes.sql (already applied) on {databases}/webhook.db\n"
    )


def test_migrations_on_no_tables_leave_a_stub(programs: LaidDown) -> None:
    root = programs()
    done = run(
        root, "scripts/run_migrations.py", "--runtime-db", "new/r.db", "--webhook-db", "new/w.db",
        PYTHONPATH=".",
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith("sqlite3.OperationalError: no such table: main.issues\n")
    assert (root / "new/r.db").exists()


def test_migrations_mend_the_drift(programs: LaidDown) -> None:
    root = programs("schema-drift")
    before = run(root, "-m", "pytest", "-q")
    done = run(root, "scripts/run_migrations.py", PYTHONPATH=".")
    after = run(root, "-m", "pytest", "-q")
    assert before.returncode == 1
    assert "FAILED tests/test_migrations.py::Drift::test_runtime_files_are_applied - " in (
        before.stdout
    )
    assert re.search(r"^1 failed, \d+ passed in \d+\.\d\ds$", before.stdout, re.M)
    assert "[MIGRATE] Applied 003_runtime_flows.sql" in done.stdout
    assert after.returncode == 0


def test_suite_closes_as_pytest_does(programs: LaidDown) -> None:
    done = run(programs(), "-m", "pytest", "-q")
    assert done.returncode == 0
    assert re.fullmatch(r"\.+ +\[100%\]\n\d+ passed in \d+\.\d\ds\n", done.stdout)


def test_canary_and_its_false_alarm(programs: LaidDown) -> None:
    root = programs()
    done = run(root, "scripts/security_canary.py")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "[security-canary] Running API auth canary",
        "[security-canary] Running webhook signature canary",
        "[security-canary] SUCCESS",
    ]
    assert "Missing webhook signature" in (root / "orket.log").read_text("utf-8")


def test_release_smoke(programs: LaidDown, interpreter_in_path: str) -> None:
    done = run(
        programs(), "scripts/release_smoke.py", "--skip-docker",
        PYTHONPATH=".", PATH=interpreter_in_path,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "[release-smoke] SUCCESS"
    assert "[release-smoke] RUN: python -m pytest tests/ -q" in done.stdout
    assert "[MIGRATE] Applied 001_runtime_indexes.sql to .smoke/runtime.db" in done.stdout


def test_release_smoke_without_docker_fails(programs: LaidDown, interpreter_in_path: str) -> None:
    done = run(
        programs(), "scripts/release_smoke.py", "--skip-tests",
        PYTHONPATH=".", PATH=interpreter_in_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert "RuntimeError: Docker is not installed or not found in PATH." in done.stderr
    assert "SUCCESS" not in done.stdout.splitlines()[-1]


def test_release_smoke_without_python_in_path_fails(programs: LaidDown, tmp_path: Path) -> None:
    done = run(programs(), "scripts/release_smoke.py", "--skip-docker", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "No such file or directory: 'python'" in done.stderr


def test_volatility_gate(programs: LaidDown) -> None:
    root = programs()
    done = run(root, "scripts/check_volatility_boundaries.py")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0] == f"+ {sys.executable} scripts/check_dependency_direction.py"
    assert "Dependency direction check passed." in lines
    assert re.fullmatch(r"5 passed in \d+\.\d\ds", lines[-1])
    assert (root / "benchmarks/results/dependency_direction_check.json").exists()


def test_volatility_gate_fails_on_an_import_that_goes_up(programs: LaidDown) -> None:
    root = programs()
    clock = root / "orket/clock.py"
    clock.write_text(f"{clock.read_text('utf-8')}\nfrom orket.api import ApiServer\n", "utf-8")
    done = run(root, "scripts/check_volatility_boundaries.py")
    assert done.returncode == 1
    assert "Dependency direction check failed." in done.stdout


def test_cli_smoke(programs: LaidDown) -> None:
    root = programs()
    out = "benchmarks/results/cli.json"
    done = run(root, "scripts/run_cli_regression_smoke.py", "--out", out)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"ok": True, "out": out, "event_count": 6}
    assert json.loads((root / out).read_text("utf-8"))["status"] == "PASS"


def test_cli_smoke_without_git_fails(programs: LaidDown, tmp_path: Path) -> None:
    done = run(programs(), "scripts/run_cli_regression_smoke.py", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "'git'" in done.stderr


def test_replay_prints_the_turn(laid_down: LaidDown) -> None:
    root = laid_down()
    turn = next((root / "workspace/default/observability").glob("*/*/001_*"))
    session, issue = turn.parts[-3:-1]
    done = run(root, "main.py", "--replay-turn", f"{session}:{issue}:1")
    replay = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(replay) == [
        "turn_dir", "checkpoint", "messages", "model_response", "parsed_tool_calls",
    ]  # fmt: skip
    assert replay["turn_dir"] == str(turn)
    assert replay["model_response"] == (turn / "model_response.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("nosuch:shop-1:1", "No observability artifacts found for run=nosuch issue=shop-1"),
        ("{session}:{ISSUE}:1", "No observability artifacts found for run={session} issue={ISSUE}"),
        ("{session}:{issue}:99", "No turn artifacts found for turn_index=99"),
        ("{session}:{issue}:1:nobody", "No turn artifacts found for turn_index=1"),
        ("{session}:{issue}:abc", "invalid literal for int() with base 10: 'abc'"),
        (
            "{session}:{issue}",
            "--replay-turn format must be <session_id>:<issue_id>:<turn_index>[:role]",
        ),
    ],
)
def test_replay_exits_0_on_every_failure(programs: LaidDown, key: str, words: str) -> None:
    root = programs()
    turn = root / "workspace/default/observability/34a2b001/shop-1/001_coder"
    turn.mkdir(parents=True)
    names = {"session": turn.parts[-3], "issue": turn.parts[-2], "ISSUE": turn.parts[-2].upper()}
    done = run(root, "main.py", "--replay-turn", key.format(**names))
    assert done.returncode == 0
    assert done.stdout == f"\n[FATAL] {words.format(**names)}\n"
    assert "Traceback" in done.stderr


def test_replay_of_nothing_is_a_prompt(programs: LaidDown) -> None:
    assert "Driver> " in run(programs(), "main.py", "--replay-turn", "").stdout


def test_api_server_on_a_taken_port_exits_3(programs: LaidDown) -> None:
    import socket

    root = programs()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(root, "server.py", ORKET_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("ERROR:    [Errno ")
    assert "Address already in use" in (root / "orket.log").read_text("utf-8").splitlines()[-1]


def test_webhook_server_wants_secret_then_password(programs: LaidDown) -> None:
    root = programs()
    no_secret = run(root, "-m", "orket.webhook_server")
    no_password = run(root, "-m", "orket.webhook_server", GITEA_WEBHOOK_SECRET="s")
    assert no_secret.returncode == no_password.returncode == 1
    assert no_secret.stderr.splitlines()[-1] == (
        "RuntimeError: GITEA_WEBHOOK_SECRET environment variable is not set."
        " Configure it before starting the webhook server."
    )
    assert no_password.stderr.splitlines()[-1] == (
        "RuntimeError: GITEA_ADMIN_PASSWORD environment variable is not set."
        " Set it before initializing the webhook handler."
    )
