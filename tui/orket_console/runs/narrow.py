"""Narrowing lists: `role:guard issue:02 status:refused tool:write_file some words`.

All words must fit. `key:value` looks into one field, a bare word into all of them; `-word`
is what must not fit. Case does not matter; a value fits anywhere in its field, and in quotes
it may have blanks: `response:"not found"`. `prompt:`, `response:` and `text:` (either) look
into a turn's files, which `Texts` reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, TypeVar

from orket_console.runs.model import Run, Turn
from orket_console.runs.texts import TEXT_KEYS, Sought, Texts

FIELD_KEYS: Final[Mapping[str, Callable[[Turn], str]]] = {
    "role": lambda turn: turn.ref.role,
    "issue": lambda turn: turn.ref.issue,
    "tool": lambda turn: " ".join(turn.tools),
    "status": lambda turn: turn.verdict,
    "model": lambda turn: turn.model,
    "turn": lambda turn: str(turn.ref.index),
    "why": lambda turn: turn.why,
    "state": lambda turn: turn.change,
    "asked": lambda turn: turn.asked,
}
TURN_KEYS: Final = ("role", "issue", "tool", "status", "model", *TEXT_KEYS, *tuple(FIELD_KEYS)[5:])
"""What turns can be narrowed by, most used first."""
RUN_KEYS: Final[Mapping[str, Callable[[Run], str]]] = {
    "session": lambda run: run.session,
    "name": lambda run: run.name,
    "status": lambda run: f"{run.status} {run.seen}",
    "class": lambda run: run.failure_class,
    "why": lambda run: run.failure_reason,
    "build": lambda run: run.build,
}
_ALIASES: Final = {"verdict": "status"}
_WORD: Final = re.compile(r'(-?)(?:([a-z]+):)?("[^"]*"?|\S+)|\S+', re.IGNORECASE)
_NO_TEXTS: Final = Texts()

_Item = TypeVar("_Item", Run, Turn)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a filter: `key` is empty for a bare one; `out` for what must not fit."""

    key: str
    value: str
    out: bool


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Turns that fit, and those of which it takes reading `sought` in their files to tell."""

    turns: tuple[Turn, ...]
    unread: tuple[Turn, ...]
    sought: tuple[Sought, ...]


def narrow_turns(turns: Sequence[Turn], expression: str, texts: Texts = _NO_TEXTS) -> Narrowed:
    """Nothing is read here: a turn that `texts` does not know yet is `unread`."""
    words = parse_words(expression, TURN_KEYS)
    if not words:
        return Narrowed(tuple(turns), (), ())
    sought = tuple(Sought(word.key, word.value) for word in words if word.key in TEXT_KEYS)
    fields = [word for word in words if word.key not in TEXT_KEYS]
    found = [turn for turn in turns if all(_fits(turn, word, FIELD_KEYS) for word in fields)]
    if not sought:
        return Narrowed(tuple(found), (), ())
    wanted = [(word.out, Sought(word.key, word.value)) for word in words if word.key in TEXT_KEYS]
    fit, unread = [], []
    for turn in found:
        answers = [(out, texts.says(turn, each)) for out, each in wanted]
        if any(said is out for out, said in answers):
            continue
        if any(said is None for _, said in answers):
            unread.append(turn)
        else:
            fit.append(turn)
    return Narrowed(tuple(fit), tuple(unread), sought)


def search_turns(turns: Sequence[Turn], expression: str) -> tuple[Turn, ...]:
    """The turns that fit, their files read where the filter asks for them."""
    texts = Texts()
    narrowed = narrow_turns(turns, expression, texts)
    if narrowed.unread:
        texts.read(narrowed.unread, narrowed.sought)
        narrowed = narrow_turns(turns, expression, texts)
    return narrowed.turns


def narrow_runs(runs: Sequence[Run], expression: str) -> tuple[Run, ...]:
    words = parse_words(expression, tuple(RUN_KEYS))
    return tuple(run for run in runs if all(_fits(run, word, RUN_KEYS) for word in words))


def parse_words(expression: str, keys: Sequence[str]) -> tuple[Word, ...]:
    """What an expression asks for; a word before a colon that is no key belongs to the rest."""
    words = []
    for match in _WORD.finditer(expression.casefold()):
        minus, key, value = match.groups()
        key = _ALIASES.get(key, key) if "status" in keys else key
        if value is None:
            words.append(Word("", match[0], out=False))
        elif key in keys:
            words.append(Word(key, value.strip('"'), out=bool(minus)))
        else:
            whole = f"{key}:{value}" if key else value.strip('"')
            words.append(Word("", whole, out=bool(minus)))
    return tuple(words)


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A word before a colon that is no key; `column` counts from 1, `meant` is empty for none."""

    key: str
    column: int
    meant: str

    @property
    def sentence(self) -> str:
        meant = f", did you mean {self.meant}:?" if self.meant else ""
        return f"no key {self.key}:{meant} It is looked for as a word"


def unknown_key(expression: str, keys: Sequence[str]) -> UnknownKey | None:
    """The first word of a filter that looks like a key and is none: `rol:coder`."""
    for match in _WORD.finditer(expression):
        key = (match[2] or "").casefold()
        if key and key not in keys and not (key in _ALIASES and "status" in keys):
            close = get_close_matches(key, keys, 1)
            return UnknownKey(key, match.start(2) + 1, close[0] if close else "")
    return None


def _fits(item: _Item, word: Word, keys: Mapping[str, Callable[[_Item], str]]) -> bool:
    fields = [keys[word.key]] if word.key else keys.values()
    return any(word.value in field(item).casefold() for field in fields) is not word.out
