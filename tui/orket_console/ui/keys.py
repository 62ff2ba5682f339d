"""How a key is written on screen."""

from __future__ import annotations

from typing import Any, Final

from textual.app import App
from textual.binding import Binding

_SHORT: Final = {"enter": "↵", "escape": "esc", "pageup": "pgup", "pagedown": "pgdn"}


def key_text(app: App[Any], binding: Binding) -> str:
    """`↵`, `^p`, `?`: as short as it can be understood."""
    if binding.key_display:
        return binding.key_display
    return _SHORT.get(binding.key) or app.get_key_display(binding)
