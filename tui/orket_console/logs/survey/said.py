"""What a line says of itself beyond its head: the few fields that tell its kind.

Source: the lines of `orket.log` and its like. A line is decoded once for both; one that
msgspec refuses is read as Python's json would, with the same answer.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from orket_console.base.events import Malformed, decode_event
from orket_console.logs.heads import MALFORMED, DataHead, Head, data_of, head_of_event, heads_as


class Review(Struct, frozen=True, gc=False):
    """Of `data.review_payload`, what a guard found."""

    violations: tuple[str, ...] | None = None


class Said(DataHead, frozen=True, gc=False):
    """Of `data`; None for what is not there or something else."""

    message: str | None = None
    reason: str | None = None
    tool: str | None = None
    stage: str | None = None
    state: str | None = None
    action: str | None = None
    result: str | None = None
    error_type: str | None = None
    failure_class: str | None = None
    failure_reason: str | None = None
    contract_reasons: tuple[str, ...] | None = None
    review_payload: Review | None = None


_NOTHING: Final = Said()
_TEXTS: Final = (
    "message",
    "reason",
    "tool",
    "stage",
    "state",
    "action",
    "result",
    "error_type",
    "failure_class",
    "failure_reason",
)


class SaidHead(Head, frozen=True, gc=False):
    """A head, and what the line says of its kind."""

    data: Said = _NOTHING


_decoder: Final = msgspec.json.Decoder(SaidHead)


def said_heads(lines: bytes) -> list[Head]:
    """Each line of a chunk that ends with a newline: a `SaidHead`, or `MALFORMED`."""
    return heads_as(lines, _decoder, _read_whole, _NOTHING)


def said_of(head: Head, raw: bytes) -> Said:
    """What the line of `head` says; `raw` is read where the head does not have it."""
    if head is MALFORMED:
        return _NOTHING
    found = head if isinstance(head, SaidHead) else said_heads(raw + b"\n")[0]
    return found.data if isinstance(found, SaidHead) else _NOTHING


def _read_whole(raw: bytes) -> Head:
    event = decode_event(raw)
    if isinstance(event, Malformed):
        return MALFORMED
    head = head_of_event(event)
    data = data_of(event)
    review = data.get("review_payload")
    found: dict[str, Any] = {name: _text(data.get(name)) for name in _TEXTS}
    found["contract_reasons"] = _texts(data.get("contract_reasons"))
    if isinstance(review, dict):
        found["review_payload"] = Review(_texts(review.get("violations")))
    said = msgspec.structs.replace(Said(*msgspec.structs.astuple(head.data)), **found)
    return SaidHead(head.timestamp, head.role, head.event, head.level, said)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    return tuple(value)
