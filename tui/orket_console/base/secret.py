"""Secrets that don't print, and the redactor that stands before every sink."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from orket_console.base.text import clean, one_line

DOTS: Final = "•••"
_RAW_DOTS: Final = DOTS.encode()
_SHORTEST = 4


class Secret:
    """A value that shows as dots in every text form; `reveal` alone gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def digest(self) -> str:
        """Eight hex digits by which two secrets can be compared without being shown."""
        return hashlib.sha256(self._value.encode("utf-8", "surrogatepass")).hexdigest()[:8]

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return DOTS

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(DOTS, spec)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")


class Redactor:
    """Replaces known secret values in text by dots.

    Values shorter than four characters are left alone: replacing every `1` of a report
    would destroy it and protect nothing.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        whole = [secret.reveal() for secret in secrets]
        # A key of several lines is met line by line where output is read so.
        known = [*whole, *(line for value in whole if "\n" in value for line in value.split("\n"))]
        # What comes here was often made safe to show before, which may have changed a secret.
        values = {shape for value in known for shape in (value, clean(value), one_line(value))}
        self._values = sorted((v for v in values if len(v) >= _SHORTEST), key=len, reverse=True)
        self._raw = [_as_read(value) for value in self._values]
        self._ordered = sorted(self._raw)
        self._longest = max(map(len, self._raw), default=0)

    @property
    def known(self) -> tuple[Secret, ...]:
        """What it replaces, for another process of the console's that redacts too."""
        return tuple(Secret(value) for value in self._values)

    def redact(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, DOTS)
        return text

    def redact_raw(self, raw: bytes) -> bytes:
        """As `redact`, for bytes as they were read: what is not UTF-8 in them stays."""
        for value in self._raw:
            raw = raw.replace(value, _RAW_DOTS)
        return raw

    def settled(self, raw: bytes) -> int:
        """How much of a beginning can be redacted for itself, whatever comes after it.

        What may be the beginning of a secret is left out.
        """
        first = max(len(raw) - self._longest + 1, 0)
        until = next((at for at in range(first, len(raw)) if self._begins(raw[at:])), len(raw))
        while (start := self._across(raw, until)) is not None:
            until = start
        return until

    def _begins(self, end: bytes) -> bool:
        """Whether it is the beginning of a secret, and not the whole of it."""
        at = bisect_right(self._ordered, end)
        return at < len(self._ordered) and self._ordered[at].startswith(end)

    def _across(self, raw: bytes, cut: int) -> int | None:
        """Where a secret begins that a cut would part."""
        if cut == len(raw):
            return None
        for value in self._raw:
            start = raw.find(value, max(cut - len(value) + 1, 0), cut + len(value) - 1)
            if start >= 0:
                return start
        return None

    def mask(self, text: str) -> str:
        """As `redact`, but as long as it was, for what has its place on a screen."""
        for value in self._values:
            if value in text:
                text = text.replace(value, DOTS[0] * len(value))
        return text

    def redact_json(self, value: object) -> object:
        """A JSON value with every string in it, keys too, redacted."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {self.redact(str(k)): self.redact_json(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact_json(item) for item in value]
        return value


def _as_read(value: str) -> bytes:
    """The bytes that were read as `value`, undecodable ones among them."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
