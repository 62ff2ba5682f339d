"""Rows of a list that are made when they are drawn: a long list costs its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from rich.text import Text

from orket_console.ui.widgets.row import Row


class LazyRows(Sequence[Row]):
    """A row a key; `cells` makes those of the row at an index, each time it is asked for."""

    def __init__(self, keys: Sequence[str], cells: Callable[[int], tuple[Text, ...]]) -> None:
        self.keys = keys
        self._cells = cells

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Row]:
        return (self[index] for index in range(len(self.keys)))

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self.keys)))]
        return Row(self.keys[index], self._cells(index))
