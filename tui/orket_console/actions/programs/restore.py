"""Puts copies back over the databases: `restore ID [both|runtime|webhook]`, and checks them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from orket_console.actions.database_users import users_of
from orket_console.actions.programs.program import run, say
from orket_console.actions.restoring import BOTH, chosen
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.base.sqlite.restore import difference, integrity, put_back, tables_in
from orket_console.target.target import Target


def work(target: Target, arguments: Sequence[str]) -> Judgement:
    """Each database in one transaction of its own. Raises `ConsoleError` at the first failure."""
    record_id, which = (*arguments, BOTH)[:2]
    pairs = chosen(target, record_id, which)
    if not pairs:
        raise ConsoleError(f"{record_id} has no copy to put back")
    for copy, database in pairs:
        if wrong := integrity(copy):
            raise ConsoleError(f"nothing was restored: {copy.name} is damaged: {wrong}")
        if users := users_of(database, target.path):
            raise ConsoleError(f"nothing was restored: {database} is open in {'; '.join(users)}")
    say(f"from {pairs[0][0].parent}")
    done = [_restored(copy, database) for copy, database in pairs]
    return Judgement(Verdict.PASSED, f"restored from before {record_id}: {', '.join(done)}")


def _restored(copy: Path, database: Path) -> str:
    say(f"{database.name}: putting it back, {size(copy.stat().st_size)}")
    put_back(copy, database)
    if wrong := difference(copy, database):
        raise ConsoleError(f"{database.name} was replaced, and is not as it should be: {wrong}")
    tables = tables_in(database)
    say(f"{database.name}: integrity ok, {tables} tables as in the copy")
    return f"{database.name} ({tables} tables, integrity ok)"


if __name__ == "__main__":
    sys.exit(run(work))
