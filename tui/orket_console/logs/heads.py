"""The part of a line that lists, filters and counts look at, decoded without the rest.

Source: the lines of `orket.log` and its like. What msgspec reads in one go as `Head` is so
read; any line that is not as Orket writes it is read again as Python's json would, so that
both ways give the same head for the same line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from orket_console.base.clock import parse_time
from orket_console.base.events import Event, Malformed, decode_event
from orket_console.base.severity import Severity, derive
from orket_console.base.text import shorten

_NAME: Final = 120
"""Characters of a role, event, session or issue."""
_LONGEST_NUMBER: Final = 4300
"""Digits of a number that Python's json still reads."""
_STRIDE: Final = _LONGEST_NUMBER // 2


class RuntimeHead(Struct, frozen=True, gc=False):
    """Of `data.runtime_event`; None for what is not there or something else."""

    session_id: str | None = None
    issue_id: str | None = None
    run_id: str | None = None
    turn_index: int | None = None
    selected_model: str | None = None


_NO_RUNTIME: Final = RuntimeHead()


class DataHead(Struct, frozen=True, gc=False):
    """Of `data`; None for what is not there or something else.

    `error` and `traceback` are some text for any value that counts as one.
    """

    level: str | None = None
    status: str | None = None
    type: str | None = None
    error: str | None = None
    traceback: str | None = None
    ok: bool | None = None
    degraded: bool | None = None
    session_id: str | None = None
    run_id: str | None = None
    issue_id: str | None = None
    turn_index: int | None = None
    model: str | None = None
    selected_model: str | None = None
    runtime_event: RuntimeHead = _NO_RUNTIME


_NO_DATA: Final = DataHead()


class Head(Struct, frozen=True, gc=False):
    """One line's head. Names are as written, so not sanitised: `named` makes them so."""

    timestamp: str = ""
    role: str = ""
    event: str = ""
    level: str = ""
    data: DataHead = _NO_DATA

    @property
    def malformed(self) -> bool:
        """Whether the line is no JSON object; all else is empty then."""
        return self is MALFORMED

    @property
    def at(self) -> datetime | None:
        return parse_time(self.timestamp) if self.timestamp else None

    @property
    def severity(self) -> Severity:
        """By the one table of `base.severity`; a line that is no event is a warning."""
        if self is MALFORMED:
            return Severity.WARN
        data = self.data
        return derive(
            data.level,
            self.level,
            self.event,
            data.status,
            broke=bool(data.traceback),
            troubled=data.ok is False or bool(data.error) or data.degraded is True,
        )

    @property
    def session(self) -> str:
        """The session, by whichever of its names the line carries; empty without one."""
        data = self.data
        return data.session_id or data.runtime_event.session_id or data.run_id or ""

    @property
    def sessions(self) -> tuple[str, ...]:
        """All the sessions that the line may be found by."""
        data, runtime = self.data, self.data.runtime_event
        found = (data.session_id, runtime.session_id, data.run_id, runtime.run_id)
        return tuple(dict.fromkeys([each for each in found if each]))

    @property
    def issue(self) -> str:
        return self.data.issue_id or self.data.runtime_event.issue_id or ""

    @property
    def turn(self) -> int | None:
        """The turn's index; None where the line belongs to no turn (0 means none)."""
        for index in (self.data.turn_index, self.data.runtime_event.turn_index):
            if index is not None and index > 0:
                return index
        return None

    @property
    def model(self) -> str:
        data = self.data
        return data.selected_model or data.model or data.runtime_event.selected_model or ""


MALFORMED: Final = Head()
H = TypeVar("H", bound=Head)

_decoder: Final = msgspec.json.Decoder(Head)
_decode: Final = _decoder.decode
_SOME: Final = 4 << 10
_TWO_DIGITS: Final = re.compile(rb"[0-9](?=[0-9])")


@lru_cache(maxsize=4096)
def named(name: str) -> str:
    """A role, event, session or issue as it is shown: sanitised, on one line, bounded."""
    return shorten(name[:_NAME], _NAME)


def head_of(raw: bytes) -> Head:
    """The head of one line, without its newline; `MALFORMED` where it is no JSON object."""
    return _one(raw, _decode, read_whole, _NO_DATA)


def heads_of(lines: bytes) -> list[Head]:
    """The head of each line of a chunk that ends with a newline, in order.

    A `\\r` inside a line is a blank to JSON here; who splits lines at it does so before.
    """
    return heads_as(lines, _decoder, read_whole, _NO_DATA)


