"""Output of an action as it is handed on to those who watch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orket_console.actions.streams import Name


@dataclass(frozen=True, slots=True)
class Piece:
    """Output as it came: whole lines where they aren't huge; safe to show, secrets as dots."""

    stream: Name
    text: str


Listener = Callable[[Piece], None]
