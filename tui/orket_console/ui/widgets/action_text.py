"""How an action, its records and its output's heading are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Column as GridColumn
from rich.table import Table
from rich.text import Text

from orket_console.actions.action_rows import StepRow
from orket_console.actions.overview import ActionDetail, ActionRow
from orket_console.actions.records import Record, took
from orket_console.actions.runner import SILENCE, Run
from orket_console.base.clock import ago
from orket_console.base.state import State
from orket_console.ui.action_runs import Reading
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.widgets.listing import Column, Row

_REMARK: Final = 9
_DOES: Final = 2
LIST_COLUMNS: Final = (
    Column("", 1),
    Column("action", 22),
    Column("does", 17),
    Column("last"),
    Column("took", 6, right=True),
    Column("", _REMARK),
)
SHORT_COLUMNS: Final = (*LIST_COLUMNS[:_DOES], *LIST_COLUMNS[_DOES + 1 :])
"""Where the plan beside it says what an action does."""
HISTORY_COLUMNS: Final = (
    Column("", 1),
    Column("when", 19),
    Column("verdict", 11),
    Column("took", 7, right=True),
    Column("evidence"),
)
_LAST: Final = 18
"""Characters for how it went last, at 80 columns."""
_BAR: Final = 16
_NAMED: Final = 3
"""Failed tests that are named above an output."""


def list_row(context: UiContext, row: ActionRow, reading: Reading | None) -> Row:
    """One action or bundle, as it runs now or as it last ended, and why it can't be run."""
    off = "dim" if row.blocked and not row.wanting else ""
    last, duration = _last(context, row), row.took
    remark = _remark(row, context.target.read_only)
    if reading is not None and reading.run is not None and reading.record.running:
        last = cell(f"▸ {_going_of(row, reading.run)}", "bold")
        duration = f"~{took(reading.expected)}" if reading.expected is not None else ""
        off, remark = "", cell("")
    return Row(
        row.name,
        (
            cell("═" if row.steps else "", "dim"),
            cell(row.title, off),
            cell(row.does, off),
            last,
            cell(duration),
            remark,
        ),
    )


def short_row(row: Row) -> Row:
    """A row for `SHORT_COLUMNS`."""
    return Row(row.key, (*row.cells[:_DOES], *row.cells[_DOES + 1 :]))


def _last(context: UiContext, row: ActionRow) -> Text:
    """The last verdict, and when, as far as there is room."""
    if row.started is None:
        return cell(row.last, "dim")
    text = glyph(row.state).append(f" {row.last}", STATE_STYLES[row.state])
    at = f" {_moment(context, row.started)}"
    return text.append(at, "dim") if text.cell_len + len(at) <= _LAST else text


def _remark(row: ActionRow, read_only: bool) -> Text:  # noqa: FBT001  a fact of the console
    """The one word that matters most: it can't be run, it wants something, it holds no more."""
    if row.blocked and read_only and row.writes:
        return cell("read-only", "yellow")
    if row.blocked and not row.wanting:
        return cell("not now", "yellow")
    if row.wanting:
        needs = f"needs {row.wanting[0]}"
        return cell(needs if len(needs) <= _REMARK else "fill in")
    return cell("stale", "yellow") if row.stale else cell("")


def _moment(context: UiContext, at: datetime) -> str:
    """`05:12` of today, or the day."""
    day, clock = context.day_and_time(at).split()
    today, _ = context.day_and_time(context.clock.now()).split()
    return clock[:5] if day == today else day


def history_row(context: UiContext, record: Record) -> Row:
    state = _state_of(record)
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


def detail_text(context: UiContext, shown: ActionDetail) -> RenderableType:
    """The plan in full: what is most asked first."""
    grid, follows = _grid(), shown.after
    if shown.ready:
        grid.add_row(cell("ready", "green"), literal(" · ".join(shown.notes) or "yes", "green"))
    else:
        grid.add_row(cell("not now", "yellow"), literal(shown.blocked, "yellow"))
    if shown.stale:
        grid.add_row(cell("stale", "yellow"), literal(shown.stale, "yellow"))
    if shown.last:
        grid.add_row(_label("last"), record_text(shown.last))
    if follows is not None:
        for note in follows.notes:
            grid.add_row("", literal(note))
        key = " (a)" if follows.action else ""
        grid.add_row(_label("next"), literal(f"{follows.next}{key}", "bold"))
    for number, step in enumerate(shown.steps, 1):
        grid.add_row(_label("" if number > 1 else "steps"), _step_text(context, number, step))
    _command_rows(grid, shown)
    _change_rows(grid, shown)
    if shown.last:
        for path in shown.last.backups:
            grid.add_row(_label("backup"), literal(path))
        for note in shown.last.notes:
            grid.add_row("", literal(note, "yellow"))
    grid.add_row(_label("for"), literal(f"{shown.purpose}; {_lasts(shown)}"))
    if shown.source:
        grid.add_row(_label("from"), literal(shown.source))
    title = literal(shown.title, "bold")
    title.append_text(literal(f" · runbook {shown.runbook}\n"))
    return Group(title, grid)


def _step_text(context: UiContext, number: int, step: StepRow) -> Text:
    """One step of a bundle: how its newest run with these parameters ended, and if it holds."""
    text = literal(f"{number} ").append_text(glyph(step.state))
    text.append_text(literal(f" {step.title}  {step.last}", STATE_STYLES[step.state]))
    if step.started is not None:
        text.append_text(literal(f"  {_moment(context, step.started)}  {step.took}", "dim"))
    if step.stale:
        text.append_text(literal(f"  stale: {step.stale}", "yellow"))
    elif step.evidence:
        text.append_text(literal(f"  {step.evidence}"))
    return text


