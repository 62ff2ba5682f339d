"""Logs that hold no JSON, read as if they did, so that all else is the same for them.

`orket_crash.log` is text of Python's logging: an entry begins with time and level, and its
traceback follows on as many lines as it has. It becomes one record, traceback and all. Of
any other text each line becomes one. `Record.raw` is then the JSON that stands for it, while
its place and length are those in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from orket_console.base.lines import LINE_CAP, Line, LineSplitter
from orket_console.base.refs import LogRef
from orket_console.logs.heads import MALFORMED, head_of
from orket_console.logs.records import Lines, Numbered, Record, read_record, read_records
from orket_console.logs.sources import Form, Source

_ENTRY: Final = re.compile(
    rb"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<thousandths>\d{3}) - (?P<level>[A-Z]+) - "
)
_TIME: Final = re.compile(
    rb"\[?(?P<at>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)"
)
_CRASH: Final = re.compile(r"CRITICAL CRASH: (?P<type>\S+)\s*")
_LAST_LINES: Final = 4096
"""Characters at an entry's end in which what was raised is looked for."""
_SAMPLE: Final = 1 << 16


def form_of(sample: bytes) -> Form:
    """What a log seems to hold by its first bytes; an empty one, what Orket's do."""
    if _ENTRY.match(sample):
        return Form.CRASHES
    lines = [line.lstrip(b"\xef\xbb\xbf \t") for line in sample[:_SAMPLE].split(b"\n")]
    said = [line for line in lines if line.strip()]
    return Form.TEXT if said and not any(line.startswith(b"{") for line in said) else Form.EVENTS


class Entries:
    """Makes records of one log's lines as they come, in order.

    The last entry of a crash log is held back while more of it may follow.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held: list[bytes] = []
        self._first: Numbered | None = None
        self._length = 0

    @property
    def pending(self) -> bool:
        return self._first is not None

    def take(self, lines: Lines | Numbered) -> list[Record]:
        """The records that these lines complete."""
        match self._source.form:
            case Form.EVENTS:
                return events(lines, self._source)
            case Form.TEXT:
                return [_of_text(each, self._source) for each in numbered(lines)]
            case Form.CRASHES:
                return [each for line in numbered(lines) for each in self._line(line)]

    def rest(self) -> list[Record]:
        """The entry that was held back, as nothing more of it comes."""
        first, held = self._first, self._held
        if first is None:
            return []
        self._first, self._held = None, []
        while held and not held[-1].strip():
            held.pop()
        return [_of_entry(b"\n".join(held), first, self._length, self._source)]

    def _line(self, line: Numbered) -> Iterator[Record]:
        if _ENTRY.match(line.line.raw):
            yield from self.rest()
        if self._first is None:
            self._first, self._length = line, line.line.length
            self._held = [line.line.raw]
            return
        self._length = line.line.offset + line.line.length - self._first.line.offset
        if self._length <= LINE_CAP:
            self._held.append(line.line.raw)


def events(lines: Lines | Numbered, source: Source) -> list[Record]:
    if isinstance(lines, Lines):
        return read_records(lines, source)
    return [read_record(lines.line, source, lines.number)]


def numbered(lines: Lines | Numbered) -> Iterator[Numbered]:
    """Each line on its own."""
    if isinstance(lines, Numbered):
        yield lines
        return
    for index, line in enumerate(LineSplitter(lines.offset).feed(lines.raw)):
        yield Numbered(line, None if lines.number is None else lines.number + index)


def entries(lines: Iterable[Line], source: Source, number: int | None) -> Iterator[Record]:
    """Records of lines that are read on; `number` is the first line's, where it is known."""
    if source.form is Form.EVENTS:
        for index, line in enumerate(lines):
            yield read_record(line, source, None if number is None else number + index)
        return
    reading = Entries(source)
    for index, line in enumerate(lines):
        yield from reading.take(Numbered(line, None if number is None else number + index))
    yield from reading.rest()


def begins(line: Line, source: Source) -> bool:
    """Whether a line begins a record, rather than go on with the one before it."""
    return source.form is not Form.CRASHES or _ENTRY.match(line.raw) is not None


def _of_text(line: Numbered, source: Source) -> Record:
    raw = line.line.raw
    found = _TIME.match(raw)
    at = _host_time(found["at"].decode().replace(",", ".")) if found else None
    text = raw.decode("utf-8", "replace")
    event = {"role": "", "event": "", "level": "info", "data": {"message": text}}
    return _record(event, at, line, line.line.length, source)


def _of_entry(raw: bytes, first: Numbered, length: int, source: Source) -> Record:
    begun = _ENTRY.match(raw)
    if begun is None:
        # The log begins in the middle of an entry.
        ref = LogRef(source.path, first.line.offset, first.number)
        head = MALFORMED
        return Record(head.at, head.severity, head, source.name, ref, raw, length)
    text = raw[begun.end() :].decode("utf-8", "replace")
    crash = _CRASH.match(text)
    traceback = text[crash.end() :] if crash else text
    last = traceback[-_LAST_LINES:].rstrip().rpartition("\n")[2]
    event = {
        "role": "system",
        "event": "crash" if crash else "",
        "level": "error",
        "data": {
            "type": crash["type"] if crash else begun["level"].decode().lower(),
            "error": last,
            "traceback": traceback.rstrip(),
        },
    }
    local = f"{begun['at'].decode()}.{begun['thousandths'].decode()}"
    return _record(event, _host_time(local), first, length, source)


def _host_time(text: str) -> datetime | None:
    # Without a zone it is the host's own time, as Python's logging writes it.
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _record(
    event: Mapping[str, object], at: datetime | None, first: Numbered, length: int, source: Source
) -> Record:
    said = {"timestamp": at.isoformat()} if at else {}
    raw = json.dumps({**said, **event}, ensure_ascii=False).encode("utf-8", "replace")
    head = head_of(raw)
    ref = LogRef(source.path, first.line.offset, first.number)
    return Record(head.at, head.severity, head, source.name, ref, raw, length)
