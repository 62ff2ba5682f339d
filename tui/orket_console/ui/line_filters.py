"""What is done to every line that is drawn, for terminals without UTF-8 or without colour."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from orket_console.base.secret import Redactor

_TABLE: Final = {
    **dict(zip("●▲✖·▸▾◆◈═…–—•", "o!x.>v*#=~--*", strict=True)),
    **dict.fromkeys("─━▁▂▔▀▄", "-"),
    **dict.fromkeys("│┃▌▐▎▊", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    **dict(zip("▃▅▆▇█░▒▓", "=+*%#.:#", strict=True)),
    **dict(zip("“”‘’«»‹›", "\"\"''<><>", strict=True)),
    **dict(zip("↑↓←→↳↵⏎␛␀␡␍≠×", "^v<>`//^0^^!x", strict=True)),
}


class SecretFilter(LineFilter):
    """Known secrets as dots, on every line that is drawn and so on every screenshot."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self.redactor = redactor

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        text = "".join(segment.text for segment in segments)
        masked = self.redactor.mask(text)
        if masked == text:
            return segments
        parts, at = [], 0
        for part, style, control in segments:
            parts.append(Segment(masked[at : at + len(part)], style, control))
            at += len(part)
        return parts


class PlainFilter(LineFilter):
    """No colours at all. Textual's own, under NO_COLOR, draws black on black."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, None if style is None else _without_colour(style), control)
            for text, style, control in segments
        ]


def _without_colour(style: Style) -> Style:
    return Style(
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        reverse=style.reverse,
        meta=style.meta,
    )


class AsciiFilter(LineFilter):
    """ASCII, each character as wide as it was."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]


def to_ascii(text: str) -> str:
    """`text` in ASCII, each character as wide as it was."""
    if text.isascii():
        return text
    return "".join(
        char if char.isascii() else _TABLE.get(char, "?" * cell_len(char)) for char in text
    )
