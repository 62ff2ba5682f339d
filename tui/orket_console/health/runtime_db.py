"""The runtime database: how many runs the ledger has, in which state, and which have stalled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from orket_console.base.clock import parse_time, since
from orket_console.base.refs import SessionRef, TableRef
from orket_console.base.sqlite import Caps, Database, read
from orket_console.health import schema
from orket_console.health.databases import Contents, Subject, examine
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.records import last_times
from orket_console.health.traces import Turn, newest_turns
from orket_console.health.usage import has_run
from orket_console.target.layout import Layout

QUIET: Final = timedelta(minutes=10)
"""A run that is `running` but left no trace for so long has stalled, or its process is gone:
nothing ever sets its row right."""
_COUNTED: Final = 10_000
_RUNNING_LOOKED_AT: Final = 20
# Bounded, since a full count of a long ledger would hold up its writer.
_RUNS: Final = """
    SELECT coalesce(status, 'no status'), count(*)
    FROM (SELECT status FROM run_ledger ORDER BY rowid DESC LIMIT ?)
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20
"""
_RUNNING: Final = """
    SELECT session_id, started_at
    FROM (
        SELECT rowid AS row, session_id, started_at, status
        FROM run_ledger ORDER BY rowid DESC LIMIT ?
    )
    WHERE status = 'running' ORDER BY row DESC LIMIT ?
"""


async def probe_runtime_db(look: Look) -> Reading:
    """Source: `orket_persistence.db`: schema, `_schema_migrations`, `run_ledger`; and the last
    sign of life of running sessions in the run log and their traces."""
    return await look.in_thread("runtime database", lambda: _examine(look))


def _examine(look: Look) -> Reading:
    target, now = look.target, look.clock.now()
    used = has_run(target)

    def contents(database: Database, caps: Caps) -> Contents:
        return _runs(database, caps, target.layout, now)

    return examine(look, Subject(target.runtime_db, "runtime", schema.RUNTIME, used, contents))


def _runs(database: Database, caps: Caps, layout: Layout, now: datetime) -> Contents:
    rows = read(database, _RUNS, (_COUNTED,), caps).rows
    total = sum(row[1] for row in rows)
    count = f"{total}+" if total >= _COUNTED else str(total)
    runs = f"{count} run{'' if total == 1 else 's'}"
    line = f"run_ledger: {', '.join(f'{row[1]} {row[0]}' for row in rows) or 'no runs'}"
    ledger = TableRef(database.path.name, "run_ledger")
    running = sum(row[1] for row in rows if row[0] == "running")
    quiet = _quiet(database, caps, layout, now) if running else []
    if not quiet:
        going = f", {running} running" if running else ""
        return Contents(f"{runs}{going}", (line,), (ledger,))
    session, last = quiet[0]
    more = f" and {len(quiet) - 1} more" if len(quiet) > 1 else ""
    silent = (f"{name}: running, last sign of life {since(at, now)} ago" for name, at in quiet)
    return Contents(
        seen=f"{session}{more} running, but quiet for {since(last, now)}; {runs}",
        details=(line, *silent),
        evidence=(*(SessionRef(name) for name, _ in quiet), ledger),
        word="stalled",
        remedy="open the run: its last turn tells where it stopped (Runs)",
        action="failure-report",
    )


def _quiet(
    database: Database, caps: Caps, layout: Layout, now: datetime
) -> list[tuple[str, datetime]]:
    """Running sessions with their last sign of life, where that is too long ago."""
    rows = read(database, _RUNNING, (_COUNTED, _RUNNING_LOOKED_AT), caps).rows
    logged = last_times(layout.run_log)
    found: list[tuple[str, datetime]] = []
    for name, started in rows:
        session = str(name)
        signs = [parse_time(started), logged.get(session)]
        signs += [turn.at for turn in _turns(layout, session) if turn.captured or signs[1] is None]
        last = max((sign for sign in signs if sign is not None), default=None)
        if last is not None and now - last > QUIET:
            found.append((session, last))
    return found


def _turns(layout: Layout, session: str) -> list[Turn]:
    """The newest turns of a session. Those without a checkpoint have only their folder's time,
    which a copy changes: it counts where the log says nothing of the session."""
    if "/" in session or session in ("", ".", ".."):
        return []
    return newest_turns([root / session for root in layout.trace_roots])
