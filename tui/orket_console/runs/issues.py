"""The issues of one run: its rows and its trace folders joined by folder name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orket_console.base.text import clean
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import IssueRow
from orket_console.runs.model import Issue, Run
from orket_console.runs.outline import IssueFolder


def own_rows(rows: Sequence[IssueRow], run: Run) -> list[IssueRow]:
    """Issues of the run's build; those of its session only where it has no build."""
    return [row for row in rows if not run.build or row.build == run.build]


def join_issues(
    run: Run, rows: Iterable[IssueRow], folders: Iterable[IssueFolder]
) -> tuple[Issue, ...]:
    """What only one of them has is there, too. In order of id."""
    by_folder = {folder_name(row.issue): row for row in rows}
    found: dict[str, Issue] = {}
    for folder in folders:
        row = by_folder.pop(folder.name, None)
        turns = len(folder.leaves)
        before = found.get(folder.name)
        if before is not None:
            # Traces of one session under both roots.
            turns += before.turns
        found[folder.name] = _issue(
            run, row, folder.issue, folder.id_from, clean(folder.name), turns
        )
    rest = [_issue(run, row, row.issue, "issues table", "", 0) for row in by_folder.values()]
    return tuple(sorted([*found.values(), *rest], key=lambda issue: issue.issue))


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
