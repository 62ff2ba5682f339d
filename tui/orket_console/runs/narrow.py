"""Narrowing lists: `role:guard issue:02 status:refused tool:write_file some words`.

All words must fit. `key:value` looks into one field, a bare word into all of them; `-word`
is what must not fit. Case does not matter; a value fits anywhere in its field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from orket_console.runs.model import Run, Turn

TURN_KEYS: Final[Mapping[str, Callable[[Turn], str]]] = {
    "role": lambda turn: turn.ref.role,
    "issue": lambda turn: turn.ref.issue,
    "turn": lambda turn: str(turn.ref.index),
    "tool": lambda turn: " ".join(turn.tools),
    "status": lambda turn: turn.verdict,
    "why": lambda turn: turn.why,
    "state": lambda turn: turn.change,
    "asked": lambda turn: turn.asked,
}
RUN_KEYS: Final[Mapping[str, Callable[[Run], str]]] = {
    "session": lambda run: run.session,
    "name": lambda run: run.name,
    "status": lambda run: f"{run.status} {run.seen}",
    "class": lambda run: run.failure_class,
    "why": lambda run: run.failure_reason,
    "build": lambda run: run.build,
}


_Item = TypeVar("_Item", Run, Turn)


def narrow_turns(turns: Sequence[Turn], expression: str) -> tuple[Turn, ...]:
    return _narrow(turns, expression, TURN_KEYS)


def narrow_runs(runs: Sequence[Run], expression: str) -> tuple[Run, ...]:
    return _narrow(runs, expression, RUN_KEYS)


def _narrow(
    items: Sequence[_Item], expression: str, keys: Mapping[str, Callable[[_Item], str]]
) -> tuple[_Item, ...]:
    words = expression.casefold().split()
    if not words:
        return tuple(items)
    return tuple(item for item in items if all(_fits(item, word, keys) for word in words))


def _fits(item: _Item, word: str, keys: Mapping[str, Callable[[_Item], str]]) -> bool:
    if word.startswith("-") and len(word) > 1:
        return not _fits(item, word[1:], keys)
    key, colon, value = word.partition(":")
    if colon and key in keys:
        return value in keys[key](item).casefold()
    return any(word in field(item).casefold() for field in keys.values())
