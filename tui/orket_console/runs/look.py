"""Looks behind the rows of runs, each kept until its rows or its folders change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from orket_console.base.clock import Clock
from orket_console.base.state import State
from orket_console.runs.failing import find_failing
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import IssueRow, Ledger
from orket_console.runs.merge import Found, Look, looked_run
from orket_console.runs.model import Run
from orket_console.runs.processes import processes_of
from orket_console.runs.traces import last_write, measure, session_folders
from orket_console.target.target import Target

_FAILED: Final = frozenset({State.FAILING, State.DEGRADED})


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Found
    look: Look
    run: Run


class Looks:
    """What was found behind runs, by session."""

    def __init__(self, target: Target, clock: Clock) -> None:
        self._target = target
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def run(self, found: Found) -> Run | None:
        """The run as it was looked at; None where it was not, or its rows changed since."""
        kept = self._kept.get(found.session)
        if kept is None or (kept.found.ledger, kept.found.table) != (found.ledger, found.table):
            return None
        return kept.run

    def keep(self, sessions: Container[str]) -> None:
        """Forget all but these."""
        self._kept = {session: one for session, one in self._kept.items() if session in sessions}

    def look(self, ledger: Ledger, finds: Sequence[Found]) -> None:
        """Look at each of `finds` that may have changed since the last look at it."""
        changed = [found for found in finds if self._may_have_changed(found)]
        if not changed:
            return
        sessions = [found.session for found in changed]
        builds = sorted({found.ledger.build for found in changed if found.ledger})
        with ledger.held():
            rows = ledger.runs(sessions)
            issues = _Issues(ledger.issues(sessions, builds))
        processes = processes_of(self._target.path) if any(f.runs for f in changed) else None
        for found in changed:
            row = rows.get(found.session)
            folders = session_folders(self._target, found.session, row.traces if row else "")
            before = self._kept.get(found.session)
            look = Look(
                ledger=row,
                folders=tuple(folders),
                extent=measure(folders, before.look.extent if before else None),
                issues=issues.of(found),
                written=last_write(folders) if found.runs or not found.recorded else 0.0,
                processes=processes,
            )
            self._kept[found.session] = self._judged(found, look)

    def _judged(self, found: Found, look: Look) -> _Kept:
        run = looked_run(self._target, self._clock, found, look)
        if run.state in _FAILED and not run.active and look.folders:
            known = {folder_name(issue.issue): issue.issue for issue in look.issues}
            failing = find_failing(
                self._target.path, found.session, look.folders, known, run.failure_reason
            )
            look = replace(look, failing=failing)
            run = replace(run, failing=failing.ref, failing_why=failing.why)
        return _Kept(found, look, run)

    def _may_have_changed(self, found: Found) -> bool:
        kept = self._kept.get(found.session)
        if kept is None or found.runs or not found.recorded:
            return True
        if (kept.found.ledger, kept.found.table) != (found.ledger, found.table):
            return True
        if (kept.found.said is None) != (found.said is None):
            return True
        return measure(kept.look.folders, kept.look.extent) is not kept.look.extent


class _Issues:
    """Rows of issues by build and by session."""

    def __init__(self, rows: Sequence[IssueRow]) -> None:
        self._by_build: defaultdict[str, list[IssueRow]] = defaultdict(list)
        self._by_session: defaultdict[str, list[IssueRow]] = defaultdict(list)
        for row in rows:
            self._by_build[row.build].append(row)
            self._by_session[row.session].append(row)

    def of(self, found: Found) -> tuple[IssueRow, ...]:
        """Issues of the run's build; those of its session only where it has no build."""
        build = found.ledger.build if found.ledger else ""
        rows = self._by_build.get(build) if build else self._by_session.get(found.session)
        return tuple(rows or ())
