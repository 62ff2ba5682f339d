"""The Incident tab as text: its heading, steps, what is to be said of the pass, happenings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orket_console.base.state import GLYPHS, State
from orket_console.base.text import clean
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.ledger.model import Incident, PassStep, StepKind, StepState
from orket_console.incidents.overview import Overview, closed_by
from orket_console.incidents.timeline.entry import Entry
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.panes.health import findings
from orket_console.ui.widgets.listing import Column, Row

STEP_COLUMNS: Final = (Column("", 1), Column("step", 39), Column("closed by"))
HOME_COLUMNS: Final = (Column("", 1), Column("", 8), Column("found now, and earlier incidents"))
FINDING: Final = "finding:"
INCIDENT: Final = "incident:"
_SAME: Final = 50
"""Entries of one moment that are told apart."""
_STATES: Final = {
    StepState.CLOSED: State.OK,
    StepState.BY_HAND: State.DEGRADED,
    StepState.SKIPPED: State.INFO,
}


def head(shown: Overview, context: UiContext) -> RenderableType:
    """What it is, since when, and how often its failure was there."""
    one = shown.incident
    at = f"pass {shown.of.number}" if shown.of else "no pass yet"
    since = f"opened {_when(one.opened, context)} · {at}"
    if one.closed is not None:
        since = f"closed {_when(one.closed, context)} · {at}"
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    line.add_column(no_wrap=True, justify="right")
    title = cell(one.name, "bold").append("  ").append_text(cell(one.title, "bold"))
    line.add_row(title, cell(since, "dim"))
    below = cell(_known(shown, context), "dim")
    below.end = "\n"
    return Group(line, below)


def _known(shown: Overview, context: UiContext) -> str:
    one = shown.incident
    if one.closed is not None:
        return f"closed by {one.closed_by}: {one.reason}"
    taken = f" · {one.owner} works on it" if one.owner != one.opened_by else ""
    if not one.signature:
        return f"opened by hand by {one.opened_by}: no failure stands behind it{taken}"
    before = shown.seen - 1
    times = "once" if before == 1 else f"{before} times"
    seen = f"seen {times} before" if before > 0 else "seen for the first time"
    clean = f", clean pass {_when(shown.clean, context)}" if shown.clean else ""
    return f"{seen}{clean}{taken} · signature {one.signature}"


def step_rows(shown: Overview) -> list[Row]:
    """A row a step: what closed it, or what it waits for and how often that has worked."""
    under_way = shown.of is not None and shown.of.ended is None
    open_now = (one for one in shown.steps if one.state is StepState.OPEN)
    first = next(open_now, None) if under_way else None
    worked = {one.key: f"{one.clean} of {one.tried} clean" for one in shown.worked}
    return [
        Row(
            str(step.id),
            (
                _mark(step, at_hand=step is first),
                cell(f"{step.position} {step.title}"),
                _closed_by(step, worked, at_hand=step is first),
            ),
        )
        for step in shown.steps
    ]


def _mark(step: PassStep, *, at_hand: bool) -> Text:
    state = _STATES.get(step.state)
    if state is not None:
        return glyph(state)
    return Text("▲", "yellow", end="") if at_hand else Text(" ", end="")


def _closed_by(step: PassStep, worked: Mapping[str, str], *, at_hand: bool) -> Text:
    if step.state is not StepState.OPEN:
        by_word = step.state is not StepState.CLOSED
        return cell(closed_by(step), "yellow" if by_word else "")
    before = worked.get(step.key, "") if step.kind is StepKind.ACTION else ""
    said = closed_by(step) if at_hand or before else "–"
    return cell(f"{said}{f' · before: {before}' if before else ''}", "" if at_hand else "dim")


def banner(
    shown: Overview, lacking: Sequence[str] | None, context: UiContext, *, judged: bool = True
) -> Text:
    """What is to be done now. `lacking` is what a pass under way still lacks, None where no
    look has told it yet, and none will where passes are not `judged`."""
    said = Text(end="")
    if shown.came_back is not None and shown.incident.closed is None:
        said.append("▲ REPEAT  ", "bold yellow").append(_repeat(shown, context)).append("\n")
    if lacking is None and not judged and shown.of is not None and shown.of.ended is None:
        return said.append_text(literal(f"pass {shown.of.number} was under way", "dim"))
    return said.append_text(_now(shown, lacking, context))


def _repeat(shown: Overview, context: UiContext) -> str:
    back, drafted = shown.came_back, shown.escalation
    at = f" ({_when(back.at, context)})" if back else ""
    said = f"this failure came back after a clean pass{at}: the runbook asks for an escalation. "
    if shown.due or drafted is None:
        return f"{said}E drafts it with its four fields."
    if drafted.url:
        return f"{said}Filed: {clean(drafted.url)}"
    if drafted.path:
        return f"{said}Written: {clean(Path(drafted.path).name)}, E shows where."
    return f"{said}Drafted with its four fields: E opens it."


def _now(shown: Overview, lacking: Sequence[str] | None, context: UiContext) -> Text:
    of = shown.of
    if shown.incident.closed is not None:
        return literal("closed; l lists all", "dim")
    if of is None:
        return literal("b begins the recovery pass: its steps follow from what is found now")
    if of.ended is not None and of.clean:
        if shown.came_back is not None:
            return literal("b begins the next pass")
        at = _when(of.ended, context)
        return literal(f"{GLYPHS[State.OK]} pass {of.number} is clean, {at}: c closes", "green")
    if of.ended is not None:
        why = "; ".join(of.lacking)
        return literal(f"pass {of.number} ended without being clean: {why}. b begins the next")
    if lacking is None:
        return literal("looking …", "dim")
    if not lacking:
        return literal("nothing is lacking any more: v ends the pass as clean", "green")
    more = f" (+{len(lacking) - 1}: v names them)" if len(lacking) > 1 else ""
    return literal(f"lacking: {lacking[0]}{more}", "dim")


def timeline_columns(told: str) -> list[Column]:
    """`told` says how much of it there is, over what happened."""
    return [Column("", 1), Column("time", 8), Column("what", 8), Column(told)]


def keyed_entries(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Entries by a key that stays theirs while others come in."""
    keyed: dict[str, Entry] = {}
    for one in entries:
        key = f"{one.at.isoformat()} {one.kind}"
        same = sum(other.startswith(key) for other in list(keyed)[-_SAME:])
        keyed[f"{key} {same}"] = one
    return keyed


