"""The three lists of the Webhooks tab: their columns, rows and details as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rich.syntax import Syntax
from rich.text import Text
from textual.widget import Widget

from orket_console.base.state import State
from orket_console.ui.brief_time import brief_time
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.widgets.listing import Column, Row
from orket_console.webhooks.evidence import (
    cycle_lines,
    delivery_lines,
    failure_lines,
    gap_lines,
    payload_text,
)
from orket_console.webhooks.model import (
    Cycle,
    Cycles,
    Deliveries,
    Delivery,
    Failures,
    Gap,
    ReviewFailure,
)

PAGE: Final = 200
_COLOURED: Final = 20_000
"""Characters of a payload that are coloured; more would hold up the keys."""

Item = Delivery | Cycle | ReviewFailure | Gap
Found = Deliveries | Cycles | Failures

DELIVERY_COLUMNS: Final = (
    Column("", 1),
    Column("time", 8),
    Column("event", 19),
    Column("repo#pr", 12),
    Column("outcome", 11),
    Column("why"),
)
CYCLE_COLUMNS: Final = (
    Column("", 1),
    Column("repo#pr", 14),
    Column("cycle", 7),
    Column("status", 8),
    Column("updated", 8),
    Column("what it means"),
)
FAILURE_COLUMNS: Final = (
    Column("", 1),
    Column("time", 8),
    Column("repo#pr", 16),
    Column("cycle", 5, right=True),
    Column("reviewer", 16),
    Column("reason"),
)
COLUMNS: Final = {
    "deliveries": DELIVERY_COLUMNS,
    "cycles": CYCLE_COLUMNS,
    "failures": FAILURE_COLUMNS,
}


@dataclass(slots=True)
class View:
    """One list: what it is called, how much of it is wanted, and what was read last."""

    name: str
    key: str
    limit: int = PAGE
    pages: int = 1
    found: Found | None = None
    items: dict[str, Item] = field(default_factory=dict)
    is_being_read: bool = False

    @property
    def listing(self) -> str:
        """The id of its `Listing`."""
        return f"webhook-{self.name}"

    @property
    def count(self) -> str:
        """`25`, or `200+` when there are older ones."""
        if self.found is None:
            return "…"
        return f"{len(self.found.rows)}{'+' if self.found.older is not None else ''}"

    def take(self, found: Found) -> None:
        self.found = found
        self.is_being_read = False
        rows = found.timeline if isinstance(found, Deliveries) else found.rows
        self.items = {item.key: item for item in rows}


class ViewLine(Widget):
    """`[d Deliveries 17]  c Cycles 2  x Failures 10  u Queries 8`, and the filter in force."""

    DEFAULT_CSS = "ViewLine { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self, views: Sequence[View]) -> None:
        super().__init__()
        self._lists = tuple(views)
        self._chosen = ""
        self._queries = ""
        self._narrowed = ""

    def show(self, chosen: str, queries: str, narrowed: str) -> None:
        """`chosen` is the name of what is in view, `queries` how many there are of those."""
        self._chosen = chosen
        self._queries = queries
        self._narrowed = narrowed
        self.refresh()

    def render(self) -> Text:
        line = Text(" ", no_wrap=True, overflow="ellipsis", end="")
        parts = [(view.key, view.name, view.count) for view in self._lists]
        for key, name, count in (*parts, ("u", "queries", self._queries)):
            label = f"{key} {name.capitalize()} {count}".rstrip()
            if name == self._chosen:
                line.append(f"[{label}]", "bold")
            else:
                line.append(f" {label} ", "dim")
            line.append(" ")
        if self._narrowed:
            line.append("/ ", "dim").append_text(cell(self._narrowed, "yellow"))
        return line


def row_of(item: Item, context: UiContext) -> Row:
    """An item as a line of its list."""
    match item:
        case Delivery():
            cells = (
                glyph(item.state),
                cell(_short_time(item.at, context)),
                cell(item.event or "–"),
                cell(item.pr_key or "–"),
                cell(item.label, STATE_STYLES[item.state]),
                cell(item.summary),
            )
        case Gap():
            cells = (
                glyph(State.DEGRADED),
                cell(_short_time(item.at, context)),
                cell("━━ gap ━━", "yellow"),
                cell(item.pr_key),
                cell(""),
                cell(item.why, "yellow"),
            )
        case Cycle():
            means = f"STUCK: {item.why}" if item.stuck else item.why
            cells = (
                glyph(item.state),
                cell(item.pr_key),
                cell(item.label.removeprefix("cycle ")),
                cell(item.status),
                cell(_short_time(item.updated_at, context)),
                cell(means, STATE_STYLES[item.state] if item.stuck else ""),
            )
        case ReviewFailure():
            cells = (
                glyph(State.INFO),
                cell(_short_time(item.at, context)),
                cell(item.pr_key),
                cell("?" if item.cycle is None else str(item.cycle)),
                cell(item.reviewer),
                cell(item.reason),
            )
    return Row(item.key, cells)


def detail_of(item: Item, context: UiContext) -> Text:
    """An item in full: why, the reason or payload, and where it was read."""
    layout, moment = context.target.layout, context.day_and_time
    match item:
        case Delivery():
            lines, state = delivery_lines(item, layout, moment), item.state
        case Cycle():
            now = context.clock.now()
            lines = cycle_lines(item, layout, lambda at: brief_time(context, at, now, wide=True))
            state = item.state
        case Gap():
            lines, state = gap_lines(item, layout, moment), State.DEGRADED
        case ReviewFailure():
            lines, state = failure_lines(item, layout, moment), State.INFO
    text = Text(end="").append_text(glyph(state)).append(" ")
    text.append_text(literal(lines[0], "bold"))
    for line in lines[1:]:
        text.append("\n").append_text(literal(line))
    if isinstance(item, Delivery):
        text.append("\n").append_text(_payload(item))
    return text


def _payload(delivery: Delivery) -> Text:
    if not delivery.payload:
        return Text("  payload: the log keeps none", style="dim", end="")
    shown = payload_text(delivery.payload)
    if len(shown) > _COLOURED:
        return literal(shown)
    coloured = Syntax("", "json", background_color="default").highlight(shown)
    coloured.rstrip()
    return coloured


def _short_time(at: datetime | None, context: UiContext) -> str:
    """`05:18:59` today, `11-22` on another day; the detail has it whole."""
    return "–" if at is None else brief_time(context, at, context.clock.now(), wide=False)
