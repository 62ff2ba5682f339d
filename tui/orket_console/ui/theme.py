"""The console's colours, and which to use on this terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import Theme

DARK: Final = Theme(
    name="orket-dark",
    primary="#7aa2f7",
    secondary="#9ece6a",
    accent="#e0af68",
    warning="#e0af68",
    error="#f7768e",
    success="#9ece6a",
    foreground="#d5d9e0",
    background="#14161b",
    surface="#1b1e25",
    panel="#262a33",
    dark=True,
    variables={
        "input-selection-background": "#7aa2f7 35%",
    },
)
LIGHT: Final = Theme(
    name="orket-light",
    primary="#2e5aac",
    secondary="#4b7a1c",
    accent="#9a6700",
    warning="#9a6700",
    error="#c0243a",
    success="#2f7d31",
    foreground="#1c2026",
    background="#fbfbf9",
    surface="#f1f1ee",
    panel="#dfe1e4",
    dark=False,
)
ANSI: Final = "ansi-dark"


def _terminal_theme(background: str, foreground: str, colours: str) -> TerminalTheme:
    """What the names of the eight colours stand for; bright ones are the same."""
    eight = [_rgb(colour) for colour in colours.split()]
    return TerminalTheme(_rgb(background), _rgb(foreground), eight, eight)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


# Black, red, green, yellow, blue, magenta, cyan, white: states are coloured by these names.
DARK_NAMES: Final = _terminal_theme(
    "#14161b", "#d5d9e0", "#14161b #f7768e #9ece6a #e0af68 #7aa2f7 #bb9af7 #7dcfff #d5d9e0"
)
LIGHT_NAMES: Final = _terminal_theme(
    "#fbfbf9", "#1c2026", "#1c2026 #c0243a #2f7d31 #9a6700 #2e5aac #7a3e9d #0f6b7c #1c2026"
)


def row_cursor(background: str, primary: str, *, ansi: bool) -> str:
    """The background of a selected row: near the screen's, so that states keep their colours."""
    if ansi:
        return "ansi_bright_black"
    return Color.parse(background).blend(Color.parse(primary), 0.28).hex


def choose_theme(configured: str, environment: Mapping[str, str]) -> str:
    """The configured theme, else the terminal's own colours where it has but 16."""
    if configured == "ansi":
        return ANSI
    if configured != "auto":
        return configured
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return DARK.name
    return DARK.name if "256color" in environment.get("TERM", "") else ANSI
