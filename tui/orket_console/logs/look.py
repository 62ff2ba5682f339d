"""How the log's lines look: which columns, how wide, wrapped or not, in which time.

Kept for one operator and target in the state folder, in `log_look.json`; written whole, so
that of two consoles the one that changed it last is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from orket_console.base.clock import since
from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, read_bytes, write_whole
from orket_console.logs.records import Record

NARROWEST: Final = 1
WIDEST: Final = 60


class Field(StrEnum):
    """What can stand in a column before the line that says what happened, in this order."""

    TIME = "time"
    SEVERITY = "severity"
    ROLE = "role"
    EVENT = "event"
    SESSION = "session"
    ISSUE = "issue"
    TURN = "turn"
    SOURCE = "source"
    LINE = "line"


class Column(Struct, frozen=True):
    field: Field
    width: int


class Face(StrEnum):
    """Which time is shown. `AS_SET` is the zone of the setting `ui.time`."""

    AS_SET = "as set"
    OTHER = "other zone"
    AGO = "ago"


WIDTHS: Final = {
    Field.TIME: 8,
    Field.SEVERITY: 1,
    Field.ROLE: 14,
    Field.EVENT: 18,
    Field.SESSION: 8,
    Field.ISSUE: 10,
    Field.TURN: 4,
    Field.SOURCE: 20,
    Field.LINE: 7,
}
"""What a column is given when it is switched on."""

_AT_FIRST: Final = (
    (130, tuple(field for field in Field if field not in (Field.SOURCE, Field.LINE))),
    (90, (Field.TIME, Field.SEVERITY, Field.ROLE, Field.EVENT, Field.SESSION)),
    (0, (Field.TIME, Field.SEVERITY, Field.ROLE, Field.EVENT)),
)
"""The columns of a view so many characters wide or wider, while the operator chose none.

Beside the detail a terminal of 150 has a view of 90, and one of 220 a view of 130.
"""

LABELS: Final = {**{field: field.value for field in Field}, Field.SEVERITY: "s"}

VALUES: Final[dict[Field, Callable[[Record], str]]] = {
    Field.ROLE: lambda record: record.role,
    Field.EVENT: lambda record: record.event,
    Field.SESSION: lambda record: record.session,
    Field.ISSUE: lambda record: record.issue,
    Field.TURN: lambda record: f"#{record.turn}" if record.turn else "",
    Field.SOURCE: lambda record: record.source,
    Field.LINE: lambda record: str(record.ref.line or f"@{record.ref.offset}"),
}
"""The text of a column; time and severity are drawn as they are shown, not as they are."""


class Look(Struct, frozen=True, omit_defaults=True):
    """`columns` is None while the operator chose none: then the view's width decides."""

    columns: tuple[Column, ...] | None = None
    wrap: bool = False
    face: Face = Face.AS_SET

    def columns_for(self, width: int) -> tuple[Column, ...]:
        """The columns of a view so many characters wide."""
        if self.columns is not None:
            return self.columns
        fields = next(fields for least, fields in _AT_FIRST if width >= least)
        return tuple(Column(field, WIDTHS[field]) for field in fields)

    def next_face(self) -> Look:
        faces = list(Face)
        return replace(self, face=faces[(faces.index(self.face) + 1) % len(faces)])


def switched(columns: tuple[Column, ...], field: Field) -> tuple[Column, ...]:
    """The columns with one switched on or off; they stay in the order of `Field`."""
    widths = {column.field: column.width for column in columns}
    if widths.pop(field, None) is None:
        widths[field] = WIDTHS[field]
    return tuple(Column(each, widths[each]) for each in Field if each in widths)


def widened(columns: tuple[Column, ...], field: Field, by: int) -> tuple[Column, ...]:
    """The columns with one wider or narrower, within bounds. A glyph stays as wide as it is."""
    return tuple(
        Column(column.field, min(max(column.width + by, NARROWEST), WIDEST))
        if column.field is field and field is not Field.SEVERITY
        else column
        for column in columns
    )


def time_text(at: datetime, width: int) -> str:
    """A time in its own zone, as much of it as a column of `width` takes.

    From 12 characters on with thousandths, from 14 with the day, from 19 with the year.
    """
    if width < 12:
        return f"{at:%H:%M:%S}"
    if width < 14:
        return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"
    if width < 19:
        return f"{at:%m-%d %H:%M:%S}"
    if width < 23:
        return f"{at:%Y-%m-%d %H:%M:%S}"
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}"


def zoned(at: datetime, *, utc: bool) -> datetime:
    return at.astimezone(UTC) if utc else at.astimezone()


def age_text(at: datetime, now: datetime) -> str:
    """How long ago, as `4m12s`."""
    return since(at, now)


def read_look(path: Path) -> Look:
    """The look that was kept; the one to begin with where none is, or none can be read."""
    try:
        look = msgspec.json.decode(read_bytes(path), type=Look)
    except (UnreadableError, msgspec.MsgspecError, UnicodeDecodeError):
        return Look()
    if look.columns is None:
        return look
    # Written by hand it may hold anything: each column once, within bounds.
    widths = {column.field: column.width for column in look.columns}
    kept = tuple(Column(field, widths[field]) for field in Field if field in widths)
    for column in kept:
        kept = widened(kept, column.field, 0)
    return replace(look, columns=kept)


def keep_look(path: Path, look: Look) -> None:
    """Keep a look for the next console. Raises `ConsoleError`."""
    try:
        write_whole(path, msgspec.json.encode(look))
    except OSError as error:
        raise ConsoleError(
            f"the look of the log can't be kept, {error.strerror}", where=str(path)
        ) from error
