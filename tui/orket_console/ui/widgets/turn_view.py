"""One part of a turn, drawn as far as it is unfolded; made off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.text import decode
from orket_console.runs.model import Turn
from orket_console.runs.parts.all import Reading, part_blocks, part_text
from orket_console.runs.parts.block import Block, Passage, plain
from orket_console.runs.parts.files import file_passages
from orket_console.ui.widgets.block_lines import Body, Redact, body_of

_MOST_TAKEN: Final = 16 << 20
"""Bytes of a file that are copied or written out."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One part of one turn. `bodies` are those of the blocks that are unfolded."""

    turn: Turn
    part: str
    reading: Reading
    blocks: tuple[Block, ...]
    bodies: Mapping[str, Body]


@dataclass(frozen=True, slots=True)
class Pen:
    """How it is drawn: which blocks are unfolded, how much of each, without what, and in which
    colours."""

    is_open: Callable[[str, Block], bool]
    limit_of: Callable[[Block], int]
    redact: Redact
    dark: bool


def draw_part(turn: Turn, part: str, reading: Reading, pen: Pen) -> Drawn:
    """May take a while for megabytes: call it in a thread."""
    blocks = part_blocks(part, reading)
    bodies = {
        block.key: draw_body(block, pen.limit_of(block), pen)
        for block in blocks
        if not block.title or pen.is_open(part, block)
    }
    return Drawn(turn, part, reading, blocks, bodies)


def draw_body(block: Block, limit: int, pen: Pen) -> Body:
    """The first `limit` characters of a block, whose file is read if it has one."""
    return body_of(_passages(block), limit, pen.redact, dark=pen.dark)


def _passages(block: Block) -> tuple[Passage, ...]:
    return file_passages(block.file) if block.file else block.passages


def text_of(drawn: Drawn, chosen: Block | None) -> str:
    """A part in full as it would be read; the file where one is `chosen`."""
    if chosen is None or not chosen.file:
        return part_text(drawn.part, drawn.reading, drawn.blocks)
    try:
        with open_regular(chosen.file) as file:
            raw = file.read(_MOST_TAKEN + 1) or b""
    except (UnreadableError, OSError):
        return plain((chosen,))
    cut = f"\n… cut at {_MOST_TAKEN} bytes" if len(raw) > _MOST_TAKEN else ""
    return decode(raw[:_MOST_TAKEN]) + cut
