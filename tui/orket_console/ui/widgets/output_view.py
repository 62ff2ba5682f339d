"""The output of an action with all that is done to it: followed, searched, copied."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from orket_console.actions.finding import Search, row_of
from orket_console.actions.transcript import AT_ONCE, Transcript
from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.ui.action_runs import Reading
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.output_lines import OutputLines

_PAGES: Final = 40
"""Pages that are searched before it is told how far it is."""
_MOST_COPIED: Final = 50_000
"""Rows that are copied or written out at once; more of them are in the kept files."""


class OutputView(Vertical):
    """A heading that says whose output it is, and its lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "full", "full height", id="output.full"),
        Binding("slash", "find", "find", key_display="/", id="output.find"),
        Binding(
            "n", "found(1)", "next", key_display="n/N", tooltip="next place found", id="output.next"
        ),
        Binding("N", "found(-1)", "previous place found", show=False, id="output.previous"),
        Binding("y", "copy", "copy", tooltip="copy it", id="output.copy"),
    ]
    DEFAULT_CSS = """
    OutputView { height: 1fr; }
    OutputView > Static { height: auto; width: 1fr; padding: 0 1; }
    """

    class Full(Message):
        """The whole height of the pane is wanted for it, or no more."""

    class Copied(Message):
        """`text_of` gives what the operator wants to take away; it reads, so not on the loop."""

        def __init__(self, record: str, text_of: Callable[[], str]) -> None:
            super().__init__()
            self.record = record
            self.text_of = text_of

    def __init__(self, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._reading: Reading | None = None
        self._search: Search | None = None
        self._step = 0
        self._catching_up = False
        self._searching = False
        self._sought_line = ""
        self._is_whole = False

    def compose(self) -> ComposeResult:
        yield Static(id="output-head", markup=False)
        yield OutputLines()
        yield FilterBar("text to find", "output-find")

    @property
    def lines(self) -> OutputLines:
        return self.query_one(OutputLines)

    @property
    def reading(self) -> Reading | None:
        return self._reading

    def show(self, reading: Reading, line: str = "") -> None:
        """Show an output at `line`; without it, one that has ended at its verdict's evidence."""
        self._reading = reading
        self._search, self._step = None, 0
        self._is_whole = False
        self._sought_line = line or (not reading.record.running and reading.record.evidence) or ""
        self.query_one(FilterBar).keep("")
        self.lines.show(reading.transcript)
        self.keep_up()

    def head(self, content: RenderableType) -> None:
        self.query_one("#output-head", Static).update(content)

    # -- keeping up with what comes

    def keep_up(self) -> None:
        """Take on what has come since, and search it."""
        if self._reading is not None and not self._catching_up and not self._is_whole:
            self._catching_up = True
            self.run_worker(self._catch_up(self._reading), group="output", exit_on_error=False)

    async def _catch_up(self, reading: Reading) -> None:
        try:
            # Whether it runs comes first: what it printed before its end is then surely there.
            runs = reading.record.running
            while await asyncio.to_thread(reading.catch_up) and reading is self._reading:
                self.lines.grow()
                self._look_for()
            if reading is self._reading and not runs:
                self._is_whole = True
                await self._go_to_evidence(reading)
                self._look_for()
        finally:
            self._catching_up = False

    async def _go_to_evidence(self, reading: Reading) -> None:
        if line := self._sought_line:
            self._sought_line = ""
            row = await asyncio.to_thread(row_of, reading.transcript, line)
            if row is not None and reading is self._reading and self.lines.window.following:
                self.lines.go(row)

    # -- what stands in the heading

    @property
    def place(self) -> str:
        """Where the screen is in the output, what is selected, and what has come since."""
        reading, window = self._reading, self.lines.window
        if reading is None:
            return ""
        first, last = window.selected
        said = [f"line {window.cursor + 1:,} of {window.length:,}" if window.length else ""]
        if window.mark is not None:
            said.append(f"{last - first + 1:,} selected")
        if not window.length:
            said.append("nothing printed yet" if reading.record.running else "it printed nothing")
        elif window.following:
            said.append("following" if reading.record.running else "end")
        elif window.new:
            s = "s" if window.new > 1 else ""
            said.append(f"{window.new:,} new line{s}: end follows")
        elif reading.record.running:
            said.append("paused: end follows")
        if reading.transcript.behind > AT_ONCE:
            said.append(f"{size(reading.transcript.behind)} still to be read")
        said.append(self._found_said())
        if not window.wrap:
            said.append("not wrapped")
        return " · ".join(filter(None, said))

    def _found_said(self) -> str:
        if self._search is None:
            return ""
        standing = self._search.standing(self.lines.window.cursor)
        more = "" if standing.whole else "+"
        count = f"{standing.count:,}{more}"
        where = f"{standing.number:,} of {count}" if standing.number else count
        return f"“{self._search.text}” {where if standing.count else f'not found{more}'}"

    # -- finding

    def action_find(self) -> None:
        self.query_one(FilterBar).open()

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        message.stop()
        lines = self.lines
        lines.focus()
        lines.needle = message.expression
        reading = self._reading
        wanted = bool(message.expression) and reading is not None
        self._search = (
            Search(reading.transcript, message.expression) if reading and wanted else None
        )
        self._step = -1 if lines.window.following else 1
        lines.refresh()
        self.refresh_bindings()
        self._look_for()

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        self.lines.focus()

    def action_found(self, step: int) -> None:
        self._step = step
        self._look_for()

    def _look_for(self) -> None:
        """Go to the hit that is wanted once it is known; search on in a thread until it is."""
        if self._search is not None and not self._searching:
            self._searching = True
            self.run_worker(self._searched(), group="output-search", exit_on_error=False)

    async def _searched(self) -> None:
        try:
            while (search := self._search) is not None:
                more = await asyncio.to_thread(_steps, search)
                if search is not self._search:
                    continue
                self._go_to_hit(search)
                if not more:
                    return
        finally:
            self._searching = False

    def _go_to_hit(self, search: Search) -> None:
        if self._step:
            row = search.settled(self.lines.window.cursor, self._step)
            if row is not None or search.whole:
                self._step = 0
            if row is not None:
                self.lines.go(row)

    # -- taking away

    def action_full(self) -> None:
        self.post_message(self.Full())

    def action_copy(self) -> None:
        reading, window = self._reading, self.lines.window
        if reading is None or not window.length:
            return
        first, last = window.selected
        transcript = reading.transcript
        self.post_message(self.Copied(reading.record.id, lambda: _copied(transcript, first, last)))
        window.mark = None
        self.lines.refresh()

    def leave(self) -> bool:
        """Drop a selection, or what was looked for; whether there was any."""
        window, searched = self.lines.window, self._search is not None
        if window.mark is not None:
            window.mark = None
        elif searched:
            self._search, self.lines.needle = None, ""
        else:
            return False
        self.lines.refresh()
        self.refresh_bindings()
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._search is not None if action == "found" else True


def _steps(search: Search) -> bool:
    """Search some pages more; whether there are more."""
    return all(search.step() for _ in range(_PAGES))


def _copied(transcript: Transcript, first: int, last: int) -> str:
    """Rows as lines, those that go on put together. Raises `ConsoleError` for too many."""
    if last - first >= _MOST_COPIED:
        raise ConsoleError(
            f"{last - first + 1:,} lines are too many to copy",
            where=str(transcript.folder),
            remedy="all output is kept there, in `stdout` and `stderr`",
        )
    # A line is copied whole, though the cursor is on a part of it.
    while first > 0 and transcript.read(first, first + 1)[0].goes_on:
        first -= 1
    while (after := transcript.read(last + 1, last + 2)) and after[0].goes_on:
        last += 1
    text = ""
    for row in transcript.read(first, last + 1):
        text += row.text if row.goes_on or not text else f"\n{row.text}"
    return text