def entry_row(key: str, one: Entry, context: UiContext) -> Row:
    at = cell(context.time_of_day(one.at), "dim")
    return Row(key, (glyph(one.state), at, cell(str(one.kind)), cell(one.what)))


# -- where none is in view ---------------------------------------------------------------------


def home_head(read_only: str, problem: str, count: int) -> Text:
    """That none is open, or why that is not known, and which keys help."""
    if problem:
        return literal(f"▲ {problem}", "yellow")
    said = literal("No incident is open.  " if not count else f"Open incidents: {count}.  ", "bold")
    if read_only:
        return said.append(f"None can be opened: {read_only}", "yellow")
    return said.append("o opens one from a finding, O by hand", "dim")


def home_rows(
    diagnosis: Diagnosis | None, incidents: Sequence[Incident], context: UiContext
) -> list[Row]:
    """What could be opened, then what was."""
    found = findings.keyed(diagnosis).items()
    rows = [
        Row(f"{FINDING}{key}", (findings.state_glyph(one), cell("found"), cell(one.conclusion)))
        for key, one in found
        if not one.follows
    ]
    return [*rows, *(_incident_row(one, context) for one in incidents)]


def _incident_row(one: Incident, context: UiContext) -> Row:
    state = State.INFO if one.closed else State.DEGRADED
    ended = f"closed {_when(one.closed, context)}: {one.reason}" if one.closed else "open"
    name = cell(one.name, STATE_STYLES[state])
    return Row(f"{INCIDENT}{one.id}", (glyph(state), name, cell(f"{one.title} · {ended}")))


def describe_incident(one: Incident, context: UiContext) -> RenderableType:
    lines = Table.grid(padding=(0, 1))
    lines.add_column(width=9)
    lines.add_column(ratio=1, overflow="fold")
    for label, said in _about(one, context):
        lines.add_row(Text(label, "dim"), literal(said))
    return Group(literal(f"{one.name}  {one.title}\n", "bold"), lines)


def _about(one: Incident, context: UiContext) -> Iterator[tuple[str, str]]:
    yield "opened", f"{_when(one.opened, context)} by {one.opened_by}"
    if one.closed:
        yield "closed", f"{_when(one.closed, context)} by {one.closed_by}: {one.reason}"
    yield "owner", str(one.owner)
    yield "signature", one.signature or "none: it was opened by hand"
    if one.reopened:
        yield "reopened", str(one.reopened)


def _when(at: datetime, context: UiContext) -> str:
    """The time, with its day where that is not today."""
    today = context.day_and_time(context.clock.now())[:10]
    shown = context.day_and_time(at.astimezone(UTC))
    return shown[11:] if shown[:10] == today else shown[:16]
