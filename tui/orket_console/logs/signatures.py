"""Failures that are the same but for their ids, numbers and paths have one signature."""

from __future__ import annotations

import re
from typing import Final

from orket_console.logs.records import Record

_LOOKED_AT: Final = 300
_CHANGING: Final = (
    (re.compile(r"/(?:[\w.@+-]+/)+[\w.@+-]*"), "/…"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), "#"),
    (re.compile(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{6,64}\b", re.IGNORECASE), "#"),
    (re.compile(r"[0-9]+"), "N"),
)


def signature(record: Record) -> str:
    """The event and what it said, with everything that changes from one to the next taken out.

    `turn_failed tool_violation ISS-N-N #N: Tool validation failed: …`.
    """
    said = record.what[:_LOOKED_AT]
    for changing, stand_in in _CHANGING:
        said = changing.sub(stand_in, said)
    return f"{record.event} {said}".strip()
