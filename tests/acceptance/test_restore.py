"""Both databases of a real installation, changed by a command of one's own, and put back."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.actions.catalogue import find, find_in
from orket_console.actions.definition import Action
from orket_console.actions.plan import plan
from orket_console.actions.records import Record
from orket_console.actions.runner import start
from orket_console.actions.verdicts import Verdict
from orket_console.target.target import Target, open_target

SPOIL = """
import sqlite3, sys
for path in sys.argv[1:]:
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        if not name.startswith('sqlite_'):
            connection.execute(f'DELETE FROM "{name}"')
    connection.execute('CREATE TABLE spoilt (id TEXT)')
    connection.commit()
"""


@pytest.fixture
def target(installation: Path, own_environment: Path) -> Target:
    file = own_environment / "config" / "orket-console" / "config.toml"
    file.parent.mkdir(parents=True)
    script = own_environment / "spoil.py"
    script.write_text(SPOIL)
    flags = {"target.python": sys.executable}
    opened = open_target(
        option=str(installation), environment=dict(os.environ), here=installation, flags=flags
    )
    databases = (opened.runtime_db.path, opened.webhook_db.path)
    argv = ", ".join(f'"{one}"' for one in ("{python}", script, *databases))
    file.write_text(f'[[actions]]\nname = "spoil"\nargv = [{argv}]\neffect = "changes databases"\n')
    return open_target(
        option=str(installation), environment=dict(os.environ), here=installation, flags=flags
    )


def dumped(target: Target) -> list[str]:
    lines: list[str] = []
    for database in (target.runtime_db, target.webhook_db):
        with closing(sqlite3.connect(database.path)) as connection:
            lines += connection.iterdump()
    return lines


async def ran(target: Target, action: Action, **values: str) -> Record:
    run = await start(target, plan(target, action, values), lambda piece: None)
    return await run.ended()


@pytest.mark.usefixtures("no_action_outlives")
async def test_every_row_and_table_comes_back(target: Target) -> None:
    before = dumped(target)
    spoilt = await ran(target, find_in(target, "spoil"))
    assert spoilt.verdict is Verdict.PASSED, spoilt.evidence
    assert len(spoilt.backups) == 2
    assert dumped(target) != before
    restored = await ran(target, find("restore"), id=spoilt.id)
    assert restored.verdict is Verdict.PASSED, restored.evidence
    assert dumped(target) == before
