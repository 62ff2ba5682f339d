"""A pass from its beginning to what came back after it, killed before every statement.

`python -m tests.incidents.recovery.killed ROOT` says how many statements of the ledger there
were, then a line for each kill that left it as no change had left it, or that lost a change
which was told to be done.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.incidents.recovery.test_guide import ANN, BEN, DOWN, RED, START, Story

from orket_console.incidents.ledger import store as ledger
from orket_console.incidents.ledger.incidents import close_incident
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.recovery import guide
from orket_console.incidents.recovery.plan import GATES
from orket_console.incidents.recovery.returning import note_look
from orket_console.target.target import open_target

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
_COMPANIONS = ("", "-wal", "-shm")


class Connection(sqlite3.Connection):
    """Counts the statements of changes; at `fatal` this process is gone.

    `left` is what each commit left.
    """

    done = 0
    fatal = 0
    commits = 0
    left: list[str] | None = None
    path = Path()

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        # What only reads is as good as what was written before it.
        if self.in_transaction or arguments[0] == "BEGIN IMMEDIATE":
            self._one()
        cursor = super().execute(*arguments)
        if arguments[0] == "COMMIT":
            Connection.commits += 1
            if self.left is not None:
                self.left.append(dump(self.path))
        return cursor

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        self._one()
        return super().executemany(*arguments)

    @staticmethod
    def _one() -> None:
        Connection.done += 1
        if Connection.done == Connection.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class Module:
    """sqlite3 as the ledger sees it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlite3, name)

    def connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        return sqlite3.connect(*arguments, **options, factory=Connection)


def dump(path: Path) -> str:
    """All that the ledger holds."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute(_TABLES)]
        return repr({name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in names})


def changes(story: Story, one: Incident) -> Iterator[None]:
    """The story, with a stop after each of its parts."""
    red = story.look(DOWN, readings=RED)
    yield
    guide.begin(story.store, one, red, story.clock, ANN)
    yield
    story.now = START + timedelta(minutes=20)
    stands = story.advance(one, story.look(DOWN, readings=RED))
    yield
    waits = next(step for step in stands.steps if step.key == "probe:api")
    guide.close_by_hand(story.store, one, waits, story.now, BEN, "seen from another host")
    yield
    stands = story.advance(one, story.look())
    yield
    guide.judge(story.store, story.target, stands, story.now, BEN)
    yield
    close_incident(story.store, one.id, story.now, BEN, "well")
    yield
    story.wait()
    note_look(story.store, story.look(DOWN, readings=RED), story.now, ANN)
    yield


def told(story: Story, one: Incident, pipe: int) -> None:
    """The story; a byte for each commit that was told to be done."""
    for _ in changes(story, one):
        os.write(pipe, bytes([Connection.commits]))


def killed(story: Story, one: Incident, at: int) -> int:
    """Killed before its statement number `at`; the commits that were told to be done."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        Connection.fatal = at
        told(story, one, writing)
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as said:
        return (said.read() or b"\0")[-1]


def main(root: Path) -> None:
    story = Story(open_target(option=str(root), environment=dict(os.environ), here=root, flags={}))
    one = story.open(DOWN)
    story.now = START + timedelta(minutes=10)
    for gate in GATES:
        story.ran(gate)
    story.now = START
    path, kept = story.store.path, root / "ledger"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, kept)
    ledger.sqlite3 = Module()  # type: ignore[attr-defined, assignment]  # counts what goes through
    Connection.path, Connection.left = path, [dump(path)]
    for _ in changes(story, one):
        pass
    left, count = Connection.left, Connection.done
    print(count, len(left))
    for at in range(1, count + 1):
        for companion in _COMPANIONS:
            path.with_name(path.name + companion).unlink(missing_ok=True)
        shutil.copy(kept, path)
        Connection.done, Connection.commits, Connection.left, story.now = 0, 0, None, START
        acknowledged = killed(story, one, at)
        there = dump(path)
        if there not in left[acknowledged:]:
            print(f"killed before statement {at}, {acknowledged} commits were told: {there}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
