"""Where lines of a log come to stand once secrets are out of it: by their numbers, as removing a
secret removes no newline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class LinePlaces:
    """`read` has what goes in, `written` what came out; `places` then tells of each byte that was
    named, in order, where its line begins now and its number, from 1."""

    def __init__(self, named: Iterable[int]) -> None:
        self._named = sorted(set(named))
        self._numbers: list[int] = []
        self._before = self._in = 0
        self._line = self._out = 0
        self.places: dict[int, tuple[int, int]] = {}

    def read(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, as they are taken; each line that is named begins at its byte."""
        for chunk in chunks:
            at = 0
            while len(self._numbers) < len(self._named):
                stop = self._named[len(self._numbers)] - self._in
                if stop >= len(chunk):
                    break
                self._before += chunk.count(b"\n", at, stop)
                at = stop
                self._numbers.append(self._before)
            self._before += chunk.count(b"\n", at)
            self._in += len(chunk)
            yield chunk

    def written(self, piece: bytes) -> None:
        """What was made of it, piece by piece."""
        at = 0
        while len(self.places) < len(self._numbers):
            number = self._numbers[len(self.places)]
            while self._line < number and (end := piece.find(b"\n", at)) >= 0:
                self._line += 1
                at = end + 1
            if self._line < number:
                break
            place = self._named[len(self.places)]
            self.places[place] = (self._out + at, number + 1)
        self._line += piece.count(b"\n", at)
        self._out += len(piece)
