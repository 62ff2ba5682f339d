"""`r`: the failure report on whole logs, in sheets of rows that lead to their lines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import LogFilterRef, LogRef
from orket_console.base.text import one_line
from orket_console.logs.report.model import FailureReport, Group
from orket_console.logs.report.sheets import sheets, short
from orket_console.logs.report.tables import Table, logs_read, overview, where
from orket_console.logs.scan.pool import StoppedError
from orket_console.logs.scan.scan import ProgressOf, Stop
from orket_console.ui.brief_time import brief_time
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row
from orket_console.ui.widgets.sheet_line import sheet_line

_WIDE: Final = 110
_HIGH: Final = 30
_BAR: Final = "█"
_KEYS: Final = "←/→ sheet  Enter its lines  l first line  r read again  esc closes"
_WHILE_READING: Final = "esc stops reading"

Build = Callable[[ProgressOf, Stop], FailureReport]


@dataclass(slots=True)
class Kept:
    """A report as it was left: what it said, and where the operator was in it."""

    report: FailureReport | None = None
    sheet: int = 0
    row: str = ""


class Read(Message):
    """Reading has ended, with a report or with why there is none."""

    def __init__(self, report: FailureReport | None, problem: str) -> None:
        super().__init__()
        self.report = report
        self.problem = problem


class ReportScreen(Dialog[LogFilterRef | LogRef | None]):
    """Ends with what to show in the log: a filter, a line, or None.

    `build` makes the report, in a thread; `kept` is shown at once where it holds one, and
    keeps what is shown for the next time. Whatever is shown goes through `redact`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,shift+tab", "turn(-1)", "sheet before", show=False, id="report.before"),
        Binding("right,tab", "turn(1)", "next sheet", id="report.next"),
        Binding("l", "line", "first line", id="report.line"),
        Binding("r", "again", "read again", id="report.again"),
        Binding("escape,q", "leave", "close", id="report.close"),
    ]
    DEFAULT_CSS = """
    ReportScreen Listing { height: 1fr; background: $surface; }
    ReportScreen #report-head { height: auto; max-height: 8; }
    ReportScreen #report-row { height: auto; max-height: 6; border-top: solid $panel; }
    """

    def __init__(
        self, context: UiContext, build: Build, kept: Kept, redact: Callable[[str], str]
    ) -> None:
        super().__init__()
        self._ui = context
        self._build = build
        self._kept = kept
        self._redact = redact
        self._stop = threading.Event()
        self._done = (0, 0)
        self._reading = False
        self._problem = ""
        self._sheets: tuple[Table, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static("", id="report-head")
            yield Static("", id="report-sheets")
            yield Listing(self._columns(), id="report")
            yield Static("", id="report-row")
            yield Static("", id="report-keys")

    def on_mount(self) -> None:
        self.query_one(Listing).focus()
        self.set_interval(0.1, self._tell_progress)
        if self._kept.report is None:
            self.action_again()
        else:
            self._show_report()

    def on_unmount(self) -> None:
        self._stop.set()

    def on_resize(self, _event: events.Resize) -> None:
        self._show_head()
        self._show_sheet()

    # -- reading

    def action_again(self) -> None:
        if self._reading:
            return
        self._reading, self._problem, self._done = True, "", (0, 0)
        self._stop.clear()
        self.run_worker(self._read, thread=True, exit_on_error=False, group="report")
        self._show_head()

    def _read(self) -> None:
        """In a thread: everything it finds out is told by a message, so that nobody waits for
        ever for a report that failed in a way that nobody thought of."""
        try:
            self.post_message(Read(self._build(self._progress, self._stop.is_set), ""))
        except StoppedError:
            self.post_message(Read(None, "stopped: r reads again"))
        except ConsoleError as error:
            self.post_message(Read(None, str(error)))
        except Exception as error:
            said = one_line(f"the logs could not be read: {type(error).__name__}: {error}")
            self.post_message(Read(None, said))

    def _progress(self, done: int, total: int) -> None:
        self._done = (done, total)

    def _tell_progress(self) -> None:
        if self._reading:
            self._show_head()

    def on_read(self, message: Read) -> None:
        message.stop()
        self._reading = False
        self._problem = message.problem
        if message.report is not None:
            self._kept.report = message.report
        self._show_report()

    # -- keys

    def action_leave(self) -> None:
        """Stop reading, else close."""
        if self._reading and self._kept.report is not None:
            self._stop.set()
        else:
            self._stop.set()
            self.dismiss(None)

    def action_turn(self, step: int) -> None:
        if self._sheets:
            self._kept.sheet = (self._kept.sheet + step) % len(self._sheets)
            self._kept.row = ""
            self._show_sheet()
            self.query_one(Listing).action_edge(0)

    def action_line(self) -> None:
        row = self._selected
        if row is not None and (ref := self._first_line(row)):
            self.dismiss(ref)
        elif row is not None:
            self.app.notify("this row keeps no line: Enter shows all of them", markup=False)

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        row = self._selected
        if row is None:
            return
        if row.filter:
            self.dismiss(LogFilterRef(row.filter))
        elif ref := self._first_line(row):
            self.dismiss(ref)
        else:
            self.app.notify("this row is a sum of many: no filter shows it", markup=False)

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        self._kept.row = message.key
        self._show_row()

    # -- drawing

    def _show_report(self) -> None:
        report = self._kept.report
        self._sheets = sheets(report) if report is not None else ()
        self._kept.sheet = min(self._kept.sheet, max(len(self._sheets) - 1, 0))
        self._show_head()
        self._show_sheet()

    def _show_head(self) -> None:
        report = self._kept.report
        head = literal("Failure report  ", "bold").append_text(self._state())
        if report is not None:
            told = [*logs_read(report, briefly=self.size.height < _HIGH), *overview(report)]
            head.append_text(literal("\n" + "\n".join(self._redact(line) for line in told), "dim"))
        self.query_one("#report-head", Static).update(head)
        keys = _WHILE_READING if self._reading else _KEYS
        self.query_one("#report-keys", Static).update(literal(keys, "dim"))

    def _state(self) -> Text:
        if self._reading:
            done, total = self._done
            share = f" · {done * 100 // total} %" if total else ""
            return literal(f"reading {size(done)} of {size(total)}{share}", "yellow")
        return literal(self._redact(self._problem), "yellow")

    def _show_sheet(self) -> None:
        names = [short(sheet.title) for sheet in self._sheets]
        line = sheet_line(names, self._kept.sheet, max(self.size.width - 6, 20))
        self.query_one("#report-sheets", Static).update(line)
        rows = self._sheets[self._kept.sheet].rows if self._sheets else ()
        most = max((row.count for row in rows), default=1)
        bar = 24 if self.size.width >= _WIDE else 10
        listing = self.query_one(Listing)
        listing.set_columns(self._columns())
        key = self._kept.row
        listing.show([self._row(str(n), row, most, bar) for n, row in enumerate(rows)], self._why())
        listing.select(key)
        self._show_row()

    def _row(self, key: str, row: Group, most: int, bar: int) -> Row:
        report, wide = self._kept.report, self.size.width >= _WIDE
        newest = report.last_at if report is not None else None
        at = brief_time(self._ui, row.last_at, newest, wide=wide) if row.last_at else ""
        cells = [
            cell(str(row.count)),
            cell(_BAR * -(-row.count * bar // max(most, 1)), "red"),
            cell(at, "dim"),
            cell(self._redact(row.what)),
        ]
        if wide:
            cells.append(cell(where(row, report) if report else "", "dim"))
        return Row(key, tuple(cells))

    def _columns(self) -> list[Column]:
        wide = self.size.width >= _WIDE
        columns = [
            Column("count", 7, right=True),
            Column("", 24 if wide else 10),
            Column("time", 11 if wide else 8),
            Column("what"),
        ]
        return [*columns, Column("lines", 34)] if wide else columns

    def _why(self) -> Text:
        if self._reading:
            return cell("the logs are being read from end to end")
        if self._kept.report is None:
            return cell("nothing was read: r reads again")
        return cell("the logs hold no line")

    def _show_row(self) -> None:
        """The row with the cursor in full: where its first lines are, and its filter."""
        row, report = self._selected, self._kept.report
        text = literal("")
        if row is not None and report is not None:
            title = self._sheets[self._kept.sheet].title
            text.append_text(literal(f"{title}: ", "dim"))
            text.append_text(literal(self._redact(row.what)))
            if places := where(row, report):
                text.append_text(literal(f"\n{places}", "dim"))
            if row.filter:
                text.append_text(literal(f"\nEnter: {self._redact(row.filter)}", "dim"))
        self.query_one("#report-row", Static).update(text)

    @property
    def _selected(self) -> Group | None:
        key = self.query_one(Listing).selected
        if key is None or not self._sheets:
            return None
        rows = self._sheets[self._kept.sheet].rows
        return rows[int(key)] if int(key) < len(rows) else None

    def _first_line(self, row: Group) -> LogRef | None:
        report = self._kept.report
        if not row.examples or report is None:
            return None
        first = row.examples[0]
        path = next((log.path for log in report.logs if log.name == first.log), "")
        return LogRef(path, first.offset, first.line)
