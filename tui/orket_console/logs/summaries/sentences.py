"""Sentences written as a row of parts, each with the fields that it needs.

A part is a text with `{field}` in it. One whose field says nothing is left out whole. The
first part that is said stands before a colon, the others behind it with commas between.

    {field}              the value as words
    {one|other}          the first of them that says something
    {field:n file}       how many: `1 file`, `3 files`; of a number or of a list
    {field:? on/off}     for true and for false; either may be empty
    {field:name}         the last part of a path
    {turn} {session} {pull} {took}     put together from several fields
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from string import Formatter
from typing import Final

from orket_console.base.events import Event
from orket_console.logs.summaries.values import get, join, pull, session, took, turn, with_head

Phrase = Callable[[Event], str]
Kind = Phrase | tuple[str, ...]
"""How an event of one kind is put in words: by a function, or by a sentence's parts."""

_Piece = tuple[str, Phrase | None]

_TOGETHER: Final[dict[str, Phrase]] = {
    "turn": turn,
    "session": session,
    "pull": pull,
    "took": took,
}


def say(parts: tuple[str, ...], event: Event) -> str:
    """The sentence for an event; empty where none of its parts has anything to say."""
    said = [words for part in parts if (words := _part(part, event))]
    return with_head(said[0], join(*said[1:], by=", ")) if said else ""


def _part(part: str, event: Event) -> str:
    words = []
    for text, field in _pieces(part):
        words.append(text)
        if field is not None:
            value = field(event)
            if not value:
                return ""
            words.append(value)
    return "".join(words)


@lru_cache(maxsize=1024)
def _pieces(part: str) -> tuple[_Piece, ...]:
    return tuple(
        (text, _field(name, spec or "") if name else None)
        for text, name, spec, _ in Formatter().parse(part)
    )


def _field(name: str, spec: str) -> Phrase:
    if name in _TOGETHER:
        return _TOGETHER[name]
    keys = tuple(name.split("|"))
    kind, _, rest = spec.partition(" ")
    if kind == "n":
        return lambda event: _count(event, name, rest)
    if kind == "?":
        yes, _, no = rest.partition("/")
        return lambda event: _either(event, name, yes, no)
    if kind == "name":
        return lambda event: get(event, *keys).rstrip("/").rpartition("/")[2]
    return lambda event: get(event, *keys)


def _count(event: Event, name: str, noun: str) -> str:
    value = event.data.get(name)
    count = len(value) if isinstance(value, list | dict) else value
    if isinstance(count, bool) or not isinstance(count, int):
        return ""
    return f"{get(event, name) if count == value else count} {noun}{'' if count == 1 else 's'}"


def _either(event: Event, name: str, yes: str, no: str) -> str:
    value = event.data.get(name)
    return (yes if value else no) if isinstance(value, bool) else ""
