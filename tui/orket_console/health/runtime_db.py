"""The runtime database: how many runs the ledger has, in which state, and which have stalled."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from orket_console.base.clock import parse_time, since
from orket_console.base.refs import SessionRef, TableRef
from orket_console.base.sqlite import Caps, Database, read
from orket_console.health import schema
from orket_console.health.databases import Contents, Subject, examine
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.traces import newest_turns
from orket_console.health.usage import has_run

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
    """Source: `orket_persistence.db`: schema, `_schema_migrations`, `run_ledger`; and when the
    trace folders of running sessions last changed."""
    return await look.in_thread("runtime database", lambda: _examine(look))


def _examine(look: Look) -> Reading:
    target, now = look.target, look.clock.now()
    used = has_run(target)

    def contents(database: Database, caps: Caps) -> Contents:
        return _runs(database, caps, target.layout.trace_roots, now)

    return examine(look, Subject(target.runtime_db, "runtime", schema.RUNTIME, used, contents))


def _runs(database: Database, caps: Caps, roots: tuple[Path, ...], now: datetime) -> Contents:
    rows = read(database, _RUNS, (_COUNTED,), caps).rows
    total = sum(row[1] for row in rows)
    count = f"{total}+" if total >= _COUNTED else str(total)
    runs = f"{count} run{'' if total == 1 else 's'}"
    running = sum(row[1] for row in rows if row[0] == "running")
    line = f"run_ledger: {', '.join(f'{row[1]} {row[0]}' for row in rows) or 'no runs'}"
    ledger = TableRef(database.path.name, "run_ledger")
    quiet = _quiet(database, caps, roots, now) if running else []
    if not quiet:
        going = f", {running} running" if running else ""
        return Contents(f"{runs}{going}", (line,), (ledger,))
    session, last = quiet[0]
    more = f" and {len(quiet) - 1} more" if len(quiet) > 1 else ""
    return Contents(
        seen=f"{session}{more} running, but quiet for {since(last, now)}; {runs}",
        details=(
            line,
            *(f"{name}: running, last trace {since(at, now)} ago" for name, at in quiet),
        ),
        evidence=(*(SessionRef(name) for name, _ in quiet), ledger),
        word="stalled",
        remedy="open the run: its last turn tells where it stopped (Runs)",
    )


def _quiet(
    database: Database, caps: Caps, roots: tuple[Path, ...], now: datetime
) -> list[tuple[str, datetime]]:
    """Running sessions with their last sign of life, where that is too long ago."""
    found: list[tuple[str, datetime]] = []
    limits = (_COUNTED, _RUNNING_LOOKED_AT)
    for name, started in read(database, _RUNNING, limits, caps).rows:
        session = str(name)
        signs = [parse_time(started), *(_last_trace(root, session) for root in roots)]
        last = max((sign for sign in signs if sign is not None), default=None)
        if last is not None and now - last > QUIET:
            found.append((session, last))
    return found


def _last_trace(root: Path, session: str) -> datetime | None:
    """When something below a session's trace folder last changed."""
    if "/" in session or session in ("", ".", ".."):
        return None
    turns = newest_turns([root / session])
    return max((turn.at for turn in turns), default=None)
