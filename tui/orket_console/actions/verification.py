"""Whether the audit trail is as it was written, and which record is the first that is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orket_console.actions.trail import GENESIS, LINE_CAP, Link, head_of, is_as_written, link_of
from orket_console.base.files import Unreadable, UnreadableError, open_regular
from orket_console.base.state import State
from orket_console.base.text import clean_json


@dataclass(frozen=True, slots=True)
class Verification:
    """`whole` records come before the first bad one. `bad` is its number, None where none is.

    `state` is ok, failing, or unknown where it can't be told; `what` says it in words.
    """

    state: State
    whole: int
    bad: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Trail:
    """The newest records, newest first, as JSON objects; `older` were left out.

    `unreadable` are numbers of lines that are no records.
    """

    records: tuple[dict[str, object], ...]
    unreadable: tuple[int, ...]
    older: int


def verify(path: Path) -> Verification:
    """Follow the chain from its beginning. Raises `UnreadableError` where it can't be read.

    It shows edits, changes of order, and what was cut off, as long as `audit.head` was not
    changed with it: whoever can write both can write a new chain.
    """
    expected, previous = 1, GENESIS
    for line, ended in trail_lines(path):
        link = link_of(line)
        fault = fault_of(line, link, expected, previous) if ended else "is only half written"
        if fault or link is None:
            return _bad(expected, f"record {expected} {fault}")
        expected, previous = link.seq + 1, link.hash
    whole, head = expected - 1, head_of(path)
    if head is None and whole:
        what = "its head is gone, so what was cut off at its end can't be told"
        return Verification(State.UNKNOWN, whole, None, what)
    if head and head.seq > whole:
        count = head.seq - whole
        return _bad(expected, f"cut off: record {expected} is missing, {count} at the end in all")
    if head and head.seq == whole and head.hash != previous:
        return _bad(whole, f"record {whole} is not the one that was written last")
    return Verification(State.OK, whole, None, "every record is as it was written")


def fault_of(line: bytes, link: Link | None, expected: int, previous: str) -> str:
    """What is wrong with a line in this place; empty when nothing is."""
    if link is None:
        return "can't be read: it was edited"
    if not is_as_written(line, link):
        return "was edited"
    if link.seq != expected:
        return f"is not in its place: record {link.seq} stands there"
    if link.previous != previous:
        return "does not follow from the one before it"
    return ""


def _bad(number: int, what: str) -> Verification:
    return Verification(State.FAILING, number - 1, number, what)


def trail(path: Path, limit: int) -> Trail:
    """The newest `limit` records. Raises `UnreadableError` where they can't be read."""
    records: list[dict[str, object]] = []
    unreadable: list[int] = []
    number = 0
    for number, (line, _) in enumerate(trail_lines(path), 1):
        try:
            found = clean_json(msgspec.json.decode(line))
        except (msgspec.DecodeError, ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            records.append(found)
            del records[:-limit]
        else:
            unreadable.append(number)
    older = number - len(unreadable) - len(records)
    return Trail(tuple(reversed(records)), tuple(unreadable), older)


def trail_lines(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Each line, and whether it has its end; a trail that is not there has none."""
    try:
        file = open_regular(path)
    except UnreadableError as error:
        if error.reason is Unreadable.MISSING:
            return
        raise
    with file:
        rest = b""
        while part := file.read(LINE_CAP):
            *lines, rest = (rest + part).split(b"\n")
            yield from ((line, True) for line in lines)
        if rest:
            yield rest, False
