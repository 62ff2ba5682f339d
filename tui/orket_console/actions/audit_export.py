"""Records of the audit trail as a document of its own, with what proves them.

Each record's line is in it as it stands in the trail: the SHA-256 of what precedes its hash is
that hash, and it names the hash of the record before it. Where those before it were left out,
the chain has a gap, which is named; the head of the trail says what the chain ended with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from orket_console.actions.trail import GENESIS, Link, head_of, is_as_written, link_of
from orket_console.actions.verification import Verification, fault_of, trail_lines, verify
from orket_console.base.clock import parse_time
from orket_console.base.secret import Redactor
from orket_console.base.text import clean_json

MOST: Final = 20_000
HOW: Final = (
    "A line ends with its own hash: the SHA-256, in hex, of the line without its last "
    '`,"hash":"…"` (the closing brace stays). `previous` in it is the hash of the record before.'
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which records are wanted: of these runs, and of this time; all where nothing is said."""

    runs: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def has(self, record: dict[str, object]) -> bool:
        if self.runs and record.get("id") not in self.runs:
            return False
        at = parse_time(record.get("at"))
        if self.since is None and self.until is None:
            return True
        early = self.since is not None and (at is None or at < self.since)
        late = self.until is not None and (at is None or at > self.until)
        return not (early or late)


@dataclass(frozen=True, slots=True)
class Exported:
    """One record: its place in the chain, its `line` to the letter, what it says as JSON.

    `fault` is what is wrong with it in the trail, empty where nothing is. One that was
    `redacted` here can't be proved by its line any more.
    """

    seq: int
    previous: str
    hash: str
    line: str
    record: dict[str, object]
    fault: str = ""
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """Records in the order of the trail; `gaps` are the numbers between them, first and last.

    `verification` is that of the whole trail, `head` the number and hash it ended with.
    `unreadable` are lines of the trail that are no records, `left_out` counts beyond the cap.
    """

    trail: str
    verification: Verification
    head: tuple[int, str]
    records: tuple[Exported, ...]
    gaps: tuple[tuple[int, int], ...]
    unreadable: tuple[int, ...] = ()
    left_out: int = 0
    how: str = field(default=HOW)


def exported(path: Path, chosen: Chosen, redactor: Redactor) -> Export:
    """Take the chosen records out of the trail. Raises `UnreadableError` where it can't be read."""
    head = head_of(path)
    found: list[Exported] = []
    unreadable: list[int] = []
    left_out = 0
    expected, previous = 1, GENESIS
    for number, (line, ended) in enumerate(trail_lines(path), 1):
        link = link_of(line)
        record = _decoded(line)
        if link is None or record is None:
            unreadable.append(number)
            expected += 1
            continue
        fault = fault_of(line, link, expected, previous) if ended else "is only half written"
        expected, previous = link.seq + 1, link.hash
        if not chosen.has(record):
            continue
        if len(found) < MOST:
            found.append(_exported(line, link, record, fault, redactor))
        else:
            left_out += 1
    return Export(
        trail=str(path),
        verification=verify(path),
        head=(head.seq, head.hash) if head else (0, ""),
        records=tuple(found),
        gaps=tuple(_gaps(found)),
        unreadable=tuple(unreadable),
        left_out=left_out,
    )


def _decoded(line: bytes) -> dict[str, object] | None:
    try:
        record = clean_json(msgspec.json.decode(line))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _exported(
    line: bytes, link: Link, record: dict[str, object], fault: str, redactor: Redactor
) -> Exported:
    """The record, with secrets that came to be known since as dots."""
    text = line.decode("utf-8", "replace")
    safe = redactor.redact(text)
    shown = redactor.redact_json(record)
    return Exported(
        seq=link.seq,
        previous=link.previous,
        hash=link.hash,
        line=safe,
        record=shown if isinstance(shown, dict) else {},
        fault=fault,
        redacted=safe != text,
    )


def _gaps(records: list[Exported]) -> Iterator[tuple[int, int]]:
    """The numbers that are missing before and between the records."""
    expected = 1
    for record in records:
        if record.seq > expected:
            yield expected, record.seq - 1
        expected = record.seq + 1


def proved(lines: list[str], export: Export) -> int:
    """How many of these lines, read back, are a record's to the letter and prove its hash.

    Those that were redacted or are at fault can't be proved.
    """
    return sum(
        line == record.line and is_as_written(line.encode(), Link(record.seq, "", record.hash))
        for line, record in zip(lines, export.records, strict=False)
    )


def provable(export: Export) -> int:
    """How many of its records are whole in themselves, so that a true copy of them proves them."""
    return proved([record.line for record in export.records], export)
