"""Outside text made safe to show.

Logs, traces, database rows, HTTP bodies, file names and child output may hold terminal
escape sequences, direction overrides or half of a surrogate pair. Nothing is matched and
taken away, since what can't be recognised would pass: every control character is made
visible instead. Markup is no matter for this module: widgets get `Text`, never `str`.
"""

from __future__ import annotations

import re
from typing import Final

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)}
_C1 = {code: f"\\x{code:02x}" for code in range(0x80, 0xA0)}
_DIRECTION = {
    code: f"‹U+{code:04X}›"
    for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_LINE_BREAKS = {code: f"‹U+{code:04X}›" for code in (0x2028, 0x2029, 0xFEFF)}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "�")

DEPTH_CAP: Final = 100
"""Levels of a JSON value that are kept."""

_VISIBLE: Final[dict[int, str]] = {
    **{code: picture for code, picture in _CONTROL_PICTURES.items() if chr(code) not in "\t\n"},
    0x7F: "␡",
    **_C1,
    **_DIRECTION,
    **_LINE_BREAKS,
    **_SURROGATES,
}
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_ASCII_CONTROLS: Final = bytes(code for code in _VISIBLE if code < 0x80)


def clean(text: str) -> str:
    """`text` with every control, direction and surrogate character made visible.

    Tab and newline stay. Cleaning twice changes nothing more.
    """
    return text.translate(_VISIBLE) if _UNSAFE.search(text) else text


def is_clean(text: str) -> bool:
    """Whether `clean` would leave it as it is."""
    if text.isascii():
        # Most of what is read is plain, and is known to be in a tenth of the time.
        return len(text.encode("ascii").translate(None, _ASCII_CONTROLS)) == len(text)
    return _UNSAFE.search(text) is None


def decode(raw: bytes) -> str:
    """Bytes of unknown origin as safe text; what is not UTF-8 becomes U+FFFD."""
    # Most of what is read is plain, and is known to be in a seventh of the time.
    if raw.isascii() and len(raw.translate(None, _ASCII_CONTROLS)) == len(raw):
        return raw.decode("ascii")
    return clean(raw.decode("utf-8", "replace"))


def one_line(text: str) -> str:
    """`text` on one line: newlines shown as ``↵``, runs of blanks folded."""
    return " ".join(clean(text).replace("\n", " ↵ ").split())


def shorten(text: str, width: int) -> str:
    """`text` on one line of at most `width` characters, cut with ``…``."""
    line = one_line(text)
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def clean_json(value: object, depth: int = DEPTH_CAP) -> object:
    """A decoded JSON value with every string in it, keys too, made safe.

    What is nested deeper than `depth` is replaced by a word that says so: whoever walks or
    encodes the value after us would run out of stack.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict | list | tuple) and depth == 0:
        return f"‹nested deeper than {DEPTH_CAP}›"
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item, depth - 1) for item in value]
    return value
