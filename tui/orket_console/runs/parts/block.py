"""A piece of a turn's part: a title that stays, and what folds away below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from orket_console.base.clock import size
from orket_console.base.state import GLYPHS, State

LABEL: Final = 9
"""Characters that labels of a summary are filled up to."""
_LONG: Final = 24
"""Lines beyond which a block is folded at first."""
_BUDGET: Final = 120
"""Lines of a part that are unfolded at first."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Text of one kind, sanitised: a `language` that it is coloured by, empty for prose.

    `label` stands before its first line, and the others hang below it. `heading` is a line of
    its own above. `new` are the lines (from 0) that the turn before did not have.
    """

    text: str
    language: str = ""
    label: str = ""
    heading: str = ""
    new: frozenset[int] = frozenset()
    state: State | None = None

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1 + bool(self.heading)


@dataclass(frozen=True, slots=True)
class Block:
    """`key` is the same for what stands at the same place of another turn's part.

    A block without a title does not fold. `remark` says how long it is, or what is odd about
    it. `file` is the path of a file that is read when it is unfolded, empty for none; `at` the
    path and offset of the log line that it stands for.
    """

    key: str
    title: str
    passages: tuple[Passage, ...] = ()
    remark: str = ""
    state: State | None = None
    opened: bool = True
    file: str = ""
    at: tuple[str, int] | None = None

    @property
    def lines(self) -> int:
        return sum(passage.lines for passage in self.passages)

    @property
    def folds(self) -> bool:
        return bool(self.title and (self.passages or self.file))

    @property
    def heading(self) -> str:
        """The title as it is read: with its glyph before it and the remark after it."""
        glyph = f"{GLYPHS[self.state]} " if self.state else ""
        return f"{glyph}{self.title}{f'  {self.remark}' if self.remark else ''}"


def note(key: str, text: str, state: State | None = None) -> Block:
    """A line that stands by itself: what is not there, and why."""
    return Block(key, "", (Passage(text, state=state),))


def measure(text: str) -> str:
    """`1 line`, `120 lines, 5.4 KB`."""
    lines = text.count("\n") + 1
    length = len(text.encode("utf-8", "replace"))
    counted = f"{lines} line{'' if lines == 1 else 's'}"
    return f"{counted}, {size(length)}" if length > 200 else counted


def folded(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks with those folded that are long, and those after much was unfolded."""
    left = _BUDGET
    shown: list[Block] = []
    for block in blocks:
        lines = block.lines
        opened = block.opened and not block.file and lines <= min(_LONG, left)
        left -= lines if opened and block.title else 0
        shown.append(replace(block, opened=opened or not block.title))
    return tuple(shown)


def plain(blocks: Sequence[Block]) -> str:
    """All blocks in full as text, for the clipboard and for files."""
    return "\n".join(line for block in blocks for line in _plain(block))


def _plain(block: Block) -> Iterator[str]:
    if block.title:
        yield f"── {block.heading}"
    for passage in block.passages:
        if passage.heading:
            yield f"{passage.heading}:"
        if passage.label:
            yield f"  {passage.label:<{LABEL}} {passage.text}"
        else:
            yield passage.text
    if block.title and block.passages:
        yield ""
