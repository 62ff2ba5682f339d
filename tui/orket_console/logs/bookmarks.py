"""Log lines that the operator marked, with a note each, kept in the state folder.

A line is known by a digest of its bytes, its time and its log, so that a bookmark survives
a restart, and a rotation that moves the line to another file. Several consoles may write:
each reads, changes and replaces the file under a lock.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, make_private, read_bytes, write_whole
from orket_console.base.text import shorten
from orket_console.logs.records import Record

MOST: Final = 500
"""Bookmarks that are kept for a target."""
LONGEST_NOTE: Final = 300
_LONGEST_WHAT: Final = 200


class Bookmark(Struct, frozen=True):
    """One marked line. `event`, `what` and `note` are safe to show, without secrets.

    `path`, `offset` and `line` tell where it was when it was marked.
    """

    digest: str
    length: int
    at: datetime | None
    source: str
    path: str
    offset: int
    line: int | None
    event: str
    what: str
    note: str
    made: datetime

    @property
    def key(self) -> str:
        """What tells it from all others: a line that is written twice has two."""
        return f"{self.source}/{self.digest}/{self.at or self.offset}"


Bookmarks = tuple[Bookmark, ...]
Change = Callable[[Bookmarks], Bookmarks]


class _File(Struct, frozen=True):
    bookmarks: Bookmarks = ()


def digest_of(raw: bytes) -> str:
    """What a line is known by: of a very long one, by its first part."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def is_marked(record: Record, bookmark: Bookmark) -> bool:
    """Whether a record is the marked line, wherever it was read."""
    return record.length == bookmark.length and digest_of(record.raw) == bookmark.digest


def bookmark_of(
    record: Record, note: str, made: datetime, redact: Callable[[str], str]
) -> Bookmark:
    """A bookmark on a record; what it says is redacted before it is kept."""
    return Bookmark(
        digest=digest_of(record.raw),
        length=record.length,
        at=record.at,
        source=record.source,
        path=record.ref.path,
        offset=record.ref.offset,
        line=record.ref.line,
        event=redact(record.event),
        what=shorten(redact(record.what), _LONGEST_WHAT),
        note=shorten(redact(note), LONGEST_NOTE),
        made=made,
    )


class Marks:
    """Tells which records are marked, fast enough to be asked for every line drawn."""

    def __init__(self, bookmarks: Iterable[Bookmark] = ()) -> None:
        self._of_time: dict[datetime | None, list[Bookmark]] = {}
        for bookmark in bookmarks:
            self._of_time.setdefault(bookmark.at, []).append(bookmark)

    def of(self, record: Record) -> Bookmark | None:
        """The bookmark on a record, if it has one."""
        if not self._of_time:
            return None
        for bookmark in self._of_time.get(record.at, ()):
            if is_marked(record, bookmark):
                return bookmark
        return None


def read_bookmarks(path: Path) -> Bookmarks:
    """The bookmarks that are kept, sorted by time; none where there is no file.

    Raises `ConsoleError` for a file that can't be read, so that it is never overwritten.
    """
    try:
        kept = msgspec.json.decode(read_bytes(path), type=_File).bookmarks
    except UnreadableError as error:
        if not path.exists():
            return ()
        raise ConsoleError("the bookmarks can't be read", where=str(error)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConsoleError(
            f"the bookmarks can't be read, {error}",
            where=str(path),
            remedy="move the file away to begin anew",
        ) from error
    return _sorted(map(_safe, kept))


def change_bookmarks(path: Path, change: Change) -> Bookmarks:
    """Read, change and keep the bookmarks; what is kept now. Raises `ConsoleError`."""
    try:
        make_private(path.parent)
        with path.with_name(f"{path.name}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            changed = _sorted(change(read_bookmarks(path)))
            if len(changed) > MOST:
                raise ConsoleError(
                    f"there are {MOST} bookmarks already", remedy="M lists them, delete removes one"
                )
            write_whole(path, msgspec.json.encode(_File(changed)))
    except OSError as error:
        raise ConsoleError(
            f"the bookmarks can't be kept, {error.strerror}", where=str(path)
        ) from error
    return changed


def added(bookmark: Bookmark) -> Change:
    return lambda kept: (*without(bookmark)(kept), bookmark)


def without(bookmark: Bookmark) -> Change:
    return lambda kept: tuple(each for each in kept if each.key != bookmark.key)


def noted(bookmark: Bookmark, note: str) -> Change:
    """The same bookmark with another note; one that was removed meanwhile stays removed."""
    said = shorten(note, LONGEST_NOTE)
    return lambda kept: tuple(
        replace(each, note=said) if each.key == bookmark.key else each for each in kept
    )


def _sorted(bookmarks: Iterable[Bookmark]) -> Bookmarks:
    return tuple(sorted(bookmarks, key=lambda each: (each.at or each.made, each.key)))


def _safe(bookmark: Bookmark) -> Bookmark:
    """The file is ours, but anyone may have written in it."""
    return replace(
        bookmark,
        at=_aware(bookmark.at) if bookmark.at else None,
        made=_aware(bookmark.made),
        source=shorten(bookmark.source, _LONGEST_WHAT),
        event=shorten(bookmark.event, _LONGEST_WHAT),
        what=shorten(bookmark.what, _LONGEST_WHAT),
        note=shorten(bookmark.note, LONGEST_NOTE),
    )


def _aware(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