def heads_as(
    lines: bytes,
    decoder: msgspec.json.Decoder[H],
    whole: Callable[[bytes], Head],
    nothing: DataHead,
) -> list[Head]:
    """`heads_of` by a kind of head that holds more.

    `whole` reads one line as Python's json would; `nothing` is the kind's empty `data`.
    """
    if lines[:1] == b"{" and is_plain(lines):
        try:
            heads: list[Head] = [*decoder.decode_lines(lines)]
        except (msgspec.MsgspecError, RecursionError):
            heads = []
        if line_ends(lines, len(heads)) and all(head.data is not nothing for head in heads):
            return heads
    return [_one(raw, decoder.decode, whole, nothing) for raw in lines.split(b"\n")[:-1]]


def line_ends(lines: bytes, objects: int) -> list[int]:
    """Where each line ends, behind its newline, if the `objects` are one to a line; else none.

    `lines` begins with a `{` and is known to hold so many objects and nothing else.
    """
    find, end = lines.find, 0
    ends = [end := find(b"\n", end) + 1 for _ in range(objects)]
    if not ends or ends[-1] != len(lines):
        return []
    # Where each line begins and ends with a brace, none goes on in the next: between `}` and
    # `{` a comma would have to stand inside an object. One index more, as one gives no tuple.
    opening = itemgetter(0, 0, *ends[:-1])(lines)
    closing = itemgetter(-2, *[end - 2 for end in ends])(lines)
    even = bytes(opening) == b"{" * (objects + 1) and bytes(closing) == b"}" * (objects + 1)
    return ends if even else []


def _one(
    raw: bytes, decode: Callable[[bytes], Head], whole: Callable[[bytes], Head], nothing: DataHead
) -> Head:
    if not is_plain(raw):
        return whole(raw)
    try:
        head = decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return whole(raw)
    return whole(raw) if head.data is nothing else head


def read_whole(raw: bytes) -> Head:
    """The head of any line, read as Python's json would."""
    event = decode_event(raw)
    return MALFORMED if isinstance(event, Malformed) else head_of_event(event)


def head_of_event(event: Event) -> Head:
    """The head of an event that was decoded whole."""
    data = data_of(event)
    runtime = event.runtime if data is event.data else data
    timestamp = event.raw.get("timestamp")
    return Head(
        timestamp=timestamp if isinstance(timestamp, str) else "",
        role=event.role,
        event=event.name,
        level=event.level,
        data=DataHead(
            level=_text(data, "level"),
            status=_text(data, "status"),
            type=_text(data, "type"),
            error=_said(data.get("error")),
            traceback=_said(data.get("traceback")),
            ok=_truth(data.get("ok")),
            degraded=_truth(data.get("degraded")),
            session_id=_text(data, "session_id"),
            run_id=_text(data, "run_id"),
            issue_id=_text(data, "issue_id"),
            turn_index=_number(data.get("turn_index")),
            model=_text(data, "model"),
            selected_model=_text(data, "selected_model"),
            runtime_event=RuntimeHead(
                session_id=_text(runtime, "session_id"),
                issue_id=_text(runtime, "issue_id"),
                run_id=_text(runtime, "run_id"),
                turn_index=_number(runtime.get("turn_index")),
                selected_model=_text(runtime, "selected_model"),
            ),
        ),
    )


def data_of(event: Event) -> dict[str, Any]:
    """Its data. A line of `runtime_events.jsonl` is a bare runtime event: all of it is."""
    bare = not event.data and "data" not in event.raw and "schema_version" in event.raw
    return event.raw if bare else event.data


def is_plain(raw: bytes) -> bool:
    """Whether msgspec, which passes over what it is not asked for, finds every fault."""
    if not raw.isascii() and not _is_utf8(raw):
        return False
    # A number too long for Python holds two neighbouring bytes of these, and all between.
    for found in _TWO_DIGITS.finditer(raw[::_STRIDE]):
        at = found.start() * _STRIDE
        if raw[at : at + _STRIDE].isdigit():
            return False
    return True


def _is_utf8(raw: bytes) -> bool:
    """Asked of some lines at a time: most of them are ASCII, and others cost much memory."""
    at = 0
    while at < len(raw):
        end = raw.find(b"\n", at + _SOME) + 1 or len(raw)
        some = raw[at:end]
        at = end
        if some.isascii():
            continue
        try:
            some.decode("utf-8")
        except UnicodeDecodeError:
            return False
    return True


def _text(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) else None


def _said(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return type(value).__name__ if value else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
