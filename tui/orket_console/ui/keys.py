"""How a key is written on screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from textual.app import App
from textual.binding import Binding

_SHORT: Final = {"enter": "↵", "escape": "esc", "pageup": "pgup", "pagedown": "pgdn"}


def key_text(app: App[Any], binding: Binding) -> str:
    """`↵`, `^p`, `e/E`: as short as it can be understood, the way back beside the way on."""
    return binding.key_display or own_key_text(app, binding)


def own_key_text(app: App[Any], binding: Binding) -> str:
    """The key of this binding alone: `e` where `key_text` says `e/E`."""
    return _SHORT.get(binding.key) or app.get_key_display(replace(binding, key_display=None))
