"""What an action needs before it can do its work, each looked at live, with the reason."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError, file_at, read_json, something_at
from orket_console.base.sqlite import Caps, Database, DatabaseError, read
from orket_console.base.text import one_line
from orket_console.target.holders import writers
from orket_console.target.target import Target

RUNTIME_TABLES: Final = ("issues", "comments", "card_transactions")
WEBHOOK_TABLES: Final = ("pr_review_cycles", "review_failures", "webhook_events")
"""The tables that the migrations index: without one of them a migration fails half way."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a precondition looks at: the target, the checked parameters, the child's PATH.

    `cwd` and `program` are the folder that it would run in and the first of its arguments, empty
    where it has none.
    """

    target: Target
    values: Mapping[str, str]
    search_path: str
    cwd: Path
    program: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, `what`. When `met` is false the action can't be run; `text` says why.

    Of what is met, `text` is what should be known besides; empty where there is nothing.
    """

    what: str
    met: bool
    text: str = ""


Precondition = Callable[[Circumstances], Finding]
_WRITING: Final = 0.5
"""Seconds that a server's own writing takes at most."""
_LOOK: Final = 0.02
_CAPS: Final = Caps(rows=1000, seconds=1.0)


def interpreter_exists(target: Target) -> Finding:
    found = target.interpreter
    if found.path is None:
        return Finding("interpreter", met=False, text=f"no interpreter: {one_line(found.origin)}")
    return Finding("interpreter", met=True)


def log_exists(seen: Circumstances) -> Finding:
    log = seen.values["log"]
    if file_at(seen.target.path / log):
        return Finding("log", met=True)
    return Finding("log", met=False, text=f"{log} does not exist, and the report would be empty")


def docker_or_skipped(seen: Circumstances) -> Finding:
    if seen.values["skip-docker"] == "yes":
        return Finding("docker", met=True, text="without the Docker build")
    if has_docker(seen.search_path):
        return Finding("docker", met=True)
    return Finding("docker", met=False, text="docker is not in PATH: set skip-docker=yes")


def has_docker(search_path: str) -> bool:
    return shutil.which("docker", path=search_path) is not None


def bare_python(seen: Circumstances) -> Finding:
    """Release smoke calls `python`, whatever it was itself started with."""
    if shutil.which("python", path=seen.search_path):
        return Finding("python in PATH", met=True)
    return Finding(
        "python in PATH", met=False, text="the script calls `python`, and there is none in PATH"
    )


def git_exists(seen: Circumstances) -> Finding:
    if shutil.which("git", path=seen.search_path):
        return Finding("git", met=True)
    return Finding("git", met=False, text="git is not in PATH, and the script needs it")


def tests_exist(seen: Circumstances) -> Finding:
    path = seen.values["path"] or "tests"
    if something_at(seen.target.path / path):
        return Finding("tests", met=True)
    return Finding("tests", met=False, text=f"{path} is not in this installation")


def setup_complete(seen: Circumstances) -> Finding:
    """Newer versions refuse every command line until the first-run set-up was done."""
    target = seen.target
    if target.identity.generation != "new":
        return Finding("first-run set-up", met=True)
    settings = target.layout.durable / "config" / "user_settings.json"
    try:
        document = read_json(settings)
    except UnreadableError as error:
        return _not_set_up(target, settings, str(error.reason))
    if isinstance(document, dict) and document.get("setup_complete"):
        return Finding("first-run set-up", met=True)
    return _not_set_up(target, settings, "no setup_complete")


def _not_set_up(target: Target, settings: Path, what: str) -> Finding:
    return Finding(
        "first-run set-up",
        met=True,
        text=f"will probably fail: first-run set-up not done ({target.layout.shown(settings)}: "
        f"{what})",
    )


def databases_unlocked(seen: Circumstances) -> Finding:
    """No other process keeps the writer's lock of a database; one that writes now lets go."""
    target = seen.target
    end = time.monotonic() + _WRITING
    while True:
        paths = (target.runtime_db.path, target.webhook_db.path)
        held = {path.name: writers(path, target.path) for path in paths}
        named = [f"{name} is locked by {who}" for name, many in held.items() for who in many]
        if not named:
            return Finding("databases unlocked", met=True)
        if time.monotonic() >= end:
            return Finding("databases unlocked", met=False, text="; ".join(named))
        time.sleep(_LOOK)


def tables_exist(seen: Circumstances) -> Finding:
    """Both databases hold the tables that migrations index, and what is still to be applied."""
    target = seen.target
    pending: list[str] = []
    for database, label, wanted in (
        (target.runtime_db, "runtime", RUNTIME_TABLES),
        (target.webhook_db, "webhook", WEBHOOK_TABLES),
    ):
        files = _migration_files(target.layout.migrations, label)
        if not files:
            continue
        try:
            tables = _names(database, "SELECT name FROM sqlite_master WHERE type = 'table'")
            if missing := [table for table in wanted if table not in tables]:
                return Finding("databases", met=False, text=_lacks(database, missing))
            pending += _pending(database, tables, files)
        except DatabaseError as error:
            return Finding("databases", met=False, text=str(error))
    if pending:
        return Finding(
            "databases", met=True, text=f"{_counted(pending)} pending: {', '.join(pending)}"
        )
    return Finding("databases", met=True, text="no migration pending")


def _lacks(database: Database, missing: list[str]) -> str:
    return (
        f"{database.path.name} has no table {', '.join(missing)}: the migration would fail "
        "half way; start Orket once, which makes them"
    )


def _migration_files(folder: Path, label: str) -> list[str]:
    """As Orket chooses them: every `.sql` whose name holds the database's label."""
    return sorted(path.name for path in folder.glob("*.sql") if f"_{label}_" in path.name)


def _pending(database: Database, tables: Iterable[str], files: list[str]) -> list[str]:
    if "_schema_migrations" not in tables:
        return files
    applied = _names(database, "SELECT id FROM _schema_migrations")
    return [file for file in files if file not in applied]


def _names(database: Database, sql: str) -> set[str]:
    return {str(row[0]) for row in read(database, sql, caps=_CAPS).rows}


def _counted(names: list[str]) -> str:
    return f"{len(names)} migration{'s' if len(names) > 1 else ''}"
