r"""Text in a line as it was written, whatever escapes its JSON uses and in any case.

A line is read in two ways: its bytes as they stand, and with JSON's escapes put in force
(`\u00e9` is `é`, `\"` a quote, `\n` a newline). Text is in the line if it is in either.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

InLine = Callable[[bytes], bool]

_ESCAPE: Final = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CHARACTERS: Final = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_ESCAPABLE: Final = re.compile(r'["\\/\x00-\x1f]')
_LOWER_TO_ASCII: Final = (b"\xe2\x84\xaa", b"\xc4\xb0")
"""The Kelvin sign and the dotted I, which alone become ASCII letters in lower case."""


def unescaped(text: str) -> str:
    """`text` with JSON's escapes put in force; what is none stays."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_character, text)
    return _PAIR.sub(_joined, plain)


def readings(raw: bytes) -> tuple[str, ...]:
    """A line as it stands and, where that differs, with its escapes in force."""
    text = raw.decode("utf-8", "replace")
    plain = unescaped(text)
    return (text,) if plain == text else (text, plain)


def holds(raw: bytes, text: str) -> bool:
    """Whether `text` is in a line: what `in_line` answers, said plainly."""
    low = text.lower()
    return any(low in reading.lower() for reading in readings(raw))


def in_line(text: str) -> InLine:
    """A test for `text` in a line; most lines are told by their bytes."""
    low = text.lower()
    if not low.isascii():
        return lambda raw: holds(raw, low)
    needle = low.encode()
    # What `text` has in it may be escaped; `\u` may stand for anything.
    sign = b"\\" if _ESCAPABLE.search(low) else b"\\u"
    kelvin, dotted = _LOWER_TO_ASCII

    def test(raw: bytes) -> bool:
        if needle in raw.lower():
            return True
        # One byte is sought many times faster than two.
        if b"\\" in raw and sign in raw:
            return holds(raw, low)
        return not raw.isascii() and (kelvin in raw or dotted in raw) and holds(raw, low)

    return test


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _CHARACTERS[escape[2]]


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")
