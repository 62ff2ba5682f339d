"""A pass from its beginning to what came back after it, gone before any of its statements.

What kill -9 leaves of a process is what its files hold at that moment: so they are copied before
every statement, and each copy is opened as the next console would.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.incidents.findings import ANN, BEN, DOWN, RED, START
from tests.incidents.recovery.test_guide import Story

from orket_console.base.secret import Redactor
from orket_console.incidents.ledger import store as ledger
from orket_console.incidents.ledger.incidents import close_incident
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.recovery import guide
from orket_console.incidents.recovery.plan import GATES
from orket_console.incidents.recovery.returning import note_look
from orket_console.target.target import Target

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
HALF = (
    "SELECT id FROM passes WHERE id NOT IN (SELECT pass FROM steps)",
    (
        "SELECT 1 WHERE (SELECT count(*) FROM passes)"
        " <> (SELECT count(*) FROM turns WHERE what = 'pass begun')"
    ),
    (
        "SELECT 1 WHERE (SELECT count(ended) FROM passes)"
        " <> (SELECT count(*) FROM turns WHERE what = 'pass ended')"
    ),
    (
        "SELECT 1 WHERE (SELECT count(closed) + sum(reopened) FROM incidents)"
        " <> (SELECT count(*) FROM turns WHERE what = 'closed')"
    ),
    "SELECT id FROM passes WHERE (ended IS NULL) <> (ended_mark IS NULL)",
    "SELECT id FROM steps WHERE (state = 'open') <> (by IS NULL)",
    "SELECT signature FROM signatures WHERE signature NOT IN (SELECT signature FROM sightings)",
)
"""What would be there of a change that is half done."""
COMPANIONS = ("", "-wal", "-shm")


class Kept:
    """What lay there before each statement, with how many commits were told to be done by then,
    and what each commit left."""

    def __init__(self, path: Path, copies: Path) -> None:
        self.path, self._copies = path, copies
        self.left = [self.dump(path)]
        self.before: list[tuple[Path, int]] = []

    def copy(self) -> None:
        folder = self._copies / str(len(self.before))
        folder.mkdir(parents=True)
        for companion in COMPANIONS:
            source = self.path.with_name(self.path.name + companion)
            if source.exists():
                shutil.copy(source, folder)
        self.before.append((folder / self.path.name, len(self.left) - 1))

    def dump(self, path: Path) -> str:
        """All that a ledger holds."""
        with closing(sqlite3.connect(path)) as connection:
            names = [name for (name,) in connection.execute(TABLES)]
            rows = {name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in names}
            return repr(rows)


def through(kept: Kept) -> Any:
    """sqlite3 as the ledger sees it, which keeps what there is before each statement of a
    change: what only reads is as good as what was written before it."""

    class Connection(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            if self.in_transaction or arguments[0] == "BEGIN IMMEDIATE":
                kept.copy()
            cursor = super().execute(*arguments)
            if arguments[0] == "COMMIT":
                kept.left.append(kept.dump(kept.path))
            return cursor

        def executemany(self, *arguments: Any) -> sqlite3.Cursor:
            kept.copy()
            return super().executemany(*arguments)

    class Module:
        def __getattr__(self, name: str) -> Any:
            return getattr(sqlite3, name)

        def connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
            return sqlite3.connect(*arguments, **options, factory=Connection)

    return Module()


def tell(story: Story, one: Incident) -> None:
    """From red to clean and closed, and back."""
    red = story.look(DOWN, readings=RED)
    guide.begin(story.store, story.target, one, red, story.clock, ANN)
    story.now = START + timedelta(minutes=20)
    stands = story.advance(one, story.look(DOWN, readings=RED))
    waits = next(step for step in stands.steps if step.key == "probe:api")
    guide.close_by_hand(story.store, one, waits, story.now, BEN, "seen from another host")
    stands = story.advance(one, story.look())
    guide.judge(story.store, story.target, stands, story.now, BEN)
    close_incident(story.store, one.id, story.now, BEN, "well")
    story.wait()
    note_look(story.store, story.look(DOWN, readings=RED), story.now, ANN)


def test_a_kill_between_any_two_statements_leaves_whole_changes(
    bare_root: Path,
    tmp_path: Path,
    target_of: Callable[..., Target],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story(target_of(bare_root))
    one = story.open(DOWN)
    story.now = START + timedelta(minutes=10)
    for gate in GATES:
        story.ran(gate)
    story.now = START
    kept = Kept(story.store.path, tmp_path / "copies")
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "sqlite3", through(kept))
        tell(story, one)
    assert len(kept.before) > 80
    assert len(set(kept.left)) > 12
    for path, commits in kept.before:
        opened = ledger.open_store(path, Redactor(()), story.clock)
        assert (opened.notice, opened.read_only) == ("", "")
        assert kept.dump(path) == kept.left[commits], path
        with opened.reading() as connection:
            for half in HALF:
                assert connection.execute(half).fetchall() == [], path
