"""`actions restore`: the copies listed, put back with the name, and the exit status."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("no_action_outlives")


@pytest.fixture
def actions(console: Console, bare_root: Path) -> Console:
    def run(*words: str, flags: tuple[str, ...] = ()) -> Any:
        return console(*flags, "--python", sys.executable, "actions", *words, here=bare_root)

    return run


def test_from_a_change_of_the_database_to_its_undoing(actions: Console, bare_root: Path) -> None:
    nothing = actions("restore")
    assert (nothing.status, nothing.out.startswith("no copies: ")) == (0, True)

    database = bare_root / ".orket" / "durable" / "db" / "webhook.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE kept (id TEXT)")
    (bare_root / "tests").mkdir()
    (bare_root / "pytest.py").write_text(
        f"import sqlite3\nsqlite3.connect({str(database)!r}).execute('DROP TABLE kept')\n"
    )
    actions("run", "test-suite", "--confirm", "orket")
    listed = actions("restore", "--json")
    assert listed.status == 0
    (backup,) = listed.document["data"]["backups"]
    (copied,) = backup["copies"]
    assert (copied["database"], copied["problem"]) == ("webhook.db", "")
    assert f"{backup['id']}  " in actions("restore").out

    refused = actions("restore", backup["id"], "--yes")
    assert refused.status == 2
    assert "add --confirm orket" in refused.err
    read_only = actions("restore", backup["id"], "--confirm", "orket", flags=("--read-only",))
    assert read_only.status == 3
    assert "the console is read-only (--read-only)" in read_only.err
    restored = actions("restore", backup["id"], "--confirm", "orket", "--json")
    assert restored.status == 0
    assert restored.document["data"]["verdict"] == "passed"
    assert "integrity ok, 1 tables as in the copy" in restored.err
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT * FROM kept").fetchall() == []

    Path(copied["path"]).write_bytes(b"x" * 5000)
    damaged = actions("restore")
    assert damaged.status == 1
    assert "damaged: not a database" in damaged.out


@pytest.mark.parametrize("record_id", ["../../etc", "-x", "a\nb"])
def test_an_id_that_is_none_is_refused(actions: Console, record_id: str) -> None:
    answer = actions("restore", "--confirm", "orket", "--", record_id)
    assert answer.status == 2
    assert "refused" in answer.err
