"""Restoring: the copies there are, put back whole, refused while in use, pruned by a rule."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from orket_console.actions import restoring
from orket_console.actions.catalogue import find
from orket_console.actions.copies import backed_up_by, list_backups
from orket_console.actions.listening import UNSEEN, Port
from orket_console.actions.plan import plan
from orket_console.actions.records import Record, load
from orket_console.actions.runner import start
from orket_console.actions.verdicts import Verdict
from orket_console.base.sqlite import DatabaseError, Fault, restore
from orket_console.base.sqlite.restore import difference, put_back
from orket_console.target.target import Target

TargetOf = Callable[..., Target]
Ran = Callable[..., "Record"]
MIGRATE = """
import pathlib, sqlite3
for name in ('orket_persistence.db', 'webhook.db'):
    connection = sqlite3.connect(pathlib.Path('.orket/durable/db') / name)
    connection.execute('CREATE TABLE made_by_migration (id TEXT)')
    connection.commit()
    connection.close()
print('[MIGRATE] Applied 001_runtime_indexes.sql')
"""
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute('SELECT count(*) FROM sqlite_master').fetchall()
print('open', flush=True)
sys.stdin.read()
"""
MADE = "made_by_migration"

pytestmark = pytest.mark.usefixtures("no_action_outlives")


def database(root: Path, name: str = "webhook.db") -> Path:
    return root / ".orket" / "durable" / "db" / name


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


async def ran(target: Target, name: str, **values: str) -> Record:
    run = await start(target, plan(target, find(name), values), lambda piece: None)
    return await run.ended()


@pytest.fixture
def migrating(root: Path) -> None:
    (root / "scripts" / "run_migrations.py").write_text(MIGRATE)


@pytest.mark.usefixtures("migrating")
async def test_it_puts_both_back_and_keeps_what_was_there(target: Target, root: Path) -> None:
    before = await ran(target, "migrations")
    assert MADE in tables(database(root))
    (found,) = list_backups(target)
    assert (found.id, found.title) == (before.id, "Run migrations")
    assert [copy.problem for copy in found.copies] == ["", ""]

    restored = await ran(target, "restore", id=before.id)
    assert restored.verdict is Verdict.PASSED, restored.evidence
    assert "webhook.db (3 tables, integrity ok)" in restored.evidence
    for name in ("orket_persistence.db", "webhook.db"):
        assert MADE not in tables(database(root, name))
    # Restoring is undone the same way.
    again = await ran(target, "restore", id=restored.id, database="webhook")
    assert again.verdict is Verdict.PASSED
    assert MADE in tables(database(root))
    assert MADE not in tables(database(root, "orket_persistence.db"))
    assert [each.id for each in list_backups(target)] == [again.id, restored.id, before.id]


@pytest.mark.usefixtures("migrating")
async def test_a_damaged_database_is_kept_as_it_is_and_restored(target: Target, root: Path) -> None:
    before = await ran(target, "migrations")
    database(root).write_bytes(b"no database at all" * 400)
    database(root).chmod(0o640)
    restored = await ran(target, "restore", id=before.id)
    assert restored.verdict is Verdict.PASSED, restored.evidence
    (note,) = restored.notes
    assert note.startswith("webhook.db is not a database: its files are kept in ")
    kept = Path(note.rpartition(" ")[2]) / "webhook.db"
    assert kept.read_bytes().startswith(b"no database")
    assert MADE not in tables(database(root))
    assert database(root).stat().st_mode & 0o777 == 0o640


@pytest.mark.usefixtures("migrating")
async def test_a_database_that_was_deleted_comes_back(target: Target, root: Path) -> None:
    before = await ran(target, "migrations")
    database(root).unlink()
    restored = await ran(target, "restore", id=before.id)
    assert restored.verdict is Verdict.PASSED, restored.evidence
    assert "pr_review_cycles" in tables(database(root))


@pytest.fixture
def holder(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of the installation that has a database open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database(root))],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


@pytest.mark.usefixtures("migrating")
async def test_it_refuses_while_another_has_the_database_open_and_names_it(
    target: Target, root: Path, request: pytest.FixtureRequest
) -> None:
    before = await ran(target, "migrations")
    holder = request.getfixturevalue("holder")
    blocked = plan(target, find("restore"), {"id": before.id}).blocked
    assert f"webhook.db is open in pid {holder.pid} of " in blocked
    assert f"in {root}: stop that first" in blocked
    only_other = plan(target, find("restore"), {"id": before.id, "database": "runtime"})
    assert only_other.blocked == ""


def damage(copy: str) -> None:
    Path(copy).write_bytes(Path(copy).read_bytes()[:5000])


@pytest.mark.usefixtures("migrating")
async def test_a_damaged_copy_is_named_and_never_put_back(target: Target) -> None:
    before = await ran(target, "migrations")
    damage(before.backups[1])
    (found,) = list_backups(target)
    assert [bool(each.problem) for each in found.copies] == [False, True]
    assert "is damaged" in plan(target, find("restore"), {"id": before.id}).blocked


@pytest.mark.parametrize("record_id", ["20260101T000000.000000-migrations-abcd", "x"])
def test_a_run_without_copies_is_refused(target: Target, record_id: str) -> None:
    made = plan(target, find("restore"), {"id": record_id})
    assert made.blocked == f"{record_id} has no copy"


