"""How an action, its records and its output's heading are written."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Column as GridColumn
from rich.table import Table
from rich.text import Text

from orket_console.actions.overview import ActionDetail, ActionRow
from orket_console.actions.records import Record, took
from orket_console.actions.runner import Run
from orket_console.base.clock import ago
from orket_console.base.state import State
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.widgets.listing import Column, Row

LIST_COLUMNS: Final = (
    Column("", 1),
    Column("action", 22),
    Column("does", 17),
    Column("last"),
    Column("took", 7, right=True),
)
HISTORY_COLUMNS: Final = (
    Column("", 1),
    Column("when", 19),
    Column("verdict", 11),
    Column("took", 7, right=True),
    Column("evidence"),
)


def list_row(context: UiContext, row: ActionRow, run: Run | None) -> Row:
    """One action, as it runs now or as it last ended."""
    off = "dim" if row.blocked and not row.wanting else ""
    state, last, duration = row.state, _last(context, row), row.took
    if run is not None and run.record.running:
        word = "stopping" if run.stopping else "running"
        state, last, duration = State.INFO, f"{word} {ago(run.seconds)}", ""
    return Row(
        row.name,
        (
            glyph(state),
            cell(row.title, off),
            cell(row.does, off),
            cell(last, STATE_STYLES[state]),
            cell(duration),
        ),
    )


def _last(context: UiContext, row: ActionRow) -> str:
    at = f" {_moment(context, row.started)}" if row.started else ""
    off = f" · needs {row.wanting[0]}" if row.wanting else " · not now" if row.blocked else ""
    return f"{row.last}{at}{off}"


def _moment(context: UiContext, at: datetime) -> str:
    """`05:12` of today, or the day."""
    day, clock = context.day_and_time(at).split()
    today, _ = context.day_and_time(context.clock.now()).split()
    return clock[:5] if day == today else day


def history_row(context: UiContext, record: Record) -> Row:
    state = record.verdict.state if record.verdict else State.INFO
    return Row(
        record.id,
        (
            glyph(state),
            cell(context.day_and_time(record.started)),
            cell(record.word, STATE_STYLES[state]),
            cell(took(record.seconds) if record.seconds is not None else ""),
            cell(record.evidence),
        ),
    )


def detail_text(shown: ActionDetail) -> RenderableType:
    """The plan in full: what is most asked first."""
    grid = Table.grid(GridColumn(width=8), GridColumn(ratio=1), padding=(0, 1), expand=True)
    if shown.ready:
        grid.add_row(cell("ready", "green"), literal(" · ".join(shown.notes) or "yes", "green"))
    else:
        grid.add_row(cell("not now", "yellow"), literal(shown.blocked, "yellow"))
    grid.add_row(_label("command"), literal(shown.command or "none", "bold"))
    grid.add_row(_label("does"), literal(f"{shown.effect}: {shown.changes}"))
    grid.add_row(_label("in"), literal(shown.cwd))
    grid.add_row(_label("with"), literal(" ".join(shown.environment)))
    if shown.last:
        grid.add_row(_label("last"), record_text(shown.last))
        for path in shown.last.backups:
            grid.add_row(_label("backup"), literal(path))
        for note in shown.last.notes:
            grid.add_row("", literal(note, "yellow"))
    grid.add_row(_label("for"), literal(f"{shown.purpose}; stopped after {ago(shown.timeout)}"))
    title = literal(shown.title, "bold")
    title.append_text(literal(f" · runbook {shown.runbook}\n"))
    return Group(title, grid)


def _label(name: str) -> Text:
    return cell(name, "dim")


def record_text(record: Record) -> Text:
    """How a run ended, on one line."""
    state = record.verdict.state if record.verdict else State.INFO
    evidence = f": {record.evidence}" if record.evidence else ""
    text = glyph(state)
    text.append_text(literal(f" {record.word}", STATE_STYLES[state]))
    text.append_text(literal(evidence))
    return text


def question(shown: ActionDetail) -> Text:
    """What the operator is asked to agree to."""
    text = Text(end="")
    text.append_text(literal(f"{shown.command}\n\n", "bold"))
    text.append_text(literal(f"in    {shown.cwd}\n"))
    for change in shown.environment:
        text.append_text(literal(f"with  {change}\n"))
    text.append_text(literal(f"\n{shown.effect}: ", "bold yellow"))
    text.append_text(literal(f"{shown.changes}\n"))
    for note in shown.notes:
        text.append_text(literal(f"{note}\n"))
    return text


def heading(record: Record, run: Run | None, *besides: str) -> Text:
    """Whose output is on screen, and how far it is."""
    text = literal(f"{record.title} ", "bold")
    if run is not None and record.running:
        word = "stopping" if run.stopping else "running"
        text.append_text(literal(f"{word} {ago(run.seconds)}"))
    else:
        text.append_text(record_text(record))
    for what in filter(None, besides):
        text.append_text(literal(f" · {what}", "dim"))
    return text
