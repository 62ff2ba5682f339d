"""What stands on the terminal, so that of each frame only what differs is written to it.

Textual writes a whole frame two to five times where a screen or a tab comes, and a list whole
where one of its rows has changed: over a slow line that is what an operator waits for.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip


class Drawn:
    """The strips that were written last, by line and column."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Strip]] = {}

    def forget(self) -> None:
        """Nothing of the terminal is known any more: the next frame is written whole."""
        self._lines.clear()

    def put(self, x: int, y: int, strip: Strip) -> bool:
        """Take note of a strip that is to be written; whether it is not there already."""
        line = self._lines.setdefault(y, {})
        width = strip.cell_length
        if line.get(x) == strip or not width:
            return False
        for start, other in list(line.items()):
            if start < x + width and start + other.cell_length > x:
                del line[start]
        line[x] = strip
        return True


class Changes(CompositorUpdate):
    """A frame, or a part of one, less what stands there already."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, drawn: Drawn) -> None:
        self._update = update
        self._drawn = drawn

    def render_segments(self, console: Console) -> str:
        """The sequences to write. They are taken as written: ask once, and write them."""
        update = self._update
        pieces = _whole(update) if isinstance(update, LayoutUpdate) else _parts(update)
        return "".join(
            Control.move_to(x, y).segment.text + strip.render(console)
            for x, y, strip in pieces
            if self._drawn.put(x, y, strip)
        )


def _whole(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            yield x, y, strip
            x += strip.cell_length


def _parts(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """As Textual draws them: each from its beginning, up to the end of the span."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= last and end > first:
                yield x, y, strip if end <= last else strip.crop(0, last - x)
