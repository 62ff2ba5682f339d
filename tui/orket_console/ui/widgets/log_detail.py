"""A record in full as text: heading, JSON with its keys told apart, traceback, runtime event."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rich.text import Text

from orket_console.logs.detail import detail_of
from orket_console.logs.records import Item, Marker
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, literal

_KEY: Final = re.compile(r'^ *(?P<cyan>"(?:[^"\\]|\\.)*"):', re.MULTILINE)
_WORD: Final = re.compile(
    r"[:\[ ] (?P<magenta>true|false|null|-?[0-9][0-9.eE+-]*),?$", re.MULTILINE
)
"""The groups are named after the styles that they get."""


def log_detail(item: Item, context: UiContext, redact: Callable[[str], str]) -> Text:
    """What the pane's detail shows for an item."""
    if isinstance(item, Marker):
        return literal(item.sentence(context.day_and_time(item.at) if item.at else ""), "cyan")
    detail = detail_of(item)
    at = f"{context.day_and_time(item.at)}.{item.at:%f}" if item.at else "no time"
    state = STATE_STYLES[item.severity.state]
    text = Text(end="")
    text.append_text(literal(redact(detail.heading), "bold"))
    text.append_text(literal(f"\n{at}  {item.severity.word}  {redact(item.event)}", state))
    if detail.problem:
        text.append_text(literal(f"\nmalformed: {redact(detail.problem)}", "yellow"))
    text.append("\n").append_text(_json(redact(detail.body)))
    if detail.traceback:
        text.append("\ntraceback\n", "bold").append_text(literal(redact(detail.traceback)))
    for title, part in (("others", detail.others), ("runtime_event", detail.runtime_event)):
        if part:
            text.append(f"\n{title}\n", "bold").append_text(_json(redact(part)))
    return text


def _json(source: str) -> Text:
    text = literal(source)
    text.highlight_regex(_KEY)
    text.highlight_regex(_WORD)
    return text
