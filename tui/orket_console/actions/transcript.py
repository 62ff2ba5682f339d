"""The output of an action, running or ended, read by pages from what is kept of it.

Reads `stdout`, `stderr` and `order` in an action's folder. Memory does not grow with the output:
of each 64 KiB it is known where they begin and which row that is, and a few are held as rows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from orket_console.actions.kept import kept_length, kept_part
from orket_console.actions.order import Order
from orket_console.actions.rows import Raw, Splitter
from orket_console.actions.streams import NAMES, ORDER, Name
from orket_console.base.text import decode

BLOCK: Final = 64 << 10
"""Bytes of output to a page, or up to twice as many."""
AT_ONCE: Final = 4 << 20
"""Bytes that one look takes on."""
_HELD_BLOCKS: Final = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One row of output, safe to show. `goes_on` tells that it belongs to the line before."""

    stream: Name
    text: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A place between two bytes: `used` bytes after the entry at `order`, and in each stream."""

    order: int = 0
    used: int = 0
    stdout: int = 0
    stderr: int = 0

    def at(self, stream: Name) -> int:
        return self.stdout if stream == "stdout" else self.stderr

    @property
    def total(self) -> int:
        return self.stdout + self.stderr

    def after(self, stream: Name, length: int) -> _Place:
        """`length` bytes of one stream later."""
        if stream == "stdout":
            return replace(self, used=self.used + length, stdout=self.stdout + length)
        return replace(self, used=self.used + length, stderr=self.stderr + length)


@dataclass(frozen=True, slots=True)
class Block:
    """A page: the number of its first row, and where that begins."""

    first: int
    place: _Place
    goes_on: bool


class Transcript:
    """The rows of an action's output, numbered from 0. Every method may be called in any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._order = Order(folder / ORDER)
        self._splitter = Splitter()
        self._blocks = [Block(0, _Place(), goes_on=False)]
        self._end = _Place()
        self._open_at = _Place()
        self._complete = 0
        self._behind = 0
        self._held: OrderedDict[int, list[Raw]] = OrderedDict()
        self._growing = threading.Lock()
        self._lock = threading.Lock()

    @property
    def complete(self) -> int:
        """How many rows can't change any more."""
        return self._complete

    @property
    def length(self) -> int:
        """How many rows there are, the one that is not complete among them."""
        with self._lock:
            return self._complete + bool(self._splitter.held)

    @property
    def behind(self) -> int:
        """Bytes that were kept at the last look and are still to be taken on."""
        return self._behind

    def grow(self, most: int = AT_ONCE) -> bool:
        """Take on what has come since, `most` bytes of it; whether there was anything."""
        with self._growing:
            until = self._end.total + most
            grew = False
            while self._end.total < until and (run := self._order.run(BLOCK)):
                content = kept_part(self.folder / run.stream, self._end.at(run.stream), run.length)
                here = replace(self._end, order=run.order, used=run.used)
                with self._lock:
                    self._take(run.stream, content, here)
                    self._end = here.after(run.stream, run.length)
                grew = True
            kept = sum(kept_length(self.folder / name) for name in NAMES.values())
            self._behind = max(kept - self._end.total, 0)
            return grew

    def _take(self, stream: Name, content: bytes, here: _Place) -> None:
        splitter = self._splitter
        start = self._open_at if splitter.held else here
        if start.total - self._blocks[-1].place.total >= BLOCK:
            goes_on = bool(splitter.held) and splitter.goes_on
            self._blocks.append(Block(self._complete, start, goes_on))
        self._complete += splitter.count(stream, content)
        if len(splitter.held) <= len(content):
            self._open_at = here.after(stream, len(content) - len(splitter.held))

    def read(self, start: int, stop: int) -> list[Row]:
        """Rows `start` to `stop`, as far as there are any."""
        rows: list[Row] = []
        at = max(start, 0)
        while at < stop:
            block, raw = self.page_of(at)
            wanted = raw[at - block.first : stop - block.first]
            if not wanted:
                break
            rows += [Row(one.stream, _text(one.content), one.goes_on) for one in wanted]
            at += len(wanted)
        return rows

    def page_of(self, row: int) -> tuple[Block, list[Raw]]:
        """The page that holds a row, with all its rows."""
        with self._lock:
            index = self._index(row)
            held = self._held.get(index)
            if held is not None:
                self._held.move_to_end(index)
                return self._blocks[index], held
            block, end, last = self._block(index)
        rows = self._rows(block, end)
        if not last:
            with self._lock:
                self._held[index] = rows
                if len(self._held) > _HELD_BLOCKS:
                    self._held.popitem(last=False)
        return block, rows

    def page_bytes(self, row: int) -> tuple[Block, int, tuple[bytes, bytes]]:
        """The page that holds a row, the row after it, and the streams' bytes in it."""
        with self._lock:
            index = self._index(row)
            block, end, last = self._block(index)
            after = self._complete if last else self._blocks[index + 1].first
        return block, after, (self._part(block, end, "stdout"), self._part(block, end, "stderr"))

    def _index(self, row: int) -> int:
        low, high = 0, len(self._blocks) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._blocks[middle].first <= row:
                low = middle
            else:
                high = middle - 1
        return low

    def _block(self, index: int) -> tuple[Block, _Place, bool]:
        """A page, where it ends, and whether it is the last one, which grows."""
        last = index + 1 == len(self._blocks)
        end = self._end if last else self._blocks[index + 1].place
        return self._blocks[index], end, last

    def _part(self, block: Block, end: _Place, stream: Name) -> bytes:
        start = block.place.at(stream)
        return kept_part(self.folder / stream, start, end.at(stream) - start)

    def _rows(self, block: Block, end: _Place) -> list[Raw]:
        contents = {name: self._part(block, end, name) for name in NAMES.values()}
        at = dict.fromkeys(contents, 0)
        left = end.total - block.place.total
        order = Order(self.folder / ORDER, block.place.order, block.place.used)
        splitter = Splitter(goes_on=block.goes_on)
        rows: list[Raw] = []
        while left > 0 and (run := order.run(left)):
            start = at[run.stream]
            at[run.stream] = start + run.length
            rows += splitter.feed(run.stream, contents[run.stream][start : start + run.length])
            left -= run.length
        return rows + splitter.last()


def _text(content: bytes) -> str:
    """A row as it is shown; the carriage return of a line's end is none."""
    return decode(content.removesuffix(b"\r"))
