"""Lines that say the same but for their ids, numbers, paths, hashes and times, as one text.

The template of a line is its event, the words that tell its kind (type, tool, stage, status,
…), and what it says (message, error, reason, …) with all that changes from one to the next
taken out: `turn_failed tool_violation: Tool validation failed: ['…']`. It never looks at a
summary's wording, so it stays what it is when that is bettered. The failure report's
signatures are templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from orket_console.base.text import one_line
from orket_console.logs.heads import MALFORMED, Head, named
from orket_console.logs.survey.said import Said, said_of

LONGEST: Final = 200
"""Characters of a template."""
_LOOKED_AT: Final = 600
"""Characters of a text that are looked at."""
_TAIL: Final = 4000
_FEW: Final = 5

NUMBER: Final = "N"
ID: Final = "#"
PATH: Final = "/…"


def template_of(head: Head, raw: bytes) -> str:
    """The template of one line: safe to show, on one line, of `LONGEST` characters at most.

    Free of `"` and `*`, so that a filter can name it as it is.
    """
    if head is MALFORMED:
        said = folded(_told(raw[:_TAIL].decode("utf-8", "replace")))
        return _bounded(f"malformed: {said or 'an empty line'}")
    return template_of_said(head.event, said_of(head, raw))


def template_of_said(event: str, said: Said) -> str:
    """The template of an event that says this."""
    kind = [_plain(named(event)) or "(no event)", *map(folded, _kinds(said))]
    parts = [" ".join(kind), *map(folded, _texts(said))]
    return _bounded(": ".join(dict.fromkeys(part for part in parts if part)))


def _kinds(said: Said) -> Iterable[str]:
    words = (
        said.type, said.tool, said.stage, said.status, said.state, said.action, said.result,
        said.failure_class, said.error_type if said.error_type != said.type else None,
        "failed" if said.ok is False else None, "degraded" if said.degraded else None,
    )  # fmt: skip
    return dict.fromkeys(word for word in words if word)


def _texts(said: Said) -> Iterable[str]:
    error = said.error or ""
    if not error and said.traceback:
        error = _told(said.traceback)
    reasons = said.contract_reasons or ()
    found = said.review_payload.violations or () if said.review_payload else ()
    texts = (said.message, error, said.reason, said.failure_reason, *reasons[:_FEW], *found[:_FEW])
    kinds = set(_kinds(said))
    return [text for text in texts if text and text not in kinds]


def _told(text: str) -> str:
    """What a text of several lines comes down to: the end of a traceback, else its beginning."""
    if "Traceback (most recent call last)" not in text:
        return text
    return text[-_TAIL:].strip().rpartition("\n")[2]


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


# -- what changes --------------------------------------------------------------------------

_TOKEN: Final = re.compile(r"[^\s'`()\[\]{}<>,;=|…]+")
_QUOTED: Final = re.compile(r"(?<=\w )(['`])([^'`]{1,160})\1(?!\w)")
_NUMBER: Final = re.compile(r"\d+(?:[-.,:_+T]\d+)*")
_WORD: Final = re.compile(r"[^\W_]+")
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME: Final = re.compile(r"\d+-\d+-\d+T[\d:.,+-]+Z?")
_RUNS: Final = re.compile(r"\d+")
_REFUSED: Final = str.maketrans({'"': "'", "*": "·"})


def folded(text: str) -> str:
    """`text` on one line with what changes taken out; as it was if done again.

    Linear in the first few hundred characters, whatever they are.
    """
    return _folded(text[:_LOOKED_AT])


@lru_cache(maxsize=2048)
def _folded(text: str) -> str:
    line = _plain(one_line(text))[:_LOOKED_AT].strip()
    return _QUOTED.sub(_fold_quoted, _TOKEN.sub(_fold_token, line))


def _plain(text: str) -> str:
    return text.translate(_REFUSED)


def _fold_quoted(found: re.Match[str]) -> str:
    """A title or the like in the midst of a sentence; a list's quoted texts are kept."""
    quote, text = found.groups()
    return f"{quote}…{quote}" if " " in text else found[0]


def _fold_token(found: re.Match[str]) -> str:
    token = found[0]
    if token.isalpha():
        return ID if len(token) >= 8 and _HEX.fullmatch(token) else token
    if "/" in token or "\\" in token:
        return _fold_path(token)
    return _fold_word(token)


def _fold_path(token: str) -> str:
    """Paths and addresses are taken out; `and/or` and `application/json` are no paths."""
    parts = re.split(r"[/\\]", token)
    ends = token[len(token.rstrip(".:!?")) :]
    if not any(parts):
        return token
    is_path = not parts[0] or ":" in parts[0] or len(parts) > 2 or "." in parts[-1].strip(".:!?")
    return PATH + ends if is_path else _fold_word(token)


def _fold_word(token: str) -> str:
    token = _TIME.sub(NUMBER, _UUID.sub(ID, token))
    token = _WORD.sub(_fold_id, token)
    return _NUMBER.sub(NUMBER, token)


def _fold_id(found: re.Match[str]) -> str:
    """A hash or a key is taken out; a name with a number at its end keeps the name."""
    word = found[0]
    digits = len(_RUNS.findall(word))
    is_hex = _HEX.fullmatch(word) is not None
    if not digits:
        return ID if is_hex and len(word) >= 8 else word
    if word.isdecimal():
        return word
    return ID if (is_hex and len(word) >= 6) or digits > 1 else word
