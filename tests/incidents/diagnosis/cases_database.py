"""Databases that can not be used or are of another shape, and a host in trouble."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

from tests.incidents.diagnosis.case import has, only_like
from tests.incidents.diagnosis.cases_run import failed_turn
from tests.incidents.diagnosis.site import KEY, NOW, Site

from orket_console.base.state import State


@has("db-missing", "the runtime database was in use, and is gone")
def _(site: Site) -> None:
    site.runtime.unlink()


@only_like("db-missing", "no webhook was ever used here")
def _(site: Site) -> None:
    site.env = {"ORKET_API_KEY": KEY}
    site.stop("webhook")
    site.webhook.unlink()
    (site.root / "orket.log").write_text("")


@has("db-unreadable", "its mode lets nobody read it")
def _(site: Site) -> None:
    site.runtime.chmod(0)


@only_like("db-unreadable", "its mode lets its owner read it")
def _(site: Site) -> None:
    site.runtime.chmod(0o400)


def _hold(site: Site, *statements: str) -> None:
    connection = site.later.enter_context(
        closing(sqlite3.connect(site.runtime, isolation_level=None))
    )
    for statement in statements:
        connection.execute(statement)


def _hold_in_another_process(site: Site) -> None:
    """The kernel tells a process nothing of locks of its own."""
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode=WAL'); c.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(site.runtime)], stdin=pipe, stdout=pipe
    )
    site.later.callback(process.communicate)
    assert process.stdout is not None
    process.stdout.readline()


@has("db-locked", "a writer holds it")
def _(site: Site) -> None:
    _hold(site, "BEGIN EXCLUSIVE")


@has("db-locked", "a writer holds it, and its readers go on")
def _(site: Site) -> None:
    _hold_in_another_process(site)


@only_like("db-locked", "a reader holds it")
def _(site: Site) -> None:
    _hold(site, "BEGIN", "SELECT count(*) FROM sessions")


@has("db-corrupt", "its pages are torn")
def _(site: Site) -> None:
    content = site.runtime.read_bytes()
    site.runtime.write_bytes(content[:100] + b"\xa5" * (len(content) - 100))


@has("db-corrupt", "something else was written over it")
def _(site: Site) -> None:
    site.webhook.write_bytes(b"no database at all, " * 100)


@only_like("db-corrupt", "an empty journal lies beside it")
def _(site: Site) -> None:
    site.runtime.with_name("orket_persistence.db-journal").write_bytes(b"")


@has("db-empty", "0 bytes")
def _(site: Site) -> None:
    site.runtime.write_bytes(b"")


@has("db-empty", "the stub that the migrations leave")
def _(site: Site) -> None:
    site.runtime.unlink()
    site.execute(site.runtime, "CREATE TABLE _schema_migrations (id TEXT, applied_at TEXT)")


@only_like("db-empty", "all tables, and no run yet")
def _(site: Site) -> None:
    site.execute(site.runtime, "DELETE FROM run_ledger; DELETE FROM sessions; DELETE FROM issues")


@has("migration-pending", "a file without its row")
def _(site: Site) -> None:
    (site.root / "scripts/migrations/003_runtime_flows.sql").write_text("SELECT 1;")


@only_like("migration-pending", "a row without its file")
def _(site: Site) -> None:
    row = "INSERT INTO _schema_migrations VALUES ('004_runtime_cost.sql', 'now')"
    site.execute(site.runtime, row)


@has("migration-unknown", "a row without its file")
def _(site: Site) -> None:
    row = "INSERT INTO _schema_migrations VALUES ('004_runtime_cost.sql', 'now')"
    site.execute(site.runtime, row)


@only_like("migration-unknown", "a file without its row")
def _(site: Site) -> None:
    (site.root / "scripts/migrations/003_webhook_more.sql").write_text("SELECT 1;")


@only_like("migration-unknown", "there are no migrations to compare with")
def _(site: Site) -> None:
    for path in (site.root / "scripts/migrations").iterdir():
        path.unlink()
    (site.root / "scripts/migrations").rmdir()


@has("column-drift", "a column is gone")
def _(site: Site) -> None:
    site.execute(site.runtime, "ALTER TABLE run_ledger DROP COLUMN failure_class")


@has("column-drift", "a table is gone")
def _(site: Site) -> None:
    site.execute(site.webhook, "DROP TABLE review_failures")


@only_like("column-drift", "a column more than is known")
def _(site: Site) -> None:
    site.execute(site.runtime, "ALTER TABLE run_ledger ADD COLUMN flavour TEXT")


@has("schema-missed", "a turn needs a table that is not there")
def _(site: Site) -> None:
    failed_turn(site, "OperationalError", "no such table: run_flows")


@has("schema-missed", "a run failed for it, and the log is gone")
def _(site: Site) -> None:
    failed_turn(site, "OperationalError", "no such column: flow_id")
    (site.workspace / "orket.log").write_text("")


@only_like("schema-missed", "a tool can't find a file")
def _(site: Site) -> None:
    failed_turn(site, "FileNotFoundError", "no such file: run_flows", answer="{}")


@has("log-not-written", "runs are recorded that the log does not tell of")
def _(site: Site) -> None:
    log = site.workspace / "orket.log"
    before = log.read_bytes()
    site.at += timedelta(hours=1)
    site.run("b0000001", "Epic unheard")
    site.turn("b0000001", "ISS-1")
    log.write_bytes(before)


@has("log-not-written", "the log is gone")
def _(site: Site) -> None:
    (site.workspace / "orket.log").unlink()


@only_like("log-not-written", "nothing ran since")
def _(site: Site) -> None:
    site.at += timedelta(hours=3)


@only_like("log-not-written", "the log was cleared")
def _(site: Site) -> None:
    (site.workspace / "orket.log").write_text("")


@has("disk-full", "a turn could not be written")
def _(site: Site) -> None:
    failed_turn(site, "OSError", "[Errno 28] No space left on device", answer="{}")


@only_like("disk-full", "a folder is not there")
def _(site: Site) -> None:
    failed_turn(site, "OSError", "[Errno 2] No such file or directory", answer="{}")


@has("disk-low", "little room is left")
def _(site: Site) -> None:
    site.say_of("disk", State.DEGRADED, "low")


@only_like("disk-low", "no room is left")
def _(site: Site) -> None:
    site.say_of("disk", State.FAILING, "full")


@has("log-damaged", "a line that is no record")
def _(site: Site) -> None:
    with (site.workspace / "orket.log").open("a") as log:
        log.write("Traceback (most recent call last):\n")


@only_like("log-damaged", "its last line is half written")
def _(site: Site) -> None:
    with (site.workspace / "orket.log").open("a") as log:
        log.write('{"timestamp": "2026-11-23T05:')


@has("clock-off", "records of tomorrow")
def _(site: Site) -> None:
    site.at = NOW + timedelta(days=1)
    site.say("session_start")


@has("clock-off", "records of tomorrow, in the server log")
def _(site: Site) -> None:
    site.at = NOW + timedelta(days=1)
    site.say("api_server", where="server", message="up")


@only_like("clock-off", "records of a moment ago")
def _(site: Site) -> None:
    site.at = NOW - timedelta(seconds=3)
    site.say("session_start")


@has("crash-log", "written within the day")
def _(site: Site) -> None:
    path = site.workspace / "orket_crash.log"
    path.write_text("Traceback")
    os.utime(path, (NOW.timestamp() - 60, NOW.timestamp() - 60))


@only_like("crash-log", "of last week")
def _(site: Site) -> None:
    path = site.workspace / "orket_crash.log"
    path.write_text("Traceback")
    os.utime(path, (NOW.timestamp() - 7 * 86_400,) * 2)
