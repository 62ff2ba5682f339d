"""A name for a failure that is the same each time it comes back, wherever and whenever.

`v1:<class>:<rule>:<hash>`; the hash is of the normalised evidence. How version 1 normalises
must not change: a ledger of past incidents goes by it. It therefore shares no code with the
log's patterns, whose wording may be bettered.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from orket_console.base.text import clean
from orket_console.incidents.diagnosis.finding import Finding

VERSION: Final = "v1"
_HASH: Final = 12
_LONGEST: Final = 2_000
_CUT: Final = "…"
_TOKEN: Final = re.compile(r"[^\s,;()\[\]{}'\"<>=|`“”‘’…]+")
_EDGE: Final = ".:!?-_"
_CASES: Final = re.compile(r"[a-z]+|[A-Z][a-z]+|[A-Z]+")


@dataclass(frozen=True, slots=True)
class Explained:
    """A signature, and what went into it: each piece of evidence as it was and as it went in."""

    signature: str
    failure: str
    rule: str
    went_in: tuple[tuple[str, str], ...]


def signature_of(failure: str, rule: str, essence: Iterable[str]) -> str:
    """The order and the number of the pieces of `essence` make no difference."""
    pieces = sorted({normalise(text) for text in essence} - {""})
    joined = "\n".join((VERSION, failure, rule, *pieces))
    digest = hashlib.sha256(joined.encode()).hexdigest()[:_HASH]
    return f"{VERSION}:{failure}:{rule}:{digest}"


def explain(finding: Finding) -> Explained:
    went_in = tuple((text, normalise(text)) for text in finding.essence)
    return Explained(finding.signature, str(finding.failure), finding.rule, went_in)


def normalise(text: str) -> str:
    """A text without what changes from one time to the next: ids, times, paths, numbers.

    Words that hold a digit, a slash or a backslash, or that are a hash, go; the rest stays, in
    lower case and with single blanks. Doing it twice changes nothing.
    """
    tokens = _TOKEN.findall(clean(text[:_LONGEST]))
    if text.endswith(_CUT) or len(text) > _LONGEST:
        # Where a text was cut depends on what stood before; its last word may be half of one.
        tokens = tokens[:-1]
    kept = (_word(token) for token in tokens)
    return " ".join(word for word in kept if word)


def _word(token: str) -> str:
    """The word in lower case; nothing for one that may be another the next time."""
    word = token.strip(_EDGE)
    if not any(char.isalpha() for char in word):
        return ""
    if any(char.isdigit() or char in "/\\@#~" for char in word) or not word.isprintable():
        return ""
    return "" if _is_random(word) else word.casefold()


def _is_random(word: str) -> bool:
    """Letters as keys and ids have them: hex by the dozen, or cases that change all the time."""
    if len(word) >= 8 and re.fullmatch("[a-fA-F]+", word):
        return True
    return len(word) >= 12 and word.isalpha() and len(_CASES.findall(word)) > len(word) // 2
