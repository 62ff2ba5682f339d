"""All runs there are: ledger, sessions table and trace folders as one list."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.text import clean, shorten
from orket_console.runs.key import check_id
from orket_console.runs.ledger import IssueRow, Ledger, LedgerRow, SessionRow
from orket_console.runs.model import Run, RunPage
from orket_console.runs.status import RUNNING, Seen, judge
from orket_console.runs.traces import Extent, all_sessions, last_write, measure, session_folders
from orket_console.target.target import Target

PAGE: Final = 100
_NEAREST: Final = 5
_OLDEST: Final = datetime.min.replace(tzinfo=UTC)


def list_runs(target: Target, clock: Clock, limit: int = PAGE) -> RunPage:
    """The newest `limit` runs. Reads `run_ledger`, `sessions`, `issues` and folder names.

    Never raises for what it reads: a source that is missing, locked or corrupt is named in
    `problems`, and the others are shown.
    """
    ledger = Ledger(target.runtime_db)
    traces = all_sessions(target)
    folders = sorted(traces.folders, key=lambda folder: folder.modified, reverse=True)
    modified = {folder.name: folder.modified for folder in folders}
    ids = dict.fromkeys(ledger.newest(limit + 1))
    ids |= dict.fromkeys(folder.name for folder in folders[: limit + 1])
    finds = _find(ledger, list(ids))
    finds.sort(key=lambda found: found.started(modified), reverse=True)
    runs = _judged(target, clock, ledger, finds[:limit])
    more = len(finds) > limit or len(folders) > limit
    return RunPage(tuple(runs), more, (*ledger.problems, *traces.problems))


def read_run(target: Target, clock: Clock, ledger: Ledger, session: str) -> Run | None:
    """One run by its exact session id; None where no source knows it."""
    finds = _find(ledger, [session])
    if not finds[0].known and not session_folders(target, session):
        return None
    return _judged(target, clock, ledger, finds)[0]


def resolve_session(target: Target, ledger: Ledger, word: str) -> str:
    """The session that `word` names: its id, or the beginning of one if only one has it.

    Raises `ConsoleError`: exit 2 for a word that is no id or fits several, exit 1 for one
    that fits none, with what there is instead.
    """
    check_id("session", word)
    if ledger.runs([word]) or ledger.sessions([word]) or session_folders(target, word):
        return word
    names = [folder.name for folder in all_sessions(target).folders]
    fits = {name for name in names if name.startswith(word)}
    fits |= set(ledger.with_prefix(word, _NEAREST + 1))
    if len(fits) == 1:
        return fits.pop()
    if fits:
        listed = ", ".join(clean(name) for name in sorted(fits)[:_NEAREST])
        raise ConsoleError(
            f"{word!r} fits several sessions",
            remedy=f"give more of it: {listed}{', …' if len(fits) > _NEAREST else ''}",
            exit_code=ExitCode.USAGE,
        )
    raise no_session(target, ledger, word)


def no_session(target: Target, ledger: Ledger, word: str) -> ConsoleError:
    """The error for a session that is nowhere, with the nearest that are."""
    names = [folder.name for folder in all_sessions(target).folders]
    known = list(dict.fromkeys(ledger.newest(PAGE) + names))
    close = difflib.get_close_matches(word, known, n=_NEAREST, cutoff=0.5) or known[:_NEAREST]
    if close:
        remedy = f"there is {', '.join(clean(name) for name in close)}"
    else:
        remedy = "there is none at all"
    if ledger.problems:
        remedy += f"; and {ledger.problems[0]}"
    where = ", ".join(target.layout.shown(root) for root in target.layout.trace_roots)
    return ConsoleError(
        f"no session {shorten(word, 40)!r}",
        where=f"run_ledger, sessions, {where}",
        remedy=remedy,
        exit_code=ExitCode.WRONG,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    session: str
    ledger: LedgerRow | None
    table: SessionRow | None

    @property
    def known(self) -> bool:
        return self.ledger is not None or self.table is not None

    @property
    def recorded_start(self) -> datetime | None:
        return (self.ledger.started if self.ledger else None) or (
            self.table.started if self.table else None
        )

    def started(self, modified: dict[str, float]) -> tuple[datetime, str]:
        """For sorting: when it began, else when its folder last changed."""
        seconds = modified.get(self.session)
        fallback = datetime.fromtimestamp(seconds, UTC) if seconds else _OLDEST
        return self.recorded_start or fallback, self.session


def _find(ledger: Ledger, sessions: Sequence[str]) -> list[_Found]:
    runs, rows = ledger.runs(sessions), ledger.sessions(sessions)
    return [_Found(session, runs.get(session), rows.get(session)) for session in sessions]


def _judged(target: Target, clock: Clock, ledger: Ledger, finds: Sequence[_Found]) -> list[Run]:
    builds = {found.ledger.build for found in finds if found.ledger}
    rows = ledger.issues([found.session for found in finds], sorted(builds))
    by_session: defaultdict[str, list[IssueRow]] = defaultdict(list)
    by_build: defaultdict[str, list[IssueRow]] = defaultdict(list)
    for row in rows:
        by_session[row.session].append(row)
        by_build[row.build].append(row)
    runs: list[Run] = []
    for found in finds:
        build = found.ledger.build if found.ledger else ""
        issues = by_build[build] if build else by_session[found.session]
        runs.append(_run(target, clock.now(), found, issues))
    return runs


def _run(target: Target, now: datetime, found: _Found, issues: Sequence[IssueRow]) -> Run:
    ledger, table = found.ledger, found.table
    folders = session_folders(target, found.session, ledger.traces if ledger else "")
    extent = measure(folders)
    statuses = (ledger.statuses if ledger else {}) or dict(Counter(row.status for row in issues))
    turns = _turns(folders, extent, ledger)
    last = _last_activity(found, folders)
    verdict = judge(
        Seen(
            ledger=ledger.status if ledger else "",
            table=table.status if table else "",
            statuses=statuses,
            turns=turns,
            last_activity=last,
        ),
        now,
    )
    row = ledger or table
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
        started=found.recorded_start,
        ended=(ledger.ended if ledger else None) or (table.ended if table else None),
        last_activity=last,
        issues=max(sum(statuses.values()), extent.issues) if row or folders else None,
        issues_by_status=statuses,
        turns=turns,
        sources=_sources(found, folders),
        traces=target.layout.shown(folders[0]) if folders else "",
        active=verdict.active,
    )


def _status(found: _Found) -> str:
    return (found.ledger.status if found.ledger else "") or (
        found.table.status if found.table else ""
    )


def _turns(folders: list[Path], extent: Extent, ledger: LedgerRow | None) -> int | None:
    """Turn folders where there are any; else what the summary recorded."""
    if folders:
        return extent.turns
    if ledger is None:
        return None
    return ledger.turns


def _last_activity(found: _Found, folders: list[Path]) -> datetime | None:
    """The newest of what is dated: rows, and where no row tells the end, what its turns wrote."""
    moments = [found.recorded_start]
    if found.ledger:
        moments += [found.ledger.updated, found.ledger.ended]
    if found.table:
        moments.append(found.table.ended)
    if not found.known or _status(found).lower() in RUNNING:
        modified = last_write(folders)
        moments.append(datetime.fromtimestamp(modified, UTC) if modified else None)
    return max((moment for moment in moments if moment), default=None)


def _sources(found: _Found, folders: list[Path]) -> tuple[str, ...]:
    named = (
        ("run_ledger", found.ledger is not None),
        ("sessions", found.table is not None),
        ("traces", bool(folders)),
    )
    return tuple(name for name, there in named if there)
