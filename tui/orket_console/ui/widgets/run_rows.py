"""What the lists of the Runs tab say, a row at a time; the words come from the runs room."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from orket_console.base.state import GLYPHS
from orket_console.runs import words
from orket_console.runs.model import Issue, Run, RunDetail, RunPage, Tally, Turn
from orket_console.runs.narrow import RUN_KEYS, TURN_KEYS, unknown_key
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.widgets.lazy_rows import LazyRows
from orket_console.ui.widgets.listing import Column, Row
from orket_console.ui.widgets.view import View, points_view

NOTHING: Final = View(Text("nothing is selected", "dim", end=""), "")
ISSUE_KEY: Final = "issue:"
"""Before the id of an issue without turns, in the key of its row."""


def run_columns(runs: Sequence[Run]) -> tuple[Column, ...]:
    session = max((len(run.session) for run in runs), default=8)
    return (
        Column("", 1),
        Column("started", 11),
        Column("session", min(max(session, 8), 16)),
        Column("run", 14),
        Column("iss", 3, right=True),
        Column("turns", 5, right=True),
        Column("took", 6, right=True),
        Column("what became of it"),
    )


def run_rows(runs: Sequence[Run], context: UiContext) -> list[Row]:
    today = context.day_and_time(context.clock.now())[:10]
    return [Row(run.session, _run_cells(run, context, today)) for run in runs]


def _run_cells(run: Run, context: UiContext, today: str) -> tuple[Text, ...]:
    return (
        glyph(run.state),
        cell(_started(run.started, context, today)),
        cell(run.session),
        cell(run.name),
        cell("?" if run.issues is None else str(run.issues)),
        cell("?" if run.turns is None else str(run.turns)),
        cell(words.took(run), "dim"),
        cell(words.outcome(run), STATE_STYLES[run.state]),
    )


def _started(at: datetime | None, context: UiContext, today: str) -> str:
    """The time alone for today's; day and time for others."""
    if at is None:
        return "–"
    moment = context.day_and_time(at)
    return moment[11:] if moment.startswith(today) else moment[5:16]


def runs_head(page: RunPage, shown: int, expression: str) -> Text:
    """How many runs there are and aren't well; what could not be read."""
    failed = sum(run.failed for run in page.runs)
    text = Text(end="").append(words.count(len(page.runs), "run"), "bold")
    text.append(f"  {failed} not well" if failed else "")
    if page.more:
        text.append("  older ones: m", "dim")
    if expression:
        text.append("  filter ").append_text(cell(expression, "yellow")).append(f": {shown}")
    for problem in page.problems[:2]:
        text.append("\n▲ ", "yellow").append_text(cell(problem, "yellow"))
    if len(page.problems) > 2:
        text.append(f"\n▲ {len(page.problems) - 2} more problems", "yellow")
    return text


def runs_empty(page: RunPage, expression: str) -> Text:
    if expression and page.runs:
        return literal(
            f"no run fits {expression}: / changes the filter{_hint(expression, RUN_KEYS)}"
        )
    return Text("no runs: neither the ledger, a trace folder nor a log has one", end="")


def turn_columns(
    turns: Sequence[Turn], issues: Sequence[Issue], *, wide: bool
) -> tuple[Column, ...]:
    """As narrow as the ids allow; the state they began in only where there is room."""
    refs = {(turn.ref.issue, turn.ref.role) for turn in turns}
    refs |= {(issue.issue, issue.seat) for issue in issues if not issue.turns}
    issue = max((len(issue) for issue, _ in refs), default=5)
    role = max((len(role) for _, role in refs), default=4)
    columns = (
        Column("#", max(3, len(str(max((t.ref.index for t in turns), default=0)))), right=True),
        Column("issue", min(max(issue, 5), 16)),
        Column("role", min(max(role, 4), 18)),
        Column("what"),
        Column("", 1),
        Column("outcome", 12),
    )
    return (*columns, Column("state", 24)) if wide else columns


def turn_rows(turns: Sequence[Turn], issues: Sequence[Issue], *, wide: bool) -> LazyRows:
    """A row a turn, made as it is drawn; then one for each issue that has no turn, so that it
    is not overlooked."""
    bare = [issue for issue in issues if not issue.turns]
    keys = [turn.path for turn in turns] + [ISSUE_KEY + issue.issue for issue in bare]

    def cells(at: int) -> tuple[Text, ...]:
        if at < len(turns):
            return _turn_cells(turns[at], wide=wide)
        return _issue_cells(bare[at - len(turns)], wide=wide)

    return LazyRows(keys, cells)


def _turn_cells(turn: Turn, *, wide: bool) -> tuple[Text, ...]:
    cells = (
        cell(str(turn.ref.index)),
        cell(turn.ref.issue),
        cell(turn.ref.role),
        cell(turn.asked),
        glyph(turn.state),
        cell(turn.verdict, STATE_STYLES[turn.state]),
    )
    return (*cells, cell(turn.change, "dim")) if wide else cells


def _issue_cells(issue: Issue, *, wide: bool) -> tuple[Text, ...]:
    blank = Text("", end="")
    names = (cell("–"), cell(issue.issue), cell(issue.seat), cell("no turn", "dim"))
    return (*names, blank, cell(issue.status), *((blank,) if wide else ()))


def turns_empty(detail: RunDetail, expression: str) -> Text:
    if expression and detail.turns:
        return literal(
            f"no turn fits {expression}: / changes the filter{_hint(expression, TURN_KEYS)}"
        )
    why = detail.notes[0] if detail.notes else "it left no turn folder"
    return literal(f"no turns: {why}")


def _hint(expression: str, keys: Collection[str]) -> str:
    unknown = unknown_key(expression, tuple(keys))
    return f"\n{unknown.sentence}" if unknown is not None else ""


def run_view(run: Run, context: UiContext, tally: Tally | None = None) -> View:
    """A run in full, for below the list; `tally` where its turns were read."""
    style = STATE_STYLES[run.state]
    head = Text(f"{GLYPHS[run.state]} {words.outcome(run)}", style, end="")
    points = words.points(run, tally)
    why = tuple(point for point in points if point[0] in ("reason", "failed at"))
    rest = tuple(point for point in points if point not in why)
    return points_view(head, (*why, ("time", _span_of(run, context)), *rest))


def _span_of(run: Run, context: UiContext) -> str:
    started = context.day_and_time(run.started) if run.started else "not recorded"
    ended = context.time_of_day(run.ended) if run.ended else "no end recorded"
    return f"{started} to {ended}  {words.took(run)}".rstrip()


def issue_view(issue: Issue) -> View:
    """An issue without turns, for below the list."""
    head = Text.assemble(literal(issue.issue, "bold"), "  ", literal(issue.summary), end="")
    points = (("state", words.issue_state(issue)), ("seat", issue.seat), ("id from", issue.id_from))
    return points_view(head, points)
