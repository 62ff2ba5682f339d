"""One run opened: its row, its issues and its turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from orket_console.base.clock import Clock
from orket_console.base.text import clean
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import IssueRow, Ledger
from orket_console.runs.model import Issue, Run, RunDetail, Turn
from orket_console.runs.sessions import no_session, read_run
from orket_console.runs.traces import session_folders
from orket_console.runs.turns import TurnList, list_turns
from orket_console.target.target import Target


def open_run(target: Target, clock: Clock, session: str, before: Iterable[Turn] = ()) -> RunDetail:
    """A session by its exact id, from the databases and its trace folders alone.

    `before` are the turns of an earlier reading: those that did not change are not read
    again. Raises `ConsoleError` (exit 1) for a session that no source knows.
    """
    ledger = Ledger(target.runtime_db)
    run = read_run(target, clock, ledger, session)
    if run is None:
        raise no_session(target, ledger, session)
    row = ledger.runs([session]).get(session)
    recorded = row.traces if row else ""
    folders = session_folders(target, session, recorded)
    rows = _own_rows(ledger.issues([session], [run.build]), run)
    turns = list_turns(
        target,
        session,
        folders,
        active=run.active,
        known_issues={folder_name(row.issue): row.issue for row in rows},
        before={turn.path: turn for turn in before},
    )
    notes = []
    if recorded and not folders:
        notes.append(f"no traces in this installation; the ledger names {clean(recorded)}")
    return RunDetail(
        run=run,
        issues=tuple(_issues(run, rows, turns)),
        turns=turns.turns,
        notes=tuple(notes),
        problems=(*ledger.problems, *turns.problems),
    )


def _own_rows(rows: Sequence[IssueRow], run: Run) -> list[IssueRow]:
    """Issues of the run's build; those of its session only where it has no build."""
    return [row for row in rows if not run.build or row.build == run.build]


def _issues(run: Run, rows: Sequence[IssueRow], turns: TurnList) -> list[Issue]:
    """Rows and trace folders joined by folder name; what only one of them has is there too."""
    counts = Counter(turn.ref.issue for turn in turns.turns)
    by_folder = {folder_name(row.issue): row for row in rows}
    found: list[Issue] = []
    for folder, (issue, id_from) in turns.issues.items():
        row = by_folder.pop(folder, None)
        found.append(_issue(run, row, issue, id_from, clean(folder), counts[issue]))
    found += [_issue(run, row, row.issue, "issues table", "", 0) for row in by_folder.values()]
    return sorted(found, key=lambda issue: issue.issue)


def _issue(
    run: Run, row: IssueRow | None, issue: str, id_from: str, folder: str, turns: int
) -> Issue:
    return Issue(
        issue=issue,
        id_from=id_from,
        folder=folder,
        summary=row.summary if row else "",
        seat=row.seat if row else "",
        status=row.status if row else "",
        retries=row.retries if row else None,
        max_retries=row.max_retries if row else None,
        turns=turns,
        note=_note(run, row, turns),
    )


def _note(run: Run, row: IssueRow | None, turns: int) -> str:
    remarks = []
    if row is None:
        remarks.append("not in the issues table")
    elif row.session and row.session != run.session:
        # A later run of the same build takes its rows over: the status is that run's.
        remarks.append(f"its row is of run {row.session} now")
    if turns == 0:
        remarks.append("no turn")
    return "; ".join(remarks)
