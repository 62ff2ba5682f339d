"""The line above the log: what is shown of how much, whether it follows, what is wrong."""

from __future__ import annotations

from typing import Final

from rich.text import Text
from textual.widget import Widget

from orket_console.base.refs import LogRef
from orket_console.logs.indexing import Indexed
from orket_console.logs.shown import Shown
from orket_console.logs.sources import SourceStatus
from orket_console.ui.literal import cell, literal

_LARGE: Final = 64 << 20
"""Bytes of logs that are not indexed at once."""


class LogLine(Widget):
    """One line; a second one while a log is waited for or can't be read."""

    DEFAULT_CSS = """
    LogLine { height: auto; max-height: 3; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__(id="log-line")
        self._first = (cell("opening the logs …", "dim"), Text())
        self._troubles: list[Text] = []

    @property
    def text(self) -> str:
        """What it says, without its layout."""
        return "\n".join(part.plain for part in (*self._first, *self._troubles))

    def show(
        self, shown: Shown, *, following: bool, at: LogRef | None = None, note: str = ""
    ) -> None:
        """`at` is the line with the cursor; `note` comes first: what goes on, or was found."""
        filtered = shown.filter.expression
        left = cell(filtered, "bold") if filtered else cell("all", "dim")
        right = counts(shown, following=following, at=at)
        if note:
            right = Text(" · ", end="").join([cell(note, "bold"), right])
        first, troubles = (left, right), _troubles(shown)
        if (first, troubles) != (self._first, self._troubles):
            taller = len(troubles) != len(self._troubles)
            self._first, self._troubles = first, troubles
            self.refresh(layout=taller)

    def render(self) -> Text:
        left, right = (part.copy() for part in self._first)
        width = self.content_size.width
        right.truncate(width, overflow="ellipsis")
        room = max(width - right.cell_len, 0)
        left.truncate(max(room - 1, 0), overflow="ellipsis")
        left.pad_right(room - left.cell_len)
        return Text("\n", no_wrap=True, overflow="ellipsis").join(
            [left.append_text(right), *self._troubles]
        )


def counts(shown: Shown, *, following: bool, at: LogRef | None = None) -> Text:
    """`37 of 662 · following · 4 sources`."""
    read = sum(state.status is SourceStatus.FOLLOWING for state in shown.states)
    parts = [Text(_amount(shown, at)), _mode(shown, following=following)]
    if shown.malformed:
        parts.append(Text(f"{shown.malformed:,} malformed", "yellow"))
    off = sum(state.status is SourceStatus.OFF for state in shown.states)
    said = f", {off} off" if off else ""
    parts.append(Text(f"{read} source{'' if read == 1 else 's'}{said}"))
    return Text(" · ", end="").join(parts)


def indexing(indexed: Indexed) -> str:
    """How far large logs are indexed, while that takes a while."""
    if indexed.whole or indexed.of < _LARGE:
        return ""
    return f"indexing {100 * indexed.done // indexed.of} %"


def why_empty(shown: Shown) -> Text:
    """Why there is no line at all, and which key helps."""
    progress = shown.progress
    if shown.problem:
        return literal(shown.problem)
    if progress.reading:
        return literal("reading …")
    if not shown.filter.expression:
        return literal("No record yet: what is written shows by itself.")
    if progress.oldest:
        return literal(f"None of {_all(shown)} records matches. f changes it, c clears it.")
    return literal(
        f"None of the last {progress.scanned:,} records matches. Home looks further, c clears it."
    )


def _amount(shown: Shown, at: LogRef | None) -> str:
    progress = shown.progress
    going_on = " …" if progress.reading else ""
    filtered = shown.filtered
    if not shown.filter.expression or filtered is None:
        read = f"{progress.scanned:,}"
        if not progress.oldest:
            # Held still in the middle, it is not the last ones that were read.
            lines = shown.indexed.logs.get(at.path) if at is not None else None
            if not shown.live and at is not None and lines and 0 < (at.line or 0) <= lines:
                return f"line {at.line:,} of {lines:,}"
            read = f"the last {read}" if shown.live else f"{read} read"
        return read + going_on
    if progress.oldest and progress.newest and not progress.reading:
        return f"{shown.matched:,} of {_all(shown)}"
    if filtered.whole:
        return f"{max(filtered.hits + shown.fresh, shown.matched):,} of {_all(shown)}"
    share = 100 * filtered.done // max(filtered.of, 1)
    return f"{max(filtered.hits, shown.matched):,} in {share} %{going_on}"


def _all(shown: Shown) -> str:
    """How many records there are, where that is known by now."""
    indexed = shown.indexed
    if indexed.whole and indexed.lines >= shown.progress.scanned:
        return f"{indexed.lines:,}"
    return "…"


def _mode(shown: Shown, *, following: bool) -> Text:
    if following:
        return Text("following", "green")
    if not shown.new:
        return Text("paused", "yellow")
    errors = f", {shown.new_errors:,} error{'' if shown.new_errors == 1 else 's'}"
    said = f"paused, {shown.new:,} new{errors if shown.new_errors else ''}"
    return Text(said, "bold yellow")


def _troubles(shown: Shown) -> list[Text]:
    if shown.problem:
        return [cell(shown.problem, "bold red")]
    said: dict[SourceStatus, list[str]] = {}
    for state in shown.states:
        said.setdefault(state.status, []).append(state.sentence())
    lines = []
    for status, style in ((SourceStatus.UNREADABLE, "yellow"), (SourceStatus.WAITING, "dim")):
        if status in said:
            lines.append(cell(" · ".join(said[status]), style))
    return lines
