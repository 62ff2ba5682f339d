"""An answer as CSV or JSON, and as lines of text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from orket_console.base.clock import Clock
from orket_console.base.files import write_whole
from orket_console.base.text import one_line
from orket_console.target.state import StateFolder
from orket_console.webhooks.queries.model import QueryAnswer

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_NAME: Final = 80
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(answer: QueryAnswer) -> str:
    """With a heading. A text that a spreadsheet would take for a formula begins with `'`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([_inert(value) for value in row] for row in answer.rows)
    return out.getvalue()


def as_json(answer: QueryAnswer) -> str:
    """A list of objects; columns of one name keep their places by a number behind it."""
    names = _distinct(answer.columns)
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def export(answer: QueryAnswer, form: str, state: StateFolder, clock: Clock) -> Path:
    """Write it to the exports of the state folder (0600). Raises `OSError`."""
    name = _UNSAFE.sub("_", answer.query)[:_LONGEST_NAME]
    path = state.exports / f"{name}-{clock.now():%Y%m%dT%H%M%SZ}.{form}"
    content = as_csv(answer) if form == "csv" else as_json(answer)
    write_whole(path, content.encode("utf-8", "replace"))
    return path


def as_lines(answer: QueryAnswer) -> Iterator[str]:
    """Columns as wide as their content, a row a line."""
    table = [answer.columns, *(tuple(cell_text(value) for value in row) for row in answer.rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(answer.columns))]
    for row in table:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def cell_text(value: object) -> str:
    """One value on one line; `–` for NULL."""
    return "–" if value is None else one_line(str(value))


def _inert(value: Any) -> Any:  # noqa: ANN401  any of SQLite's five types
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _distinct(columns: tuple[str, ...]) -> list[str]:
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names
