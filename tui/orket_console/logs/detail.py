"""One record in full, laid out for reading: what it says first, what repeats elsewhere last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from orket_console.base.clock import size
from orket_console.base.refs import PullRef, Ref
from orket_console.base.text import clean
from orket_console.logs.records import Record

CAP: Final = 20_000
"""Characters of each part that are shown; `pretty` has all of it."""
_FIRST: Final = ("type", "error", "message", "reason", "status")
"""Keys of `data` that say most; they stand before the others."""
_IN_COLUMNS: Final = frozenset({"timestamp", "role", "event", "data"})


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """`heading` names its place and what it belongs to; `problem` why it is malformed.

    `body` is `data` as indented JSON (or a malformed line's text) without the two parts that
    are long and stand by themselves: `traceback` as lines, `runtime_event` as JSON. Time,
    role and event stand in columns already; `others` has what else the line holds.
    """

    heading: str
    problem: str
    body: str
    others: str
    traceback: str
    runtime_event: str


def detail_of(record: Record) -> RecordDetail:
    content = record.content()
    if not isinstance(content, dict):
        return RecordDetail(_heading(record), record.problem, _cut(str(content)), "", "", "")
    data = content.get("data")
    others = {k: v for k, v in content.items() if k not in _IN_COLUMNS}
    traceback = runtime = ""
    if isinstance(data, dict):
        traceback = data["traceback"] if isinstance(data.get("traceback"), str) else ""
        runtime = _json(data["runtime_event"]) if data.get("runtime_event") else ""
        left_out = ("runtime_event", "traceback") if traceback else ("runtime_event",)
        first = [key for key in _FIRST if key in data]
        rest = [key for key in data if key not in (*_FIRST, *left_out)]
        data = {key: data[key] for key in (*first, *rest)}
    return RecordDetail(
        heading=_heading(record),
        problem="",
        body=_cut(_json(data)) if "data" in content else "",
        others=_cut(_json(others)) if others else "",
        traceback=_cut(traceback.strip()),
        runtime_event=_cut(runtime),
    )


def pretty(record: Record) -> str:
    """All of the record that is kept, for the clipboard: indented JSON, or its raw text."""
    content = record.content()
    return content if isinstance(content, str) else _json(content)


def leads_to(record: Record) -> Ref | None:
    """The place that a record is about: its turn, else its pull request, else its session."""
    return record.turn_ref or _pull(record) or record.session_ref


def _pull(record: Record) -> PullRef | None:
    if not record.event.startswith(("pr_", "webhook")):
        return None
    content = record.content()
    data: Any = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        return None
    number = data.get("pr_number") or data.get("pr")
    if isinstance(number, str) and "#" in number:
        return PullRef(number.replace("/#", "#"))
    repo = data.get("repo")
    return PullRef(f"{repo}#{number}") if isinstance(repo, str) and number else None


def _heading(record: Record) -> str:
    parts = (
        record.place,
        f"session {record.session}" if record.session else "",
        record.issue,
        f"turn {record.turn}" if record.turn else "",
        size(record.length) if record.length > CAP else "",
    )
    return " · ".join(part for part in parts if part)


def _json(value: object) -> str:
    try:
        return clean(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    except (ValueError, RecursionError) as error:
        return f"(can't be written as JSON: {error})"


def _cut(text: str) -> str:
    return text if len(text) <= CAP else f"{text[:CAP]}\n… cut at {CAP} of {len(text)} characters"
