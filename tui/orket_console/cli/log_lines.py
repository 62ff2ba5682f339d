"""How records of the log are written on a command line: as JSON, and as lines of text."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from orket_console.base.clock import stamp
from orket_console.base.state import GLYPHS
from orket_console.base.text import shorten
from orket_console.logs.records import Item, Marker, Record
from orket_console.target.target import Target


def plain(item: Item) -> dict[str, object]:
    """An item as JSON has it; `record` is the whole line, or its text if it is malformed."""
    if isinstance(item, Marker):
        return {
            "type": "marker",
            "at": stamp(item.at) if item.at else None,
            "source": item.source,
            "kind": item.kind,
            "what": item.what,
        }
    return {
        "type": "record",
        "at": stamp(item.at) if item.at else None,
        "severity": item.severity.word,
        "role": item.role,
        "event": item.event,
        "session": item.session,
        "issue": item.issue,
        "turn": item.turn,
        "what": item.what,
        "source": item.source,
        "line": item.ref.line,
        "offset": item.ref.offset,
        "problem": item.problem,
        "record": item.content(),
    }


def text_lines(target: Target, items: Iterable[Item]) -> Iterator[str]:
    columns = Columns(target)
    for item in items:
        yield from columns.lines(item)


class Columns:
    """Time, severity, role, event and what happened; a line of its own for each new day."""

    def __init__(self, target: Target) -> None:
        self._local = target.settings.text("ui.time") == "local"
        self._day = ""
        # Cut to the terminal's width; whole where a program reads.
        self._width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0

    def lines(self, item: Item) -> Iterator[str]:
        at = self._zoned(item.at)
        day = f"{at:%Y-%m-%d}" if at else self._day
        if day != self._day:
            self._day = day
            yield f"━━ {day} ━━"
        time_of_day = f"{at:%H:%M:%S}" if at else "--:--:--"
        if isinstance(item, Marker):
            yield self._cut(f"━━ {item.sentence(time_of_day)} ━━")
        else:
            yield self._cut(self._row(item, time_of_day))

    def _zoned(self, at: datetime | None) -> datetime | None:
        if at is None:
            return None
        return at.astimezone() if self._local else at.astimezone(UTC)

    def _cut(self, line: str) -> str:
        return shorten(line, self._width) if self._width else line

    def _row(self, record: Record, time_of_day: str) -> str:
        glyph = GLYPHS[record.severity.state]
        said = f"{record.what} [{record.problem}]" if record.problem else record.what
        role, event = self._name(record.role, 14), self._name(record.event, 18)
        return f"{time_of_day} {glyph} {role} {event} {said}".rstrip()

    def _name(self, name: str, width: int) -> str:
        """In its column on a terminal; never cut where a program reads."""
        return (shorten(name, width) if self._width else name).ljust(width)
