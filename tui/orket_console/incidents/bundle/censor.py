"""The one redactor before every byte of a bundle, and the count of what it removed."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from orket_console.base.secret import DOTS, Redactor, Secret
from orket_console.incidents.bundle.escaping import escaped

_DOTS: Final = DOTS.encode()
_CUT: Final = "…".encode()
_TELLING: Final = 6
"""Bytes of a secret's beginning, before a cut, that tell too much of it."""


class Censor:
    """Replaces each secret by dots, in the forms in which texts, JSON, HTML and URLs write it."""

    def __init__(self, secrets: Iterable[tuple[str, Secret]]) -> None:
        shapes: dict[str, str] = {}
        for name, secret in secrets:
            # Its own value, and its lines, in all shapes: whichever is longest goes first.
            for known in Redactor([secret]).known:
                shapes |= dict.fromkeys(_written(known.reveal()), name)
        self.redactor = Redactor(map(Secret, shapes))
        known_as = {_bytes(shape): name for shape, name in shapes.items()}
        self._names = known_as
        ordered = sorted(known_as, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, ordered))) if ordered else None

    def pieces(
        self, chunks: Iterable[bytes], removed: dict[str, int] | None = None
    ) -> Iterator[bytes]:
        """The same bytes without secrets, as they come; `removed` counts them by variable."""
        held = b""
        for chunk in chunks:
            held += chunk
            cut = self.redactor.settled(held)
            if cut:
                yield self._redacted(held[:cut], removed)
                held = held[cut:]
        if held:
            yield self._redacted(held, removed)

    def text(self, text: str) -> str:
        return self.redactor.redact(text)

    def finds(self, raw: bytes) -> bool:
        """Whether a secret is left in it."""
        return self._pattern is not None and self._pattern.search(raw) is not None

    def _redacted(self, raw: bytes, removed: dict[str, int] | None) -> bytes:
        if self._pattern is None:
            return raw

        def dots(found: re.Match[bytes]) -> bytes:
            if removed is not None:
                name = self._names[found[0]]
                removed[name] = removed.get(name, 0) + 1
            return _DOTS

        whole = self._pattern.sub(dots, raw)
        return self._without_beginnings(whole, removed) if _CUT in whole else whole

    def _without_beginnings(self, raw: bytes, removed: dict[str, int] | None) -> bytes:
        """What was shortened may end in the beginning of a secret, right before the cut."""
        *parts, last = raw.split(_CUT)
        kept: list[bytes] = []
        for part in parts:
            for shape, name in self._names.items():
                if begun := _begun(part, shape):
                    part = part[:-begun] + _DOTS
                    if removed is not None:
                        removed[name] = removed.get(name, 0) + 1
                    break
            kept.append(part)
        return _CUT.join((*kept, last))


def _written(value: str) -> set[str]:
    """A secret as it may stand in a file."""
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    markup = {html.escape(value), escaped(value)}
    return {value, *in_json, *markup, quote(value, safe="")}


def _begun(part: bytes, shape: bytes) -> int:
    """How many bytes of the end are the beginning of a secret; 0 for too few to tell."""
    end = part[-_TELLING:]
    at = shape.find(end) if len(end) == _TELLING else -1
    while at >= 0:
        if part.endswith(shape[: at + _TELLING]):
            return at + _TELLING
        at = shape.find(end, at + 1)
    return 0


def _bytes(shape: str) -> bytes:
    try:
        return shape.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return shape.encode("utf-8", "surrogatepass")
