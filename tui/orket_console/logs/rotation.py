"""What a rotated log was renamed to, and which file was written after it.

Source: the folder of the log. `orket.log.1`, `orket.log.2` … count up with age, as Python's
logging and logrotate name them; other suffixes are ordered by the time of their last write.
"""

from __future__ import annotations

import gzip
import os
import re
import stat
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError, open_regular
from orket_console.logs.packed import identity_of_open

_PACKED: Final = ".gz"
_COMPRESSED: Final = (_PACKED, ".bz2", ".xz", ".zst")
_TRIES: Final = 5
_HEAD: Final = 256
_NUMBER: Final = re.compile(r"\.([0-9]{1,6})$")
_SUFFIX: Final = re.compile(r"(\.[0-9]{1,6}|-[0-9]{8}(-[0-9]{1,10})?)$")
"""A number, or the day (and the second) that logrotate can name a log by."""

Identity = tuple[int, int]
"""Device and inode."""


@dataclass(frozen=True, slots=True)
class Generation:
    path: Path
    identity: Identity


@dataclass(frozen=True, slots=True)
class Successor:
    """The file to read after the one that was followed.

    `found` tells that the followed one still lies beside it, so that nothing between the
    two can be missing. `last` tells that it is the log itself.
    """

    generation: Generation
    found: bool
    last: bool


def identity_of(path: Path) -> Identity | None:
    """Device and inode of whatever `path` leads to; None where nothing can be seen."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino)


def successor(path: Path, followed: Identity) -> Successor | None:
    """What to read after the file `followed`, which was at `path`; None: ask again later.

    A folder that is being renamed about is looked at until two looks agree.
    """
    before = generations(path)
    for _ in range(_TRIES):
        now = generations(path)
        if now == before:
            return _choose(path, followed, now)
        before = now
    return None


def _choose(path: Path, followed: Identity, found: list[Generation]) -> Successor | None:
    """`found` is oldest first, the log itself last."""
    at = next((i for i, g in enumerate(found) if g.identity == followed), None)
    if at is not None:
        later = found[at + 1 :]
        return Successor(later[0], found=True, last=len(later) == 1) if later else None
    if found and found[-1].path == path:
        return Successor(found[-1], found=False, last=True)
    return None


def generations(path: Path) -> list[Generation]:
    """The log and what it was renamed to, oldest first; nothing while a look fails."""
    return _ranked(path, _unpacked)


def all_generations(path: Path) -> list[Generation]:
    """`generations`, with those among them that were packed since."""
    found = _ranked(path, _readable)
    plain = {each.path.name for each in found}
    # While one is being packed it is there twice.
    return [each for each in found if _unpacked(each.path.name) or each.path.stem not in plain]


def neighbour(path: Path, fd: int, step: int) -> Path | None:
    """Of the generations of a log the one before (-1) or after (1) an open one.

    The open one is told by its device and inode, or, where it was packed since, by how it
    begins; None where there is no neighbour, or none that can be told.
    """
    found = all_generations(path)
    at = _index_of(found, fd)
    if at is None or not 0 <= at + step < len(found):
        return None
    return found[at + step].path


def _index_of(found: list[Generation], fd: int) -> int | None:
    identity = identity_of_open(fd)
    for index, each in enumerate(found):
        if each.identity == identity:
            return index
    head = os.pread(fd, _HEAD, 0)
    for index, each in enumerate(found):
        if head and each.path.name.endswith(_PACKED) and _head_of(each.path) == head:
            return index
    return None


def _head_of(path: Path) -> bytes:
    try:
        with open_regular(path) as file, gzip.GzipFile(fileobj=file) as stream:
            return stream.read(_HEAD)
    except (UnreadableError, OSError, EOFError, zlib.error):
        return b""


def _ranked(path: Path, belongs: Callable[[str], bool]) -> list[Generation]:
    ranked: list[tuple[tuple[int, int, str], Generation]] = []
    try:
        names = [p.name for p in path.parent.iterdir() if _is_of(p.name, path.name, belongs)]
    except PermissionError:
        # A folder that may be entered but not listed still shows the log by its name.
        names = [path.name]
    except OSError:
        return []
    try:
        for name in names:
            found = (path.parent / name).stat()
            if stat.S_ISREG(found.st_mode):
                generation = Generation(path.parent / name, (found.st_dev, found.st_ino))
                ranked.append((_rank(name, path.name, found.st_mtime_ns), generation))
    except OSError:
        return []
    ranked.sort(key=lambda pair: pair[0])
    return [generation for _, generation in ranked]


def log_of(path: Path) -> Path:
    """The log that a file was rotated away from, or is itself."""
    return path.with_name(_SUFFIX.sub("", path.name.removesuffix(_PACKED)))


def _unpacked(suffix: str) -> bool:
    return not suffix.endswith(_COMPRESSED)


def _readable(suffix: str) -> bool:
    return _unpacked(suffix) or suffix.endswith(_PACKED)


def _is_of(name: str, base: str, belongs: Callable[[str], bool]) -> bool:
    if name == base:
        return True
    return name.startswith((f"{base}.", f"{base}-")) and belongs(name[len(base) :])


def _rank(name: str, base: str, written: int) -> tuple[int, int, str]:
    """Sorts oldest first: by time for odd suffixes, then `.9` … `.1`, then the log itself."""
    if name == base:
        return (2, 0, name)
    number = _NUMBER.fullmatch(name[len(base) :].removesuffix(_PACKED))
    if number:
        return (1, -int(number[1]), name)
    return (0, written, name)
