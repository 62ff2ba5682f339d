"""The one redactor before every byte of a bundle, and the count of what it removed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from orket_console.base.secret import DOTS, Redactor, Secret
from orket_console.incidents.bundle.shapes import as_bytes, shapes_of

_DOTS: Final = DOTS.encode()
_CUT: Final = "…".encode()
_TELLING: Final = 6
"""Bytes of a secret's beginning, before a cut, that tell too much of it."""
Removed = dict[str, int]
"""How many secrets were removed, by their variables' names."""


class Censor:
    """Replaces each secret by dots, in every form that `shapes` knows.

    No newline goes: a line keeps its number.
    """

    def __init__(self, secrets: Iterable[tuple[str, Secret]]) -> None:
        shapes: dict[str, str] = {}
        for name, secret in secrets:
            # Its own value, and its lines, in all shapes: whichever is longest goes first.
            for known in Redactor([secret]).known:
                shapes |= dict.fromkeys(shapes_of(known.reveal()), name)
        self.redactor = Redactor(map(Secret, shapes))
        known_as = {as_bytes(shape): name for shape, name in shapes.items()}
        self._names = dict(sorted(known_as.items(), key=lambda each: -len(each[0])))

    def pieces(self, chunks: Iterable[bytes], removed: Removed) -> Iterator[bytes]:
        """The same bytes without secrets, as they come; counts in `removed` what it removes."""
        held = b""
        for chunk in chunks:
            held += chunk
            cut = self.redactor.settled(held)
            if cut:
                yield self.redacted(held[:cut], removed)
                held = held[cut:]
        if held:
            yield self.redacted(held, removed)

    def redacted(self, raw: bytes, removed: Removed) -> bytes:
        # Looking for each is much faster than for all at once, and mostly none is there.
        there = [shape for shape in self._names if shape in raw]
        if there:

            def dots(found: re.Match[bytes]) -> bytes:
                return self._dots(found[0], self._names[found[0]], removed)

            raw = re.sub(b"|".join(map(re.escape, there)), dots, raw)
        return self._without_beginnings(raw, removed) if _CUT in raw else raw

    def _without_beginnings(self, raw: bytes, removed: Removed) -> bytes:
        """What was shortened may end in the beginning of a secret, right before the cut."""
        *parts, last = raw.split(_CUT)
        kept: list[bytes] = []
        for part in parts:
            for shape, name in self._names.items():
                if begun := _begun(part, shape):
                    part = part[:-begun] + self._dots(part[-begun:], name, removed)
                    break
            kept.append(part)
        return _CUT.join((*kept, last))

    @staticmethod
    def _dots(secret: bytes, name: str, removed: Removed) -> bytes:
        removed[name] = removed.get(name, 0) + 1
        return _DOTS + b"\n" * secret.count(b"\n")


def _begun(part: bytes, shape: bytes) -> int:
    """How many bytes of the end are the beginning of a secret; 0 for too few to tell."""
    end = part[-_TELLING:]
    at = shape.find(end) if len(end) == _TELLING else -1
    while at >= 0:
        if part.endswith(shape[: at + _TELLING]):
            return at + _TELLING
        at = shape.find(end, at + 1)
    return 0