@pytest.mark.usefixtures("migrating")
async def test_a_server_of_another_account_is_told_of(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await ran(target, "migrations")
    unseen = f"a process of orket {UNSEEN}"
    monkeypatch.setattr(
        restoring, "look", lambda _root, _server, number: Port(number, strangers=(unseen, "pid 7"))
    )
    told = plan(target, find("restore"), {"id": before.id}).notes[-1]
    assert told.startswith(f"whether {unseen}, on port 8082, has a database open can't be told; ")
    assert "port 8080" in told
    assert "pid 7" not in told


def test_it_wants_an_id_and_never_takes_nothing_for_both(target: Target) -> None:
    made = plan(target, find("restore"), {})
    assert made.wanting == ("id",)
    assert plan(target, find("restore"), {"database": ""}).wanting == ("id", "database")


def make(path: Path, statement: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statement)
    return path


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_the_copy_goes_over_the_database_and_never_the_other_way(tmp_path: Path, mode: str) -> None:
    copy = make(tmp_path / "copy.db", "CREATE TABLE old (id TEXT); INSERT INTO old VALUES ('1')")
    live = make(
        tmp_path / "live.db",
        f"PRAGMA journal_mode={mode}; CREATE TABLE new (id TEXT); CREATE TABLE old (x)",
    )
    before = copy.read_bytes()
    put_back(copy, live)
    assert difference(copy, live) == ""
    assert tables(live) == {"old"}
    assert copy.read_bytes() == before


def test_a_database_that_another_keeps_locked_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore, "WAIT", 0.05)
    copy = make(tmp_path / "copy.db", "CREATE TABLE old (id TEXT)")
    live = make(tmp_path / "live.db", "CREATE TABLE new (id TEXT)")
    with closing(sqlite3.connect(live, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseError, match="locked by a writer") as caught:
            put_back(copy, live)
    assert caught.value.fault is Fault.LOCKED
    assert tables(live) == {"new"}


def test_a_copy_that_is_damaged_empties_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"nothing of the kind" * 300)
    live = make(tmp_path / "live.db", "CREATE TABLE new (id TEXT)")
    with pytest.raises(DatabaseError, match="not a database"):
        put_back(copy, live)
    assert tables(live) == {"new"}


def test_another_schema_is_told(tmp_path: Path) -> None:
    copy = make(tmp_path / "copy.db", "CREATE TABLE old (id TEXT)")
    live = make(tmp_path / "live.db", "CREATE TABLE old (id TEXT, more TEXT)")
    assert difference(copy, live) == "its schema is not that of the copy"


def runs_with_copies(target: Target, *names: str) -> list[str]:
    """Records with copies of 1000 bytes each, oldest first."""
    ids = []
    for number, name in enumerate(names):
        record_id = f"20260101T00000{number}.000000-{name}-abcd"
        folder = target.state.actions / record_id
        (folder / "backup").mkdir(parents=True)
        copy = folder / "backup" / "webhook.db"
        copy.write_bytes(b"x" * 1_000_000)
        document = {
            "id": record_id,
            "action": name,
            "title": name,
            "effect": "changes databases",
            "writes": True,
            "parameters": {},
            "argv": [],
            "cwd": "/",
            "environment": [],
            "origin": {"user": "a", "host": "b", "ssh": "", "console": 1, "born": 1.0},
            "installation": {},
            "started": f"2026-01-01T00:00:0{number}Z",
            "ended": f"2026-01-01T00:00:0{number}Z",
            "verdict": "passed",
            "backups": [str(copy)],
        }
        (folder / "result.json").write_bytes(msgspec.json.encode(document))
        ids.append(record_id)
    return ids


@pytest.mark.usefixtures("migrating")
@pytest.mark.parametrize("rule", [{"backups.keep": 3}, {"backups.megabytes": 2.5}])
async def test_old_copies_go_by_the_rule_and_both_records_say_so(
    root: Path, target_of: TargetOf, rule: dict[str, float]
) -> None:
    target = target_of(root, {"target.python": sys.executable, **rule})
    suite, first, second, third = runs_with_copies(
        target, "test-suite", "migrations", "migrations", "migrations"
    )
    record = await ran(target, "migrations")
    kept = [each.id for each in backed_up_by(target)]
    # That of the test suite is the newest of its action: it stays, though it is the oldest.
    assert kept == [record.id, third, second, suite]
    (note,) = record.notes
    assert note.startswith("removed old copies, 1.0 MB, by backups.keep = ")
    assert note.endswith(first)
    gone = load(target, first)
    assert gone.backups == []
    assert "its copies of the databases were removed later" in gone.notes[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root removes anything")
@pytest.mark.usefixtures("migrating")
async def test_copies_that_cant_be_removed_are_named(root: Path, target_of: TargetOf) -> None:
    target = target_of(root, {"target.python": sys.executable, "backups.keep": 1})
    first, _ = runs_with_copies(target, "migrations", "migrations")
    folder = target.state.actions / first / "backup"
    folder.chmod(0o500)
    record = await ran(target, "migrations")
    folder.chmod(0o700)
    assert f"old copies of {first} can't be removed" in record.notes[0]
