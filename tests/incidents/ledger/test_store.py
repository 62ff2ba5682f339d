"""The ledger's file: made, damaged, locked, newer, read-only, and killed in the middle."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.incidents.ledger.conftest import ANN, START

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.base.secret import Redactor
from orket_console.incidents.ledger import store as store_module
from orket_console.incidents.ledger.incidents import Opening, incidents, open_incident
from orket_console.incidents.ledger.migrations import MIGRATIONS
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.passes import passes
from orket_console.incidents.ledger.rows import encoded_who, written
from orket_console.incidents.ledger.store import Store, open_store

CLOCK = FixedClock(START)
NOTHING = Redactor(())


def opening(title: str) -> Opening:
    return Opening(title, START, ANN, {})


def again(path: Path) -> Store:
    return open_store(path, NOTHING, CLOCK)


def test_it_is_this_users_alone(store: Store) -> None:
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert store.path.parent.stat().st_mode & 0o777 == 0o700
    assert (store.read_only, store.notice) == ("", "")


def test_what_one_console_wrote_the_next_reads(store: Store) -> None:
    made = open_incident(store, opening("the API is down"))
    assert incidents(again(store.path)) == [made]


@pytest.mark.parametrize("damage", ["garbage", "cut", "page"])
def test_a_damaged_one_is_moved_aside_and_said(store: Store, damage: str) -> None:
    for number in range(8):
        open_incident(store, opening(f"{number} " + "x" * 8000))
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(truncate)")
    content = store.path.read_bytes()
    damaged = {
        "garbage": b"no database at all" * 300,
        "cut": content[: len(content) // 2],
        "page": content[:8192] + b"\xff" * 4096 + content[12288:],
    }[damage]
    store.path.write_bytes(damaged)
    opened = again(store.path)
    assert "the ledger was damaged: it lies at" in opened.notice
    (aside,) = [one for one in store.path.parent.iterdir() if "damaged" in one.name]
    assert aside.read_bytes() == damaged
    assert incidents(opened) == []
    open_incident(opened, opening("goes on"))
    store.path.write_bytes(b"again" * 100)
    again(store.path)
    assert len([one for one in store.path.parent.glob("*damaged*") if one.suffix != "-wal"]) >= 2


def test_a_newer_consoles_is_only_read(store: Store) -> None:
    made = open_incident(store, opening("kept"))
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    opened = again(store.path)
    assert "newer console's (schema 99" in opened.read_only
    assert incidents(opened) == [made]
    with pytest.raises(ConsoleError, match="read-only: it is a newer"):
        open_incident(opened, opening("not this one"))


def test_an_older_consoles_is_brought_up_to_date(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
        who = encoded_who(ANN)
        kept = (1, "kept", "", "", "", written(START), who, who, "{}")
        connection.execute(
            "INSERT INTO incidents (id, title, failure, rule, signature, opened, opened_by, owner,"
            " captured) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            kept,
        )
        judged = (1, 1, written(START), who, written(START), 1)
        connection.execute(
            "INSERT INTO passes (incident, number, begun, begun_by, ended, clean)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            judged,
        )
    only_read = Store(path, NOTHING, "the console is read-only")
    with pytest.raises(ConsoleError, match="an older console made it") as refusal:
        passes(only_read, 1)
    assert "in a console that may write" in str(refusal.value.remedy)
    opened = again(path)
    assert [one.title for one in incidents(opened)] == ["kept"]
    (one,) = passes(opened, 1)
    assert (one.clean, one.ended_mark) == (True, None)
    open_incident(opened, opening("goes on"))


def test_one_that_is_locked_says_so(store: Store) -> None:
    store = replace(store, wait=0.05)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConsoleError, match="locked") as refusal:
            open_incident(store, opening("waits"))
        assert "another console writes" in str(refusal.value.remedy)
        assert incidents(store) == []
        other.execute("ROLLBACK")
    assert open_incident(store, opening("now")).id == 1


def test_a_full_disk_records_nothing_and_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_incident(store, opening("before"))
    connect = store_module._connect

    def small(path: Path, mode: str, wait: float) -> sqlite3.Connection:
        connection = connect(path, mode, wait)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(store_module, "_connect", small)
    with pytest.raises(ConsoleError, match="disk is full"):
        open_incident(store, Opening("large", START, ANN, {"much": "x" * 300_000}))
    monkeypatch.undo()
    assert [one.title for one in incidents(store)] == ["before"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_one_that_may_not_be_written_is_read(store: Store) -> None:
    open_incident(store, opening("kept"))
    store.path.chmod(0o400)
    store.path.parent.chmod(0o500)
    try:
        opened = again(store.path)
        assert opened.read_only
        assert [one.title for one in incidents(opened)] == ["kept"]
    finally:
        store.path.parent.chmod(0o700)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConsoleError, match="can't be made") as refusal:
        again(tmp_path / "file" / "ledger.db")
    assert "state.dir" in str(refusal.value.remedy)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from orket_console.base.clock import SystemClock
from orket_console.base.secret import Redactor
from orket_console.incidents.ledger.incidents import Opening, open_incident
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.store import open_store
store = open_store(Path(sys.argv[1]), Redactor(()), SystemClock())
for number in range(100_000):
    opening = Opening(f"{sys.argv[2]} {number}", datetime.now(UTC), Who("ann"), {"pad": "x" * 900})
    print(open_incident(store, opening).id, flush=True)
"""


def test_what_was_told_to_be_kept_is_kept_when_writers_are_killed(path: Path) -> None:
    again(path)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name], stdout=subprocess.PIPE)
        for name in ("first", "second")
    ]
    told: list[int] = []
    for writer in writers:
        assert writer.stdout is not None
        told += [int(writer.stdout.readline()) for _ in range(5)]
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        out, _ = writer.communicate()
        # The last line may be half.
        told += [int(line) for line in out.split(b"\n")[:-1]]
    opened = again(path)
    assert opened.notice == ""
    kept = {one.id: one for one in incidents(opened)}
    assert set(told) <= set(kept)
    assert all(one.opened_by == Who("ann") for one in kept.values())
    with closing(sqlite3.connect(path)) as connection:
        # Nothing half: each has the turn that its own change wrote with it.
        rows = connection.execute("SELECT incident FROM turns").fetchall()
        assert sorted(row[0] for row in rows) == sorted(kept)
