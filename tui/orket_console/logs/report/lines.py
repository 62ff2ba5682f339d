"""Lines of a log as the failure report reads them: many at a time, or one as Python would."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Final, TypeVar

import msgspec
from msgspec import structs

from orket_console.base.clock import size
from orket_console.base.events import Malformed, decode_object
from orket_console.base.lines import Line
from orket_console.logs.heads import Head, heads_as, is_plain, line_ends
from orket_console.logs.report import upstream
from orket_console.logs.report.found import Fault, Found
from orket_console.logs.survey.said import Said, SaidHead, said_heads


class Told(Said, frozen=True, gc=False):
    """Of `data`, beside what tells a line's kind: whose turn it was."""

    role: str | None = None
    turn_trace_id: str | None = None


_NOTHING: Final = Told()


class ToldHead(Head, frozen=True, gc=False):
    """All that the report says of a line."""

    data: Told = _NOTHING

    @property
    def actor(self) -> str:
        """The role whose turn it was: a `turn_failed` says `system`, and names it elsewhere."""
        if self.data.role:
            return self.data.role
        _session, _issue, *rest = (self.data.turn_trace_id or "::").split(":")
        return rest[0] if len(rest) == 2 and rest[0] else self.role


D = TypeVar("D")

_decoder: Final = msgspec.json.Decoder(ToldHead)


def told_heads(lines: bytes, *, even: int = 0) -> list[Head]:
    """Each line of whole lines as a `ToldHead`, or `MALFORMED`.

    `even` lines are already known to be one JSON object each, which saves proving it.
    """
    if even:
        try:
            heads: list[Head] = [*_decoder.decode_lines(lines)]
        except (msgspec.MsgspecError, RecursionError):
            heads = []
        if len(heads) == even and all(head.data is not _NOTHING for head in heads):
            return heads
    return heads_as(lines, _decoder, _read_whole, _NOTHING)


def _read_whole(raw: bytes) -> Head:
    (head,) = said_heads(raw.replace(b"\n", b" ") + b"\n")
    if not isinstance(head, SaidHead):
        return head
    data = line_of(raw).get("data")
    found = {
        name: data[name]
        for name in ("role", "turn_trace_id")
        if isinstance(data, dict) and isinstance(data.get(name), str)
    }
    told = Told(*structs.astuple(head.data), **found)
    return ToldHead(head.timestamp, head.role, head.event, head.level, told)


def line_of(raw: bytes) -> dict[str, Any]:
    """The JSON object of a line that is known to be one."""
    value = decode_object(raw)
    return {} if isinstance(value, Malformed) else value


def pieces(lines: bytes, offset: int) -> Iterator[tuple[int, int, bytes]]:
    """Whole lines as upstream's script splits them, which a lone CR ends as well.

    Each with its number among `lines`, told by newlines alone, and its offset.
    """
    for number, line in enumerate(lines.split(b"\n")[:-1]):
        if b"\r" not in line:
            yield number, offset, line
        else:
            at = offset
            for piece in line.split(b"\r"):
                if piece:
                    yield number, at, piece
                at += len(piece) + 1
        offset += len(line) + 1


def fault_of(found: Found, raw: bytes, line: int, offset: int) -> dict[str, Any] | None:
    """The line's JSON object; None for a malformed one, which is noted.

    So is whether upstream's script stops at it.
    """
    value = decode_object(raw)
    if not isinstance(value, Malformed):
        return value
    what = f"{value.reason} ({size(len(raw))})" if len(raw) > 10_000 else value.reason
    found.fault(Fault(line, offset, what))
    found.stop(line, offset, upstream.stops_at(raw))
    return None


def note_cut(found: Found, line: Line) -> None:
    """A line of which only the beginning was read."""
    what = f"line of {size(line.length)}, longer than what is read of one"
    found.fault(Fault(found.lines, line.offset, what))


def in_one_go(decoder: msgspec.json.Decoder[D], lines: bytes) -> tuple[list[D], list[int]] | None:
    """Each of whole lines as `decoder` has it, and where each ends, behind its newline.

    None where they want looking at one by one.
    """
    if b"\r" in lines:
        return _without_cr(decoder, lines)
    if not is_plain(lines):
        return None
    try:
        decoded = decoder.decode_lines(lines)
    except (msgspec.MsgspecError, RecursionError):
        return None
    ends = line_ends(lines, len(decoded))
    return (decoded, ends) if ends else None


def _without_cr(decoder: msgspec.json.Decoder[D], lines: bytes) -> tuple[list[D], list[int]] | None:
    """The same of lines that end with CR and newline."""
    plain = lines.replace(b"\r\n", b"\n")
    read = None if b"\r" in plain else in_one_go(decoder, plain)
    if read is None:
        return None
    decoded, _ = read
    return decoded, list(accumulate(len(line) + 1 for line in lines.split(b"\n")[:-1]))
