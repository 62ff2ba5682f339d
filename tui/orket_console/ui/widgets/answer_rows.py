"""An answer as the columns and rows of a list, and one of its rows in full."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from rich.cells import cell_len
from rich.text import Text

from orket_console.ui.literal import cell, literal
from orket_console.ui.widgets.listing import Column, Row
from orket_console.webhooks.evidence import payload_text
from orket_console.webhooks.queries.export import cell_text
from orket_console.webhooks.queries.model import QueryAnswer

_NARROW: Final = 12
"""Characters that a column has at least, or its content if that is less; columns for which
there is no such room are left to the detail."""
_BRIEF: Final = 11
"""Characters of a moment to the minute: `11-23 08:00`."""
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_SEEN: Final = 200
"""Characters of a cell that a row can show."""
_LONGEST: Final = 20_000
"""Characters of one value in the detail."""


def columns_of(answer: QueryAnswer, width: int) -> tuple[Column, ...]:
    """As many columns as there is room for, each as wide as its content or its fair share.

    Where not all is shown, moments are to the minute and without their year.
    """
    most = max((width - 1) // 2, 1)
    wanted = [_natural(answer, at) for at in range(min(len(answer.columns), most))]
    if sum(wanted) + len(wanted) > width - 1:
        wanted = [_BRIEF if _is_moments(answer, at) else each for at, each in enumerate(wanted)]
    shown = len(wanted)
    while shown > 1 and sum(min(each, _NARROW) + 1 for each in wanted[:shown]) > width - 1:
        shown -= 1
    cap = _fair(wanted[:shown], width - 1 - shown)
    columns = [
        Column(answer.columns[at], min(wanted[at], cap), right=_is_number(answer, at))
        for at in range(shown)
    ]
    if columns and not columns[-1].right and columns[-1].width != _BRIEF:
        # The last one takes what is left over.
        columns[-1] = Column(columns[-1].label)
    return tuple(columns)


def rows_of(answer: QueryAnswer, columns: Sequence[Column]) -> list[Row]:
    """The rows as far as `columns` show them, each under its number."""
    shown = [
        _moment if column.width == _BRIEF and _is_moments(answer, at) else _value
        for at, column in enumerate(columns)
    ]
    return [
        Row(str(at), tuple(show(value) for show, value in zip(shown, row, strict=False)))
        for at, row in enumerate(answer.rows)
    ]


def _value(value: Any) -> Text:  # noqa: ANN401  any of SQLite's five types
    return cell(cell_text(_head(value)))


def _moment(value: str | None) -> Text:
    """Its month, day and minute."""
    return cell(cell_text(value and value[5:16]))


def row_text(answer: QueryAnswer, at: int, shown: int) -> Text:
    """Every value of a row under its column's name; JSON indented."""
    text = Text(end="")
    hidden = len(answer.columns) - shown
    if hidden > 0:
        text.append(f"{shown} of {len(answer.columns)} columns fit above\n", "dim")
    for name, value in zip(answer.columns, answer.rows[at], strict=True):
        text.append_text(cell(name, "bold")).append("  ")
        whole = _whole(value)
        if "\n" in whole:
            text.append("\n  ").append_text(literal(whole.replace("\n", "\n  ")))
        else:
            text.append_text(literal(whole))
        text.append("\n")
    return text


def _whole(value: Any) -> str:  # noqa: ANN401  any of SQLite's five types
    if value is None:
        return "–"
    whole = str(value)
    if len(whole) > _LONGEST:
        return f"{whole[:_LONGEST]}… cut at {_LONGEST} of {len(whole)} characters: e exports all"
    return payload_text(whole) if whole.lstrip().startswith(("{", "[")) else whole


def _natural(answer: QueryAnswer, at: int) -> int:
    """How wide a column's widest cell is."""
    cells = (cell_text(_head(row[at])) for row in answer.rows)
    return max(cell_len(each) for each in (cell_text(answer.columns[at]), *cells)) or 1


def _head(value: Any) -> Any:  # noqa: ANN401
    return value[:_SEEN] if isinstance(value, str) else value


def _is_number(answer: QueryAnswer, at: int) -> bool:
    return any(isinstance(row[at], int | float) for row in answer.rows) and all(
        row[at] is None or isinstance(row[at], int | float) for row in answer.rows
    )


def _is_moments(answer: QueryAnswer, at: int) -> bool:
    """Whether a column holds times as the tables have them, and nothing else."""
    told = [row[at] for row in answer.rows if row[at] is not None]
    return bool(told) and all(isinstance(each, str) and _MOMENT.match(each) for each in told)


def _fair(wanted: Sequence[int], room: int) -> int:
    """The width at which columns are cut so that all fit: narrow ones keep theirs."""
    left, narrow = room, sorted(wanted)
    for done, each in enumerate(narrow):
        share = left // (len(narrow) - done)
        if each > share:
            return max(share, 1)
        left -= each
    return max(narrow, default=1)
