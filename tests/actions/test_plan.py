"""The plan: exact arguments, folder and environment, or the reason why not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.actions import preconditions
from orket_console.actions.catalogue import CATALOGUE, Effect, find
from orket_console.actions.parameters import ParameterError
from orket_console.actions.plan import plan
from orket_console.target.layout import SCRIPTS
from orket_console.target.target import Target

TargetOf = Callable[..., Target]
PY = {"target.python": sys.executable}

ARGUMENTS = {
    "failure-report": [
        "scripts/report_failure_modes.py",
        "--log",
        "workspace/default/orket.log",
        "--out",
        "benchmarks/results/failure_modes.json",
    ],
    "replay-turn": ["main.py", "--replay-turn", "s1:iss-1:1"],
    "migrations": ["scripts/run_migrations.py"],
    "release-smoke": ["scripts/release_smoke.py", "--skip-docker", "--skip-tests"],
    "security-canary": ["scripts/security_canary.py"],
    "test-suite": ["-m", "pytest", "-q"],
    "volatility-gate": ["scripts/check_volatility_boundaries.py"],
    "cli-smoke": [
        "scripts/run_cli_regression_smoke.py",
        "--out",
        "benchmarks/results/cli_regression_smoke.json",
    ],
}
GIVEN = {
    "replay-turn": {"key": "s1:ISS-1:1"},
    "release-smoke": {"skip-docker": "yes", "skip-tests": "yes"},
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_exact_arguments_of_the_runbook(target: Target, name: str) -> None:
    made = plan(target, find(name), GIVEN.get(name, {}))
    assert made.argv == (sys.executable, *ARGUMENTS[name])
    assert made.cwd == target.path
    assert made.blocked == ""


def test_the_scripts_are_found_where_the_new_version_has_them(
    root: Path, target_of: TargetOf
) -> None:
    for old, new in SCRIPTS.values():
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)
    target = target_of(root, PY)
    for action in CATALOGUE:
        if action.script:
            made = plan(target, action, GIVEN.get(action.name, {}))
            assert made.argv[1] == SCRIPTS[action.script][1]
            assert made.blocked == ""


def test_a_missing_script_is_not_in_this_installation(root: Path, target: Target) -> None:
    (root / "scripts" / "security_canary.py").unlink()
    made = plan(target, find("security-canary"), {})
    assert made.blocked.startswith("not in this installation: no scripts/security_canary.py or")
    assert made.argv == ()


def test_without_an_interpreter_nothing_runs(root: Path, target_of: TargetOf) -> None:
    made = plan(target_of(root, {"target.python": "/nowhere/python"}), find("migrations"), {})
    assert "no interpreter" in made.blocked
    assert "/nowhere/python" in made.blocked
    assert made.argv == ()


def test_a_read_only_console_runs_what_reads_alone(root: Path, target_of: TargetOf) -> None:
    target = target_of(root, {**PY, "ui.read_only": True})
    for action in CATALOGUE:
        assert "read-only" in plan(target, action, {}).blocked
    only_printed = plan(target, find("failure-report"), {"out": ""})
    assert only_printed.effect is Effect.READS
    assert only_printed.changed == "nothing"
    assert only_printed.blocked == ""


def test_a_wanting_parameter_is_a_reason(target: Target) -> None:
    made = plan(target, find("replay-turn"), {})
    assert "needs key" in made.blocked
    assert made.command.endswith("main.py --replay-turn '<key>'")


def test_a_refused_parameter_is_an_error(target: Target) -> None:
    with pytest.raises(ParameterError, match="looks like an option"):
        plan(target, find("test-suite"), {"path": "--rootdir=/"})


def test_tests_that_are_not_there(root: Path, target: Target) -> None:
    assert plan(target, find("test-suite"), {"path": "tests/core"}).blocked == (
        "tests/core is not in this installation"
    )
    (root / "tests").rmdir()
    assert "tests is not in this installation" in plan(target, find("test-suite"), {}).blocked


def test_a_log_that_is_not_there(target: Target) -> None:
    made = plan(target, find("failure-report"), {"log": "workspace/nope.log"})
    assert "workspace/nope.log does not exist" in made.blocked


def test_docker_is_wanted_unless_skipped(root: Path, target_of: TargetOf, bare_path: Path) -> None:
    target = target_of(root, {"target.python": str(bare_path / "python")})
    assert plan(target, find("release-smoke"), {}).blocked == (
        "docker is not in PATH: set skip-docker=yes"
    )
    assert plan(target, find("release-smoke"), {"skip-docker": "yes"}).blocked == ""
    (bare_path / "docker").symlink_to("/bin/true")
    assert plan(target, find("release-smoke"), {}).blocked == ""


def test_release_smoke_wants_a_python_by_that_name(
    root: Path, target_of: TargetOf, bare_path: Path
) -> None:
    (bare_path / "python").rename(bare_path / "python3")
    target = target_of(root, {"target.python": str(bare_path / "python3")})
    made = plan(target, find("release-smoke"), {"skip-docker": "yes"})
    assert made.blocked == "the script calls `python`, and there is none in PATH"


def test_git_is_wanted_by_the_cli_smoke(root: Path, target_of: TargetOf, bare_path: Path) -> None:
    target = target_of(root, {"target.python": str(bare_path / "python")})
    assert plan(target, find("cli-smoke"), {}).blocked.startswith("git is not in PATH")
    (bare_path / "git").symlink_to("/bin/true")
    assert plan(target, find("cli-smoke"), {}).blocked == ""


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with a `python` and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(folder))
    return folder


class TestMigrations:
    def test_pending_ones_are_named(self, target: Target) -> None:
        assert plan(target, find("migrations"), {}).notes == (
            "2 migrations pending: 001_runtime_indexes.sql, 002_webhook_indexes.sql",
        )

    def test_applied_ones_are_not_pending(self, target: Target) -> None:
        for path, name in (
            (target.layout.runtime_db, "001_runtime_indexes.sql"),
            (target.layout.webhook_db, "002_webhook_indexes.sql"),
        ):
            connection = sqlite3.connect(path)
            connection.execute("CREATE TABLE _schema_migrations (id TEXT, applied_at TEXT)")
            connection.execute("INSERT INTO _schema_migrations VALUES (?, '')", (name,))
            connection.commit()
            connection.close()
        assert plan(target, find("migrations"), {}).notes == ("no migration pending",)

    def test_a_missing_table_stops_it(self, target: Target) -> None:
        connection = sqlite3.connect(target.layout.runtime_db)
        connection.execute("DROP TABLE comments")
        connection.close()
        made = plan(target, find("migrations"), {})
        assert made.blocked.startswith("orket_persistence.db has no table comments")
        assert "start Orket once" in made.blocked

    def test_a_missing_database_stops_it(self, target: Target) -> None:
        target.layout.webhook_db.unlink()
        assert "webhook.db: missing" in plan(target, find("migrations"), {}).blocked
        assert not target.layout.webhook_db.exists()

    def test_garbage_stops_it(self, target: Target) -> None:
        target.layout.runtime_db.write_bytes(b"garbage" * 1000)
        assert "not a database" in plan(target, find("migrations"), {}).blocked


class TestEnvironment:
    def test_what_is_added(self, target: Target) -> None:
        made = plan(target, find("security-canary"), {})
        shown = [change.shown for change in made.changes]
        folder = str(Path(sys.executable).parent)
        assert f"PYTHONPATH={target.path}" in shown
        assert f"PATH={folder}:$PATH" in shown
        assert "PYTHONUNBUFFERED=1" in shown
        assert made.environment["PATH"].split(os.pathsep)[0] == folder
        assert made.environment["PATH"].endswith(os.environ["PATH"])
        assert shutil.which("python", path=made.environment["PATH"]) == f"{folder}/python"

    def test_no_secret_of_the_env_file_is_handed_over(self, target: Target) -> None:
        for action in CATALOGUE:
            made = plan(target, action, {})
            assert "ORKET_API_KEY" not in made.environment
            assert "canary-9d41" not in repr(made)

    def test_a_secret_of_the_console_shows_in_no_text_form(
        self, root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ORKET_API_KEY", "canary-from-the-shell")
        made = plan(target_of(root, PY), find("security-canary"), {})
        assert made.environment["ORKET_API_KEY"] == "canary-from-the-shell"
        assert "canary-from-the-shell" not in repr(made)

    def test_the_consoles_own_environment_stays_out(
        self, root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        interpreter = tmp_path / "python"
        interpreter.symlink_to("/usr/bin/env")
        for name in ("VIRTUAL_ENV", "PYTHONHOME", "FORCE_COLOR"):
            monkeypatch.setenv(name, "/the/consoles")
        target = target_of(root, {"target.python": str(interpreter)})
        made = plan(target, find("security-canary"), {})
        assert {"VIRTUAL_ENV", "PYTHONHOME", "FORCE_COLOR"}.isdisjoint(made.environment)
        assert "without VIRTUAL_ENV" in [change.shown for change in made.changes]

    def test_a_moved_durable_root_is_told_to_scripts_that_do_not_read_env(
        self, root: Path, target_of: TargetOf
    ) -> None:
        (root / ".env").write_text("ORKET_DURABLE_ROOT=elsewhere\n")
        made = plan(target_of(root, PY), find("migrations"), {})
        assert made.environment["ORKET_DURABLE_ROOT"] == str(root / "elsewhere")


def test_the_timeout_is_the_operators_where_there_is_one(root: Path, target_of: TargetOf) -> None:
    action = find("replay-turn")
    assert plan(target_of(root, PY), action, {}).timeout == action.timeout
    slow = target_of(root, {**PY, "actions.timeout": 9000.0})
    assert plan(slow, action, {}).timeout == 9000.0


def test_the_effect_follows_the_parameters(target: Target) -> None:
    smoke = find("release-smoke")
    assert plan(target, smoke, {}).effect is Effect.CHANGES_DATABASES
    less = plan(target, smoke, {"skip-tests": "yes"})
    assert less.effect is Effect.WRITES_FILES
    assert "Messy" not in less.changed


HOLDS_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute('BEGIN IMMEDIATE')
print('locked', flush=True)
sys.stdin.read()
"""


