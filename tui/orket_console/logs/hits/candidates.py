r"""Lines of a chunk that a filter for text may want, found without looking at each line.

A superset: what is found has still to be tested. Text stands in a line as it is written, in
any case, its characters escaped or not; `\u` may stand for any of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

from orket_console.logs.filter.tree import And, Named, Node, Or, Text

_LONGEST: Final = 60
"""Characters of a text that are looked for; the test looks at the others."""
_SHORT: Final = {'"': r"\\?\"", "\\": r"\\\\?", "/": r"\\?/"}
_ESCAPES: Final = rb"\\u(?:00[0-7]|0130|212)"
"""Escapes that ASCII text may hide in."""
_FOREIGN: Final = {"k": b"\xe2\x84\xaa", "i": b"\xc4\xb0"}
"""The Kelvin sign and the dotted I, which are no ASCII and become it in lower case."""
_ASCII_RUN: Final = re.compile(r"[\x20-\x7e]+")


class _Match(Protocol):
    def start(self) -> int: ...


Search = Callable[[bytes, int], _Match | None]


@dataclass(frozen=True, slots=True)
class Candidates:
    """`alone` tells that no part of the filter looks at anything but the line's bytes."""

    alone: bool
    _plain: Search
    _spelled: Search
    _foreign: tuple[bytes, ...]

    def lines(self, chunk: bytes, most: int) -> list[tuple[int, int]] | None:
        """Where lines to test begin and end, in order; None if there are more than `most`."""
        found: dict[int, int] = {}
        for start, end in _lines(chunk, self._plain):
            found[start] = end
            if len(found) > most:
                return None
        foreign = self._foreign if self._foreign and not chunk.isascii() else ()
        for pattern in (_ESCAPES, *foreign):
            for start, end in _lines(chunk, _search(pattern)):
                if start not in found and self._spelled(chunk[start:end], 0):
                    found[start] = end
        return sorted(found.items())


def candidates_of(node: Node) -> Candidates | None:
    """For a filter that can only want lines with some text; None for another."""
    texts = _texts(node)
    if texts is None:
        return None
    runs = [_run(text) for text in texts]
    if not all(runs):
        return None
    plain = b"|".join([b"".join(map(_plain, run)) for run in runs])
    spelled = b"|".join([b"".join(map(_spelled, run)) for run in runs])
    foreign = tuple([_FOREIGN[sign] for sign in _FOREIGN if any(sign in run for run in runs)])
    return Candidates(isinstance(node, Text), _search(b"(?i)" + plain), _search(spelled), foreign)


@cache
def _search(pattern: bytes) -> Search:
    # Not above: it takes a while, and most filters have no text.
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    search: Search = re2.compile(pattern, options).search
    return search


def _lines(chunk: bytes, search: Search) -> Iterator[tuple[int, int]]:
    """Where the lines with a match begin and end."""
    at = 0
    while match := search(chunk, at):
        hit = match.start()
        at = chunk.find(b"\n", hit)
        yield chunk.rfind(b"\n", 0, hit) + 1, at


def _texts(node: Node) -> list[str] | None:
    """Texts of which a wanted line has at least one; None where there are no such."""
    match node:
        case Text(value):
            return [value]
        case Named(_, of):
            return _texts(of)
        case And(parts):
            known = [texts for part in parts if (texts := _texts(part))]
            # The one whose shortest text is the longest is likely to be the rarest.
            return max(known, key=lambda texts: min(map(len, texts)), default=None)
        case Or(parts):
            each = [_texts(part) for part in parts]
            return None if None in each else [text for texts in each if texts for text in texts]
        case _:
            return None


def _run(text: str) -> str:
    """The longest ASCII part of a text; empty where there is none."""
    return max(_ASCII_RUN.findall(text.lower()), key=len, default="")[:_LONGEST]


def _plain(sign: str) -> bytes:
    """A character as it is written, in any case, with JSON's short escapes."""
    return _SHORT.get(sign, re.escape(sign)).encode()


def _spelled(sign: str) -> bytes:
    """A character in any spelling."""
    codes = [b"00%02x" % ord(each) for each in {sign, sign.upper()}]
    codes += [b"212a"] * (sign == "k") + [b"0130"] * (sign == "i")
    ways = [b"(?i:%s)" % _plain(sign), b"\\\\u(?i:%s)" % b"|".join(codes)]
    if sign in _FOREIGN:
        ways.append(_FOREIGN[sign])
    return b"(?:%s)" % b"|".join(ways)
