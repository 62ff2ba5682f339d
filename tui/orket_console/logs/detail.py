"""One record in full, laid out for reading: what it says first, what repeats elsewhere last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from orket_console.base.clock import size
from orket_console.base.text import clean, decode
from orket_console.logs.records import Record

_FIRST: Final = ("type", "error", "message", "reason", "status")
"""Keys of `data` that say most; they stand before the others."""
_LAST: Final = ("traceback", "runtime_event")
"""Keys of `data` that are long and stand by themselves."""
_IN_COLUMNS: Final = frozenset({"timestamp", "role", "event", "data"})
_LARGE: Final = 100_000
"""Bytes from which a record's size is worth telling."""


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """`heading` names its place and what it belongs to; `problem` why it is malformed.

    `content` is the line's JSON object with `data` first, and without what has columns of
    its own; of a malformed line it is the text. It is safe to show, and not redacted.
    """

    heading: str
    problem: str
    content: object


def detail_of(record: Record) -> RecordDetail:
    content = record.content()
    if isinstance(content, dict):
        content = _laid_out(content)
    return RecordDetail(_heading(record), record.problem, content)


def pretty(record: Record) -> str:
    """All of the record that is kept, for the clipboard: indented JSON, or its text."""
    content = record.content()
    return content if isinstance(content, str) else _json(content)


def as_written(record: Record, redact: Callable[[str], str]) -> str:
    """The line as it was written, without secrets; control characters are made visible.

    A secret may be escaped in it so that it can't be told: a line that holds one is
    written anew.
    """
    content = record.content()
    if not isinstance(content, str):
        whole = _json(content)
        if redact(whole) != whole:
            return _compact(redact(whole))
    return redact(decode(record.raw))


def _laid_out(content: dict[str, object]) -> dict[str, object]:
    data = content.get("data")
    if isinstance(data, dict):
        first = [key for key in _FIRST if key in data]
        last = [key for key in _LAST if key in data]
        rest = [key for key in data if key not in (*_FIRST, *_LAST)]
        data = {key: data[key] for key in (*first, *rest, *last)}
    others = {key: value for key, value in content.items() if key not in _IN_COLUMNS}
    return {"data": data, **others} if "data" in content else others


def _heading(record: Record) -> str:
    parts = (
        record.place,
        f"session {record.session}" if record.session else "",
        record.issue,
        f"turn {record.turn}" if record.turn else "",
        size(record.length) if record.length > _LARGE else "",
    )
    return " · ".join(part for part in parts if part)


def _json(value: object) -> str:
    try:
        return clean(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    except (ValueError, RecursionError) as error:
        return f"(can't be written as JSON: {error})"


def _compact(text: str) -> str:
    try:
        return msgspec.json.format(text, indent=-1)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return text
