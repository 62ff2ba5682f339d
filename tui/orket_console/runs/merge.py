"""One run out of what each source has of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from orket_console.base.clock import Clock
from orket_console.base.text import clean
from orket_console.runs.failing import NOTHING, Failing
from orket_console.runs.ledger import IssueRow, LedgerRow, SessionRow
from orket_console.runs.mentions import Said
from orket_console.runs.model import Run
from orket_console.runs.processes import Process
from orket_console.runs.status import RUNNING, Seen, judge, judge_recorded
from orket_console.runs.traces import Extent
from orket_console.target.target import Target

_OLDEST: Final = datetime.min.replace(tzinfo=UTC)


class Found(msgspec.Struct, frozen=True):
    """A session's rows, its mention in the logs, and when its trace folder changed (ns, or 0)."""

    session: str
    ledger: LedgerRow | None
    table: SessionRow | None
    said: Said | None = None
    modified: int = 0

    @property
    def recorded(self) -> bool:
        return self.ledger is not None or self.table is not None

    @property
    def started(self) -> datetime | None:
        """As recorded; of a session that is only in the log, when that names it first."""
        for source in (self.ledger, self.table):
            if source is not None and source.started is not None:
                return source.started
        return self.said.first if self.said and not self.recorded and not self.modified else None

    @property
    def status(self) -> str:
        return (self.ledger.status if self.ledger else "") or (
            self.table.status if self.table else ""
        )

    @property
    def runs(self) -> bool:
        """Whether it is recorded as running."""
        return self.status.lower() in RUNNING

    @property
    def order(self) -> tuple[datetime, str]:
        """For sorting: when it began, else when its folder last changed."""
        at = datetime.fromtimestamp(self.modified / 1e9, UTC) if self.modified else _OLDEST
        return self.started or at, self.session


class Look(msgspec.Struct, frozen=True):
    """What was found behind a session's rows: its folders, how much is in them, its issues.

    `ledger` is its row with the JSON columns. `written` is the last write of its turns,
    seconds, 0 where it was not asked for. `processes` is None where they can't be told.
    """

    ledger: LedgerRow | None
    folders: tuple[Path, ...]
    extent: Extent
    issues: tuple[IssueRow, ...]
    written: float
    processes: tuple[Process, ...] | None
    failing: Failing = NOTHING


def recorded_run(found: Found) -> Run:
    """A run by its rows alone; what lies behind them is still to be looked at."""
    verdict = judge_recorded(
        found.ledger.status if found.ledger else "", found.table.status if found.table else ""
    )
    ledger, row = found.ledger, found.ledger or found.table
    return Run(
        session=clean(found.session),
        name=row.name if row else "",
        kind=row.kind if row else "",
        build=ledger.build if ledger else "",
        status=verdict.status,
        state=verdict.state,
        seen=verdict.seen,
        failure_class=ledger.failure_class if ledger else "",
        failure_reason=ledger.failure_reason if ledger else "",
        started=found.started,
        ended=_ended(found),
        last_activity=None,
        issues=None,
        issues_by_status={},
        turns=None,
        sources=_sources(found, traces=bool(found.modified)),
        traces="",
        active=False,
        looked=False,
        failing=None,
        failing_why="",
    )


def looked_run(target: Target, clock: Clock, found: Found, look: Look) -> Run:
    """A run with everything that is known of it."""
    ledger, table = look.ledger, found.table
    row = ledger or table
    statuses = (ledger.statuses if ledger else {}) or dict(Counter(i.status for i in look.issues))
    turns = _turns(look)
    last = _last_activity(found, look)
    verdict = judge(
        Seen(
            ledger=ledger.status if ledger else "",
            table=table.status if table else "",
            statuses=statuses,
            turns=turns,
            last_activity=last,
            processes=look.processes,
            traces=bool(look.folders),
            said=found.said.event if found.said else "",
        ),
        clock.now(),
    )
    recorded = recorded_run(msgspec.structs.replace(found, ledger=ledger))
    return msgspec.structs.replace(
        recorded,
        status=verdict.status,
        state=verdict.state,
        seen=verdict.seen,
        started=found.started,
        ended=_ended(found),
        last_activity=last,
        issues=max(sum(statuses.values()), look.extent.issues) if row or look.folders else None,
        issues_by_status=statuses,
        turns=turns,
        sources=_sources(found, traces=bool(look.folders)),
        traces=target.layout.shown(look.folders[0]) if look.folders else "",
        active=verdict.active,
        looked=True,
        failing=look.failing.ref,
        failing_why=look.failing.why,
    )


def _ended(found: Found) -> datetime | None:
    return (found.ledger.ended if found.ledger else None) or (
        found.table.ended if found.table else None
    )


def _turns(look: Look) -> int | None:
    """Turn folders where there are any; else what the summary recorded."""
    if look.folders:
        return look.extent.turns
    return look.ledger.turns if look.ledger else None


def _last_activity(found: Found, look: Look) -> datetime | None:
    """The newest of what is dated: rows, the log, and where no row tells the end, its turns."""
    moments = [found.started]
    if look.ledger:
        moments += [look.ledger.updated, look.ledger.ended]
    if found.table:
        moments.append(found.table.ended)
    if not found.recorded or found.runs:
        moments.append(datetime.fromtimestamp(look.written, UTC) if look.written else None)
        moments.append(found.said.last if found.said else None)
    return max((moment for moment in moments if moment), default=None)


def _sources(found: Found, *, traces: bool) -> tuple[str, ...]:
    named = (
        ("run_ledger", found.ledger is not None),
        ("sessions", found.table is not None),
        ("traces", traces),
        ("log", found.said is not None),
    )
    return tuple(name for name, there in named if there)
