"""Which turns of one span began, ended, and with which model."""

from __future__ import annotations

from typing import Final

from orket_console.logs.heads import Head, named
from orket_console.logs.report.found import MOST_TURNS, Turn
from orket_console.logs.report.kinds import TURN_COMPLETE, TURN_ENDS, TURN_START
from orket_console.logs.report.lines import ToldHead

MARKS: Final = frozenset({TURN_START, *TURN_ENDS})
CALM_MARKS: Final = frozenset({TURN_START, TURN_COMPLETE})
"""Those that tell of nothing bad."""
_Begun = tuple[ToldHead, int, int]


class Turns:
    def __init__(self) -> None:
        self._open: dict[str, _Begun] = {}
        self._ended: set[str] = set()

    def mark(self, head: ToldHead, line: int, offset: int) -> None:
        """Note a turn's begin or end: a line of an event in `MARKS`."""
        key = turn_key(head)
        if not key:
            return
        if head.event == TURN_START:
            if key in self._open or len(self._open) < MOST_TURNS:
                self._open[key] = (head, line, offset)
        else:
            self._open.pop(key, None)
            self._ended.add(key)

    def model_of(self, head: Head) -> str | None:
        """The model of the line's turn that is under way: empty for none.

        None where the turn began before the span.
        """
        key = turn_key(head)
        if key in self._open:
            return named(self._open[key][0].model)
        return None if key and key not in self._ended else ""

    def result(self) -> tuple[dict[str, Turn], set[str]]:
        """The turns that are under way, and the keys of all that ended."""
        return {key: _turn(*begun) for key, begun in self._open.items()}, self._ended


def turn_key(head: Head) -> str:
    """Session, issue and index in one; empty for a line that belongs to no turn."""
    # As the head's own properties say it, without their cost: it is asked of very many lines.
    data = head.data
    runtime = data.runtime_event
    index = data.turn_index
    if index is None or index <= 0:
        index = runtime.turn_index
        if index is None or index <= 0:
            return ""
    session = data.session_id or runtime.session_id or data.run_id or ""
    return f"{session} {data.issue_id or runtime.issue_id or ''} {index}"


def _turn(head: ToldHead, line: int, offset: int) -> Turn:
    return Turn(
        named(head.session),
        named(head.issue),
        head.turn or 0,
        named(head.actor),
        named(head.model),
        line,
        offset,
        head.timestamp,
    )
