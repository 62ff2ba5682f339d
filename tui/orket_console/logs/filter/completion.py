"""What may be meant by the word that is being typed in an expression."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from orket_console.base.severity import NAMES, Severity
from orket_console.logs.filter.seen import Seen
from orket_console.logs.filter.tree import plain_or_quoted
from orket_console.logs.filter.words import DATA, KEYS

MOST: Final = 12

_WORD: Final = re.compile(r'-*((?:[^\s()"]|"[^"]*"?)*)\Z')
_FIELD: Final = re.compile(
    r'([A-Za-z][\w.-]*)(:|!=|>=|<=|>|<|=)((?:[^,"]|"[^"]*"|,(?=.*,))*,)?(.*)'
)
_LEVEL_SIGNS: Final = ">="
_TIMES: Final = (
    ("-5m", "5 minutes back"),
    ("-15m", ""),
    ("-1h", ""),
    ("-1d", ""),
    ("10:11", "the last 10:11"),
    ("2026-02-27T10:11", ""),
)
_KEYS_SAY: Final = {
    "event": "what happened",
    "role": "who wrote it",
    "session": "its beginning",
    "level": "debug info warn error",
    "source": "which log",
    "after": "-10m, 10:11, a date",
    "before": "-10m, 10:11, a date",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """`text` for the whole word; `label` is what is shown of it, `note` how often it was seen."""

    text: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """The word from `start` to `end` of the expression, and what may be meant by it."""

    start: int
    end: int
    candidates: tuple[Candidate, ...]

    def taken(self, expression: str, index: int) -> tuple[str, int]:
        """The expression with a candidate in the word's place, and the cursor behind it."""
        text = self.candidates[index].text
        return expression[: self.start] + text + expression[self.end :], self.start + len(text)


def complete(expression: str, cursor: int, seen: Seen, named: Mapping[str, str]) -> Completion:
    """What may be meant by the word before `cursor`, the likeliest first."""
    found = _WORD.search(expression[:cursor])
    word = found[1] if found else ""
    start = cursor - len(word)
    candidates = islice(_distinct(_candidates(word, seen, named), word), MOST)
    return Completion(start, cursor, tuple(candidates))


def _candidates(word: str, seen: Seen, named: Mapping[str, str]) -> Iterator[Candidate]:
    if word.startswith("@"):
        for name in _fitting(sorted(named), word[1:]):
            yield Candidate(f"@{name}", f"@{name}", named[name])
    elif field := _FIELD.fullmatch(word):
        yield from _values(field, seen)
    elif not word.startswith(('"', "/")):
        yield from _keys(word, seen)


def _values(field: re.Match[str], seen: Seen) -> Iterator[Candidate]:
    written, sign, others, begun = field[1], field[2], field[3] or "", field[4].lstrip('"')
    key = written if written.startswith(DATA) else written.lower()
    known = dict(_known(key, seen))
    for value in _fitting(known, begun):
        text = plain_or_quoted(value)
        yield Candidate(f"{written}{sign}{others}{text}", value, known[value])


def _known(key: str, seen: Seen) -> Iterator[tuple[str, str]]:
    if key in ("after", "before"):
        yield from _TIMES
        return
    counted = {value: f"{count}×" for value, count in seen.of(key)}
    if key == "event":
        yield from counted.items()
        # Those that tell of trouble are worth naming before they are seen.
        yield from ((name, "") for name in sorted(NAMES) if name not in counted)
    elif key == "level":
        yield from ((level.word, counted.get(level.word, "")) for level in Severity)
    else:
        yield from counted.items()


def _keys(word: str, seen: Seen) -> Iterator[Candidate]:
    low = word.lower()
    for key in KEYS:
        if key.startswith(low):
            sign = _LEVEL_SIGNS if key == "level" else ":"
            yield Candidate(f"{key}{sign}", f"{key}{sign}", _KEYS_SAY.get(key, ""))
    if not low:
        yield Candidate(DATA, f"{DATA}…", "any value")
        yield Candidate("@", "@", "kept filters")
        return
    for path in _fitting(seen.paths, low):
        yield Candidate(f"{path}:", f"{path}:", "")
    events = dict(seen.of("event"))
    for event in _fitting(events, low):
        yield Candidate(f"event:{plain_or_quoted(event)}", f"event:{event}", f"{events[event]}×")


def _fitting(values: Iterable[str], begun: str) -> list[str]:
    """Those that begin so, then those that have it anywhere, in their order."""
    low = begun.lower()
    begins = [value for value in values if value.lower().startswith(low)]
    holds = [value for value in values if low in value.lower()[1:] and value not in begins]
    return begins + holds


def _distinct(candidates: Iterable[Candidate], word: str) -> Iterator[Candidate]:
    known = {word}
    for candidate in candidates:
        if candidate.text not in known:
            known.add(candidate.text)
            yield candidate
