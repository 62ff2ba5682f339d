"""What always differs between two runs, and is taken out before they are compared.

The list is shown beside every comparison, and each rule can be switched off by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode

Plain = Callable[[str], str]
"""Gives a text with what the rules name taken out."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`what` says in a few words what it takes out."""

    name: str
    what: str
    patterns: tuple[re.Pattern[str], ...] = ()
    stand_in: str = ""


IDS: Final = Rule("ids", "session, build and issue ids")
ORDER: Final = Rule("order", "in which earlier turns' answers stand in a prompt")
RULES: Final = (
    IDS,
    ORDER,
    Rule(
        "times",
        "times and dates",
        (
            re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"),
            re.compile(r"\b\d\d:\d\d:\d\d(?:\.\d+)?\b"),
        ),
        "‹time›",
    ),
    Rule(
        "durations",
        "how long something took",
        (re.compile(r"\b\d+(?:\.\d+)?(?= ?(?:ms|milliseconds|seconds?)\b)"),),
        "‹took›",
    ),
    Rule(
        "hashes",
        "hashes and random ids of eight hexadecimal digits or more",
        (
            re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE),
            re.compile(r"\b(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,128}\b", re.IGNORECASE),
        ),
        "‹hash›",
    ),
    Rule(
        "paths",
        "the folders that absolute paths begin with",
        (re.compile(r"(?<![\w.:/])/(?:[\w.@+~-]+/)+(?=[\w.@+~-])"),),
        "‹folder›/",
    ),
)
_SHORT: Final = 500
"""Characters of a text that is remembered, once it was gone through."""
_KNOWN: Final = 10_000
NAMES: Final = tuple(rule.name for rule in RULES)


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of one run that stand for the same thing in another.

    `issues` have numbers, the same ones for those of both runs that belong together.
    """

    session: str = ""
    build: str = ""
    issues: Mapping[str, int] = field(default_factory=dict)


def check_rules(off: Collection[str]) -> None:
    """Raises `ConsoleError` (exit 2) for a rule that there is not."""
    for name in off:
        if name not in NAMES:
            raise ConsoleError(
                f"no rule is called {name!r}",
                remedy=f"the rules are {', '.join(NAMES)}",
                exit_code=ExitCode.USAGE,
            )


def plain_by(names: Names, off: Collection[str] = ()) -> Plain:
    """What takes out what the rules name, but for those in `off`, in texts of one run.

    It remembers short texts: make one for many turns.
    """
    rules = [rule for rule in RULES if rule.name not in off]
    own = _own_names(names) if IDS in rules else None
    patterns = [(pattern, rule.stand_in) for rule in rules for pattern in rule.patterns]

    def plain(text: str) -> str:
        if own is not None:
            text = own(text)
        for pattern, stand_in in patterns:
            text = pattern.sub(stand_in, text)
        return text

    # The lines of a prompt come again in each turn of a run.
    known = lru_cache(maxsize=_KNOWN)(plain)
    return lambda text: known(text) if len(text) <= _SHORT else plain(text)


def _own_names(names: Names) -> Plain | None:
    """Replaces a run's own ids by what they stand for; longer ones first."""
    words: dict[str, str] = {}
    for issue, number in names.issues.items():
        words[issue.lower()] = f"‹issue {number}›"
    if names.build:
        words[names.build.lower()] = "‹build›"
        words[names.build.lower().removeprefix("build-")] = "‹build›"
    if names.session:
        words[names.session.lower()] = "‹session›"
    if not words:
        return None
    either = _either(sorted(words, key=len, reverse=True))
    return lambda text: either.sub(lambda found: words[found[0].lower()], text)


def _either(words: Sequence[str]) -> re.Pattern[str]:
    joined = "|".join(map(re.escape, words))
    return re.compile(rf"(?<![0-9A-Za-z])(?:{joined})(?![0-9A-Za-z])", re.IGNORECASE)