def _state_of(record: Record) -> State:
    return record.verdict.state if record.verdict else State.INFO


def question(shown: ActionDetail) -> RenderableType:
    """What the operator is asked to agree to: exactly what is done, and what undoes it."""
    grid = _grid()
    _command_rows(grid, shown)
    _change_rows(grid, shown)
    for note in shown.notes:
        grid.add_row(_label("note"), literal(note))
    grid.add_row(_label("checked"), literal(", ".join(dict.fromkeys(_checked(shown)))))
    grid.add_row(_label("lasts"), literal(_lasts(shown)))
    return grid


def _grid() -> Table:
    said = GridColumn(ratio=1, overflow="fold")
    return Table.grid(GridColumn(width=8), said, padding=(0, 1), expand=True)


def _command_rows(grid: Table, shown: ActionDetail) -> None:
    grid.add_row(_label("command"), literal(shown.command or "none", "bold"))
    if shown.source:
        grid.add_row(_label("from"), literal(shown.source))
    grid.add_row(_label("in"), literal(shown.cwd))
    for number, change in enumerate(shown.environment):
        grid.add_row(_label("" if number else "with"), literal(change))


def _change_rows(grid: Table, shown: ActionDetail) -> None:
    grid.add_row(_label("does"), literal(f"{shown.effect}: {shown.changes}"))
    for number, copied in enumerate(shown.backups):
        grid.add_row(_label("" if number else "copies"), literal(copied))
    grid.add_row(_label("undo"), literal(shown.undo))


def _checked(shown: ActionDetail) -> list[str]:
    return [check.what for check in shown.checks if check.met and check.what]


def _lasts(shown: ActionDetail) -> str:
    """How long it takes by what passed, and after how long it is stopped."""
    about = f"about {took(shown.expected)} as before, " if shown.expected is not None else ""
    return f"{about}stopped after {ago(shown.timeout)}"


def _label(name: str) -> Text:
    return cell(name, "dim")


def record_text(record: Record) -> Text:
    """How a run ended, on one line."""
    state = _state_of(record)
    evidence = f": {record.evidence}" if record.evidence else ""
    text = glyph(state)
    text.append_text(literal(f" {record.word}", STATE_STYLES[state]))
    text.append_text(literal(evidence))
    return text


def _going_of(row: ActionRow, run: Run) -> str:
    """How far a run is; a bundle by its steps, as soon as that was read."""
    step = row.last.removeprefix("running ")
    known = row.steps and step != row.last and not run.stopping
    return f"{step}, {ago(run.seconds)}" if known else _going(run)


def _going(run: Run) -> str:
    return f"{'stopping' if run.stopping else 'running'} {ago(run.seconds)}"


def silence(run: Run) -> str:
    """For how long it has printed nothing, once that has lasted."""
    return f", nothing printed for {ago(run.quiet)}" if run.quiet >= SILENCE else ""


def heading(reading: Reading, place: str) -> Text:
    """Whose output is on screen, how far it is, and below it where in it the screen is."""
    record, run = reading.record, reading.run
    text = literal(f"{record.title} ", "bold")
    if run is not None and record.running:
        text.append_text(literal(f"▸ {_going(run)}"))
        text.append_text(_expected(run.seconds, reading))
        text.append_text(literal(silence(run)))
    else:
        text.append_text(record_text(record))
        if record.notes:
            text.append_text(literal(f"\n{'; '.join(record.notes)}", "yellow"))
    if tests := _tests(reading):
        text.append_text(tests)
    if place:
        text.append_text(literal(f"\n{place}", "dim"))
    return text


def _expected(seconds: float, reading: Reading) -> Text:
    """How much of the time, or of the tests, is done: in words, and as a bar."""
    about, seen = reading.expected, reading.seen
    text = literal("")
    if about is not None:
        late = ", longer than usual" if seconds > 1.5 * about + 1 else ""
        text.append_text(literal(f" of about {took(about)}{late}"))
    part = seen.part(reading.tests) if seen is not None else None
    if part is None and about:
        part = min(seconds / about, 1.0)
    if part is not None:
        done = round(part * _BAR)
        text.append(" ").append("█" * done, "green").append("░" * (_BAR - done), "dim")
    return text


def _tests(reading: Reading) -> Text | None:
    """How many tests are done, and the names of those that failed, the newest first."""
    seen = reading.seen if reading.record.running else None
    if seen is None or not (said := seen.shown(reading.tests)):
        return None
    text = literal(f"\n{said}", "bold red" if seen.failed else "")
    names = [failure.test for failure in reversed(seen.failures)]
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        text.append_text(literal(f": {', '.join(names[:_NAMED])}{more}", "red"))
    return text


def others_text(readings: Sequence[Reading], shown: Reading | None) -> Text:
    """What runs, where that is more than one; the one in view is marked."""
    text = literal(f"{len(readings)} run: ", "bold")
    for number, reading in enumerate(readings):
        text.append("" if number == 0 else " · ", "dim")
        seconds = ago(reading.run.seconds) if reading.run is not None else ""
        name = f"{reading.record.title} {seconds}"
        text.append_text(literal(f"[{name}]" if reading is shown else name))
    return text
