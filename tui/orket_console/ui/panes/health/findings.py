"""The diagnosis below the probes: its rows, one finding in full, and where it leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orket_console.base.refs import ActionRef, LogRef, ProbeRef, Ref
from orket_console.base.state import State
from orket_console.incidents.diagnosis import words
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.widgets.listing import Column, Row

_WIDTH: Final = 9


def columns(diagnosis: Diagnosis | None) -> list[Column]:
    """The diagnosis in a line stands over its findings."""
    label = words.headline(diagnosis) if diagnosis else "looking …"
    return [Column("", 1), Column(f"Diagnosis: {label}")]


def rows(diagnosis: Diagnosis | None) -> list[Row]:
    """A row a finding; what follows from another is set in."""
    return [Row(key, (state_glyph(one), _line(one))) for key, one in keyed(diagnosis).items()]


def keyed(diagnosis: Diagnosis | None) -> dict[str, Finding]:
    """Findings by a key that stays theirs from one round to the next."""
    found: dict[str, Finding] = {}
    for one in diagnosis.findings if diagnosis else ():
        same = sum(key.startswith(one.signature) for key in found)
        found[f"{one.signature}#{same}"] = one
    return found


def nothing(diagnosis: Diagnosis | None) -> Text:
    """Why there is no finding: what was looked at, and what could not be."""
    if diagnosis is None:
        return Text("looking …")
    unread = f" Not read: {'; '.join(diagnosis.unread)}." if diagnosis.unread else ""
    return literal(f"Looked at {'; '.join(diagnosis.looked)}.{unread}")


def describe(one: Finding) -> RenderableType:
    """A finding in full."""
    heading = Text().append_text(state_glyph(one))
    heading.append_text(literal(f" {one.conclusion}", "bold"))
    lines = Table.grid(padding=(0, 1))
    lines.add_column(width=_WIDTH)
    lines.add_column(ratio=1, overflow="fold")
    kind = literal(f"{one.rule}, {one.failure.words}", STATE_STYLES[_state(one)])
    lines.add_row(Text("rule", "dim"), kind)
    for label, said in words.told(one):
        lines.add_row(Text(label, "bold" if label == "next" else "dim"), literal(said))
    return Group(heading, lines)


def to_open(diagnosis: Diagnosis | None, probe: str) -> Finding | None:
    """What an incident would be opened from at a probe: the first finding that rests on it,
    else the one that leads."""
    found = diagnosis.findings if diagnosis else ()
    about = (one for one in found if ProbeRef(probe) in [each.ref for each in one.evidence])
    return next(about, found[0] if found else None)


def refs_of(one: Finding) -> Sequence[Ref]:
    """All that can be opened: the evidence, then what to do next."""
    steps = [step.ref for step in one.next if step.ref is not None]
    return tuple(dict.fromkeys([*(each.ref for each in one.evidence), *steps]))


def action_of(one: Finding) -> ActionRef | None:
    return next((step.ref for step in one.next if isinstance(step.ref, ActionRef)), None)


def log_of(one: Finding) -> LogRef | None:
    return next((each.ref for each in one.evidence if isinstance(each.ref, LogRef)), None)


def _line(one: Finding) -> Text:
    indent = f"{words.FOLDED} " if one.follows else ""
    return cell(f"{indent}{one.conclusion}")


def state_glyph(one: Finding) -> Text:
    return glyph(_state(one))


def _state(one: Finding) -> State:
    """What follows from another is shown as that."""
    return State.INFO if one.follows else one.state