def test_a_locked_database_is_told_with_who_holds_it(
    root: Path, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preconditions, "_WRITING", 0.0)
    database = root / ".orket" / "durable" / "db" / "webhook.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_LOCK, str(database)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "locked\n"
        blocked = plan(target, find("migrations"), {}).blocked
        holder.communicate()
    assert f"webhook.db is locked by pid {holder.pid}: " in blocked
    assert plan(target, find("migrations"), {}).blocked == ""


def test_nothing_is_looked_at_twice_or_said_to_be_that_was_not(target: Target) -> None:
    for action in CATALOGUE:
        if not action.steps:
            looked_at = [check.what for check in plan(target, action, {}).checks]
            assert len(looked_at) == len(set(looked_at)), action.name
    halting = plan(target, find("halt-session"), {})
    assert "interpreter" not in {check.what for check in halting.checks}


def test_what_it_wants_is_asked_for_only_where_it_would_then_run(
    target: Target, root: Path, target_of: TargetOf
) -> None:
    assert plan(target, find("replay-turn"), {}).wanting == ("key",)
    looking = target_of(root, {"ui.read_only": True})
    assert plan(looking, find("replay-turn"), {}).wanting == ()
    (root / "main.py").unlink()
    assert plan(target, find("replay-turn"), {}).wanting == ()
