"""The lines of blocks as coloured text; those of a body are made off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from orket_console.base.state import GLYPHS
from orket_console.base.text import one_line
from orket_console.runs.parts.block import LABEL, Block, Passage
from orket_console.ui.literal import STATE_STYLES, literal
from orket_console.ui.widgets.highlight import code

STEP: Final = 20_000
"""Characters of a block that are shown at once; Enter on its last line shows as many more."""
_INDENT: Final = 2
_TAB: Final = 4

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class BodyLine:
    """One line, and how far what it continues on is indented."""

    text: Text
    indent: int


@dataclass(frozen=True, slots=True)
class Body:
    """What stands below a title. `left` says how much of it is not shown, empty for nothing;
    `limit` how many characters were to be shown."""

    lines: tuple[BodyLine, ...]
    left: str
    limit: int


def heading_text(block: Block, redact: Redact, *, opened: bool) -> Text:
    """A title with its fold mark, its state's glyph and its remark, on one line."""
    text = Text(end="", no_wrap=True, overflow="ellipsis")
    if block.folds:
        text.append("▾ " if opened else "▸ ", "dim")
    if block.state:
        style = STATE_STYLES[block.state]
        text.append(f"{GLYPHS[block.state]} ", style)
        text.append(redact(one_line(block.title)), style if not block.folds else "bold")
    else:
        text.append(redact(one_line(block.title)), "bold")
    if block.remark:
        text.append(f"  {redact(one_line(block.remark))}", "dim")
    return text


def body_of(passages: Sequence[Passage], limit: int, redact: Redact, *, dark: bool) -> Body:
    """The first `limit` characters of passages as lines."""
    lines: list[BodyLine] = []
    left, room = 0, limit
    for passage in passages:
        text = redact(passage.text.expandtabs(_TAB))
        shown = text if len(text) <= room else _beginning(text, room)
        left += len(text) - len(shown)
        room = max(room - len(shown), 0)
        if shown or not text:
            lines += _passage_lines(passage, shown, redact, dark=dark)
    more = f"… {left} more characters: Enter shows more, w writes all of it" if left else ""
    return Body(tuple(lines), more, limit)


def _beginning(text: str, limit: int) -> str:
    """The lines that fit; of a line that is longer than all of that, what fits of it."""
    end = text.rfind("\n", 0, limit)
    return text[: end if end > 0 else limit]


def _passage_lines(
    passage: Passage, shown: str, redact: Redact, *, dark: bool
) -> Iterator[BodyLine]:
    if passage.heading:
        heading = Text(" " * _INDENT, end="").append(redact(passage.heading), "cyan")
        yield BodyLine(heading, _INDENT)
    style = STATE_STYLES[passage.state] if passage.state else ""
    if passage.language and passage.language != "text":
        lines = list(code(shown, passage.language, dark=dark).split("\n", allow_blank=True))
    else:
        lines = [literal(line, style) for line in shown.split("\n")]
    indent = _INDENT + LABEL + 1 if passage.label else _INDENT
    for number, line in enumerate(lines):
        if passage.label and number == 0:
            start = Text(f"  {passage.label:<{LABEL}} ", "dim", end="")
        elif number in passage.new:
            start = Text("+ ", "bold green", end="")
        else:
            start = Text(" " * indent, end="")
        blanks = 0 if passage.label else len(line.plain) - len(line.plain.lstrip(" "))
        yield BodyLine(Text(end="").append_text(start).append_text(line), indent + blanks)
