"""What the detail of a record shows, as lines of text: its heading, its tree, or a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.text import Text

from orket_console.base.clock import ago
from orket_console.logs.detail import RecordDetail
from orket_console.logs.difference import Difference, Kind
from orket_console.logs.previous import Previous
from orket_console.logs.records import Record
from orket_console.logs.tree import Path, Row, Shape, Tree
from orket_console.ui.literal import STATE_STYLES, cell, literal
from orket_console.ui.widgets.highlight import code

_LABEL: Final = 22
"""Characters up to which keys beside one another are filled up, so that values line up."""
_GLYPHS: Final = {Shape.OPEN: "▾ ", Shape.CLOSED: "▸ ", Shape.MORE: "… "}
_STYLES: Final = {
    Shape.OPEN: "dim",
    Shape.CLOSED: "dim",
    Shape.TEXT: "",
    Shape.NUMBER: "magenta",
    Shape.WORD: "magenta",
    Shape.LINE: "",
    Shape.MORE: "bold",
}
_CODE: Final = "pytb"
_TRACEBACK: Final = "Traceback (most recent call last)"
_SIGNS: Final = {Kind.CHANGED: ("~", "yellow"), Kind.ADDED: ("+", "green"), Kind.GONE: ("-", "red")}

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One line: its text, how far what it continues on is indented, and the row it stands for.

    `row` is None for what can't be folded or gone to.
    """

    text: Text
    indent: int = 0
    row: Row | None = None


def heading_lines(
    record: Record, detail: RecordDetail, when: Callable[[datetime], str], redact: Redact
) -> list[Shown]:
    """Where the record stands, when it was, how bad, and why it is malformed if it is."""
    at = when(record.at) if record.at else "no time"
    state = STATE_STYLES[record.severity.state]
    lines = [
        Shown(cell(redact(detail.heading), "bold")),
        Shown(cell(f"{at}  {record.severity.word}  {redact(record.event)}", state)),
    ]
    if detail.problem:
        lines.append(Shown(literal(f"malformed: {redact(detail.problem)}", "yellow")))
    return lines


def tree_lines(tree: Tree, redact: Redact, *, dark: bool) -> Iterator[Shown]:
    """The open rows of a tree."""
    rows = tree.rows()
    widths = _label_widths(rows)
    coloured: dict[Path, list[Text]] = {}
    for row in rows:
        parent = row.path[:-1]
        if row.shape is Shape.LINE and parent not in coloured:
            coloured[parent] = _code_lines(tree.value_at(parent), redact, dark=dark)
        yield _tree_line(row, widths[parent], coloured.get(parent, []), redact)


def _tree_line(row: Row, width: int, lines: Sequence[Text], redact: Redact) -> Shown:
    indent = 2 * row.depth
    text = Text(" " * indent + _GLYPHS.get(row.shape, "  "), end="", no_wrap=False)
    if row.shape is Shape.LINE:
        number = row.path[-1]
        known = isinstance(number, int) and number < len(lines)
        line = lines[number] if known and isinstance(number, int) else literal(redact(row.text))
        return Shown(text.append_text(line), indent + 2, row)
    if row.label:
        text.append(f"{redact(row.label):{width}}  ", "cyan")
    return Shown(
        text.append(redact(row.text), _STYLES[row.shape]), text.cell_len - len(row.text), row
    )


def _code_lines(value: object, redact: Redact, *, dark: bool) -> list[Text]:
    """The lines of a traceback, coloured; none for any other text."""
    text = str(value)
    if not text.lstrip().startswith(_TRACEBACK):
        return []
    return list(code(redact(text.expandtabs(4)), _CODE, dark=dark).split("\n"))


def _label_widths(rows: Sequence[Row]) -> dict[Path, int]:
    widths: dict[Path, int] = {}
    for row in rows:
        parent = row.path[:-1]
        widths[parent] = max(widths.get(parent, 0), min(len(row.label), _LABEL))
    return widths


def difference_lines(
    record: Record, previous: Previous, found: Sequence[Difference], redact: Redact
) -> Iterator[Shown]:
    """What differs from the previous record of the same template."""
    before = previous.record
    if before is None:
        yield Shown(literal(f"no earlier record like it in {redact(previous.searched)}"))
        return
    span = ""
    if before.at is not None and record.at is not None:
        span = f", {ago(abs((record.at - before.at).total_seconds()))} before"
    head = f"against the one before it that says the same: {before.place}{span}"
    yield Shown(literal(redact(head), "bold"))
    if not found:
        yield Shown(literal("nothing but the time differs", "dim"))
    for each in found:
        sign, style = _SIGNS[each.kind]
        text = Text(end="").append(f"{sign} ", style).append(f"{redact(each.path)}  ", "cyan")
        text.append(redact(each.before), "red" if each.kind is Kind.GONE else "dim")
        if each.kind is Kind.CHANGED:
            text.append(" → ")
        yield Shown(text.append(redact(each.after), "" if each.after else "dim"), 4)
