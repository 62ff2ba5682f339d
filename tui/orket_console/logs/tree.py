"""A JSON value as rows that fold: built as far as it is open, bounded however large it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import Final

from orket_console.base.text import shorten

MOST_CHILDREN: Final = 100
"""Rows of one value that are shown at first, and more each time that more are asked for."""
MOST_ROWS: Final = 5_000
_WIDEST: Final = 600
"""Characters of a value on one row; longer text folds."""
_LONGEST_LINE: Final = 2_000
_LONGEST_LABEL: Final = 80

Path = tuple[str | int, ...]


class Shape(Enum):
    """What a row is, and so how it is drawn and what the keys do on it."""

    OPEN = auto()
    CLOSED = auto()
    TEXT = auto()
    NUMBER = auto()
    WORD = auto()
    """true, false or null."""
    LINE = auto()
    """A line of a text of several."""
    MORE = auto()
    """Stands for what is not shown yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """`label` is the key or index, empty for lines; `text` what stands behind it."""

    path: Path
    depth: int
    label: str
    text: str
    shape: Shape


class Tree:
    """The rows of one value. What was opened stays so for other values with the same keys."""

    def __init__(self) -> None:
        self._content: object = None
        self._turned: dict[Path, bool] = {("data",): True, (): True}
        self._shown: dict[Path, int] = {}

    def show(self, content: object) -> None:
        """Another value, already sanitised."""
        self._content = content
        self._shown = {}

    def value_at(self, path: Path) -> object:
        value = self._content
        for key in path:
            value = value[key]  # type: ignore[index]  # a path was made by walking the value
        return value

    def turn(self, path: Path, *, opened: bool) -> None:
        """Open or close what can be folded."""
        self._turned[path] = opened

    def more(self, path: Path) -> None:
        """Show more of what is in an open value."""
        self._shown[path] = self._shown.get(path, MOST_CHILDREN) + MOST_CHILDREN

    def rows(self) -> list[Row]:
        """The rows of all that is open, at most `MOST_ROWS`."""
        return list(islice(self._children((), self._content, 0), MOST_ROWS))

    def _children(self, path: Path, value: object, depth: int) -> Iterator[Row]:
        shown = self._shown.get(path, MOST_CHILDREN)
        if isinstance(value, str):
            lines = value.split("\n")
            for number, line in enumerate(lines[:shown]):
                yield Row((*path, number), depth, "", _bounded(line), Shape.LINE)
            yield from _more(path, depth, len(lines) - shown, "line")
        elif isinstance(value, dict | list):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, child in islice(pairs, shown):
                yield from self._node((*path, key), child, depth)
            yield from _more(path, depth, len(value) - shown, "value")

    def _node(self, path: Path, value: object, depth: int) -> Iterator[Row]:
        key = path[-1]
        label = shorten(key, _LONGEST_LABEL) if isinstance(key, str) else f"[{key}]"
        if not folds(value):
            yield Row(path, depth, label, _leaf(value), _shape_of(value))
            return
        opened = self._turned.get(path, False)
        shape = Shape.OPEN if opened else Shape.CLOSED
        yield Row(path, depth, label, _told(value), shape)
        if opened:
            yield from self._children(path, value, depth + 1)


def folds(value: object) -> bool:
    """Whether a value takes rows of its own."""
    if isinstance(value, str):
        return "\n" in value.rstrip("\n") or len(value) > _WIDEST
    return isinstance(value, dict | list) and bool(value)


def _more(path: Path, depth: int, left: int, noun: str) -> Iterator[Row]:
    if left > 0:
        said = f"{left:,} more {noun}{'' if left == 1 else 's'}"
        yield Row(path, depth, "", said, Shape.MORE)


def _told(value: object) -> str:
    """`20 keys`, `3 values`, `7 lines  KeyError: 'x'`: the last line of a text says most."""
    if isinstance(value, dict):
        return f"{len(value)} key{'' if len(value) == 1 else 's'}"
    if isinstance(value, list):
        return f"{len(value)} value{'' if len(value) == 1 else 's'}"
    text = str(value).rstrip("\n")
    count = text.count("\n") + 1
    if count == 1:
        return f"{len(text):,} characters  {shorten(text[:_WIDEST], 80)}"
    return f"{count} lines  {shorten(text.rpartition(chr(10))[2][:_WIDEST], 200)}"


def _leaf(value: object) -> str:
    if isinstance(value, str):
        return f"“{shorten(value, _WIDEST)}”"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    try:
        return shorten(str(value), _WIDEST)
    except ValueError:  # an integer of more digits than Python writes out
        return "a number too long to write"


def _shape_of(value: object) -> Shape:
    if isinstance(value, str):
        return Shape.TEXT
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Shape.NUMBER if number else Shape.WORD


def _bounded(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    return f"{line[:_LONGEST_LINE]}… {len(line) - _LONGEST_LINE:,} characters more"
