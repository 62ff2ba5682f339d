"""How one item of the log is drawn: its columns, what happened, and what is searched for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.style import Style

from orket_console.base.severity import Severity
from orket_console.base.state import GLYPHS
from orket_console.logs.look import (
    LABELS,
    VALUES,
    Column,
    Face,
    Field,
    Look,
    age_text,
    time_text,
    zoned,
)
from orket_console.logs.records import Item, Marker, Record
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES
from orket_console.ui.widgets.wrapping import wrapped

WRAP_CAP: Final = 8
"""Lines on screen that one record may take; what is left of it is counted at its end."""
_LEAST: Final = 8
"""Characters that the line which says what happened is left."""

_LONG: Final = 1 << 13
"""Bytes of a record whose line is kept once it is made: a megabyte takes up to 100 ms."""
_KEPT: Final = 512

Part = tuple[str, Style]


@dataclass(frozen=True, slots=True)
class Inks:
    """The width and styles of one paint: asking for them costs more than drawing a line."""

    width: int
    base: Style
    header: Style
    cursor: Style
    found: Style
    empty: Style


class Rows:
    """Draws items. `columns` are those in force, `shift` counts characters gone to the left."""

    def __init__(self, context: UiContext, redact: Callable[[str], str]) -> None:
        self._ui = context
        self._redact = redact
        self.look = Look()
        self.columns: tuple[Column, ...] = ()
        self.shift = 0
        self.needle: re.Pattern[str] | None = None
        self.is_marked: Callable[[Record], bool] = _never
        self._lines: dict[int, list[str]] = {}
        self._long: dict[tuple[object, ...], str] = {}

    def forget(self) -> None:
        """Wrapped lines are kept for as long as the same items are looked at."""
        self._lines.clear()

    def fit_to(self, width: int) -> None:
        """Take up the columns for a view so many characters wide."""
        self.columns = self.look.columns_for(width)

    def header(self, first: Item | None) -> str:
        """The columns' names; over the time the day of the line on top, where it isn't today's."""
        labels = []
        for column in self.columns:
            label = LABELS[column.field]
            if column.field is Field.TIME:
                label = self._time_label(column, first)
            labels.append(fit(label, column.width))
        return " ".join([*labels, "what happened"])

    def height(self, item: Item, width: int) -> int:
        """Lines that an item takes in a view of this width."""
        if not self.look.wrap or isinstance(item, Marker):
            return 1
        return len(self._wrapped(item, self._room(width)))

    def draw(
        self, item: Item, before: Item | None, line: int, width: int, base: Style, inks: Inks
    ) -> list[Part]:
        """Line `line` of an item; `before` is the item above, for where a day begins."""
        if isinstance(item, Marker):
            return [self._marker(item, width, base)]
        quiet = base + _DIM if item.severity is Severity.DEBUG else base
        room = self._room(width)
        day = self._new_day(item, before)
        if self.look.wrap:
            said = self._wrapped(item, room)
            what = said[line] if line < len(said) else ""
            if line:
                return [(" " * self._taken(), base), *self._marked(fit(what, room), quiet, inks)]
        else:
            what = self._shifted(self._said(item))
        if day:
            what = fit(f"━ {day} ━ {what}", room)
        return [*self._cells(item, base, quiet), *self._marked(fit(what, room), quiet, inks)]

    def gutter(self, item: Item, *, at_cursor: bool) -> str:
        """`▸` where the cursor is, `◆` where a bookmark is, `◈` for both."""
        if isinstance(item, Record) and self.is_marked(item):
            return "◈" if at_cursor else "◆"
        return "▸" if at_cursor else " "

    # -- the parts of a line

    def _cells(self, record: Record, base: Style, quiet: Style) -> list[Part]:
        parts: list[Part] = []
        for column in self.columns:
            if column.field is Field.SEVERITY:
                state = record.severity.state
                parts.append((f"{GLYPHS[state]} ", base + _STYLES[state]))
            elif column.field is Field.TIME:
                parts.append((f"{fit(self._time(record, column.width), column.width)} ", quiet))
            else:
                value = self._redact(VALUES[column.field](record))
                parts.append((f"{fit(value, column.width)} ", quiet))
        return parts

    def _marker(self, marker: Marker, width: int, base: Style) -> Part:
        time_of_day = self._ui.time_of_day(marker.at) if marker.at else ""
        said = f"━━ {marker.sentence(time_of_day)} "
        return (said + "━" * max(width - 1 - cell_len(said), 0), base + _CYAN)

    def _said(self, record: Record) -> str:
        if len(record.raw) < _LONG:
            return self._redact(_told(record))
        key = (record.ref.path, record.ref.offset, record.length, record.at)
        told = self._long.get(key)
        if told is None:
            if len(self._long) >= _KEPT:
                self._long.clear()
            told = self._long[key] = _told(record)
        return self._redact(told)

    def _shifted(self, text: str) -> str:
        return f"…{text[self.shift + 1 :]}" if self.shift and text else text

    def _wrapped(self, record: Record, room: int) -> list[str]:
        # By identity: until the next `forget` the window holds the record.
        lines = self._lines.get(id(record))
        if lines is None:
            lines = self._lines[id(record)] = _wrap(self._said(record), room)
        return lines

    def _marked(self, text: str, style: Style, inks: Inks) -> list[Part]:
        """`text` with what is searched for made visible."""
        if self.needle is None:
            return [(text, style)]
        found, at = style + inks.found, 0
        parts: list[Part] = []
        for hit in self.needle.finditer(text):
            parts += [(text[at : hit.start()], style), (hit[0], found)]
            at = hit.end()
        return [*parts, (text[at:], style)]

    def _taken(self) -> int:
        return sum(column.width + 1 for column in self.columns)

    def _room(self, width: int) -> int:
        # One more for the gutter.
        return max(width - 1 - self._taken(), _LEAST)

    # -- times

    def _time(self, record: Record, width: int) -> str:
        if record.at is None:
            return "--:--:--"
        if self.look.face is Face.AGO:
            return age_text(record.at, self._ui.clock.now())
        return time_text(zoned(record.at, utc=self._utc), width)

    @property
    def _utc(self) -> bool:
        return self._ui.is_utc is (self.look.face is not Face.OTHER)

    def _time_label(self, column: Column, first: Item | None) -> str:
        if self.look.face is Face.AGO:
            return "ago"
        day = self._day(first) if first is not None else None
        today = zoned(self._ui.clock.now(), utc=self._utc).date()
        if day is not None and day != today and column.width < _WITH_DAY:
            return f"{day:%d %b}" if day.year == today.year else f"{day:%b %Y}"
        if self.look.face is Face.OTHER:
            return "UTC" if self._utc else "local"
        return LABELS[Field.TIME]

    def _day(self, item: Item) -> date | None:
        return zoned(item.at, utc=self._utc).date() if item.at is not None else None

    def _new_day(self, record: Record, before: Item | None) -> str:
        """The day, where the record is the first of it and no column tells it."""
        if before is None or record.at is None or before.at is None:
            return ""
        if self.look.face is Face.AGO or (record.at.date() == before.at.date() and self._utc):
            return ""
        day = self._day(record)
        if day == self._day(before) or any(_tells_day(column) for column in self.columns):
            return ""
        return f"{day:%Y-%m-%d}"


_DIM: Final = Style(dim=True)
_CYAN: Final = Style(color="cyan")
_STYLES: Final = {state: Style.parse(style) for state, style in STATE_STYLES.items()}
_WITH_DAY: Final = 14


def _wrap(text: str, room: int) -> list[str]:
    lines = wrapped(text, room)
    if len(lines) <= WRAP_CAP:
        return lines
    left = sum(map(len, lines[WRAP_CAP - 1 :]))
    return [*lines[: WRAP_CAP - 1], f"… {left} more, Enter shows all"]


def _told(record: Record) -> str:
    problem = record.problem
    return f"{record.what} [{problem}]" if problem else record.what


def _tells_day(column: Column) -> bool:
    return column.field is Field.TIME and column.width >= _WITH_DAY


def _never(_record: Record) -> bool:
    return False


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut with `…`."""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    if text.isascii():
        return text[: width - 1] + "…"
    return set_cell_size(text, width - 1) + "…"
