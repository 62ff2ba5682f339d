"""Values of an event as words: sanitised, on one line, bounded."""

from __future__ import annotations

from typing import Final

from orket_console.base.clock import ago
from orket_console.base.events import Event
from orket_console.base.text import shorten

FIELD: Final = 600
"""Characters of one value."""
READ: Final = 4000
"""Characters of one field that are looked at: a field of megabytes costs no more."""


def text_of(value: object, width: int = FIELD, depth: int = 2) -> str:
    """A JSON value as one safe line; nothing for null and empty values.

    What is nested deeper than `depth` is left out: it would grow with every level.
    """
    if isinstance(value, str):
        return shorten(value[:READ], width)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return shorten(_number(value), width)
    if not isinstance(value, list | dict) or not value:
        return ""
    if depth == 0:
        return "…"
    rest = ", …" if len(value) > 5 else ""
    if isinstance(value, list):
        return shorten(", ".join(text_of(v, 60, depth - 1) for v in value[:5]) + rest, width)
    pairs = [f"{text_of(k, 40)}: {text_of(v, 60, depth - 1)}" for k, v in list(value.items())[:5]]
    return shorten("{" + ", ".join(pairs) + rest + "}", width)


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python writes out
        return "a number too long to write"


def get(event: Event, *keys: str) -> str:
    """The first of `keys` in `data` that says something."""
    for key in keys:
        if said := text_of(event.data.get(key)):
            return said
    return ""


def join(*parts: str, by: str = " ") -> str:
    return by.join(part for part in parts if part)


def with_head(head: str, tail: str) -> str:
    """`head: tail`, or whichever of them there is."""
    return f"{head}: {tail}" if head and tail else head or tail


def turn(event: Event) -> str:
    issue = shorten(event.issue, 60)
    return join(issue, f"#{event.turn}" if event.turn else "")


def took(event: Event) -> str:
    span = event.data.get("duration_ms")
    if isinstance(span, bool) or not isinstance(span, int | float) or not 0 < span < 1e12:
        return ""
    return f"in {span:.0f} ms" if span < 10_000 else f"in {ago(span / 1000)}"


def session(event: Event) -> str:
    return shorten(event.session[:FIELD], 60)


def pull(event: Event) -> str:
    """The pull request as `acme/shop#7`, whichever way the event names it."""
    number, repo = get(event, "pr", "pr_number"), get(event, "repo")
    key = number if "#" in number else join(repo, number, by="#")
    return key.replace("/#", "#")
