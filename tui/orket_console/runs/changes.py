"""Who changed it: each turn of a run at which a value of its artifacts was another than before.

A field is a part of the turn and the way to a value in it: `checkpoint.state_delta.to`,
`calls.0.args.path`, `raw_response.total_tokens`. `status` alone is the issue's card, whose
moves are read from `card_transactions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.text import shorten
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import Ledger, Move
from orket_console.runs.model import RunDetail, Turn
from orket_console.runs.turn import TurnDetail, open_turn
from orket_console.target.target import Target

STATUS: Final = "status"
PARTS: Final[Mapping[str, Callable[[TurnDetail], object]]] = {
    "checkpoint": lambda turn: turn.checkpoint.value,
    "messages": lambda turn: turn.messages.value,
    "response": lambda turn: turn.response.value,
    "raw_response": lambda turn: turn.raw_response.value,
    "parsed": lambda turn: turn.parsed.value,
    "layers": lambda turn: turn.layers.value,
    "diagnostics": lambda turn: turn.diagnostics.value,
    "calls": lambda turn: [
        {"tool": c.tool, "args": c.args, "outcome": c.outcome, "error": c.error, "result": c.result}
        for c in turn.calls
    ],
}
_LONGEST: Final = 300
_MOVE: Final = re.compile(r"Set Status to '([^']*)'(?: \(from '([^']*)'\))?(?: reason='([^']*)')?")


_LAST: Final = datetime.max.replace(tzinfo=UTC)


class _Absent:
    """What stands for a value that a turn does not have."""


_ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Field:
    """`part` is one of `PARTS`, or `status` with no way behind it."""

    part: str
    way: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.part, *self.way))


@dataclass(frozen=True, slots=True)
class Change:
    """One change: by which turn (its key) or by whom on the card, from what to what.

    Values are JSON on one line, shortened; empty `before` tells the first one seen, and a
    value that is not there reads `–`.
    """

    at: datetime | None
    issue: str
    by: str
    before: str
    after: str
    turn: Turn | None


def parse_field(text: str) -> Field:
    """A field as it is written. Raises `ConsoleError` (exit 2) for a part that there is not."""
    part, *way = text.strip().split(".")
    if part == STATUS and not way:
        return Field(STATUS, ())
    if part in PARTS and all(way):
        return Field(part, tuple(way))
    raise ConsoleError(
        f"no field {shorten(text, 60)!r}",
        remedy=f"{STATUS}, or a part ({', '.join(PARTS)}) and the way: checkpoint.state_delta.to",
        exit_code=ExitCode.USAGE,
    )


def find_changes(
    target: Target, detail: RunDetail, field: Field, issue: str = ""
) -> tuple[Change, ...]:
    """The changes of a field over a run's turns, first to last, each issue by itself.

    `issue` narrows to one, by its id in any case. Raises `ConsoleError` (exit 1) where no
    turn has the field.
    """
    wanted = folder_name(issue)
    if field.part == STATUS:
        return _moves(target, detail, wanted)
    turns = [turn for turn in detail.turns if not wanted or folder_name(turn.ref.issue) == wanted]
    changes = tuple(_changes(target, turns, field))
    if all(change.after == "–" for change in changes):
        raise ConsoleError(
            f"no turn has {field}",
            where=f"{len(turns)} turns of {detail.run.session}",
            remedy="see the turn's parts for what it is called",
            exit_code=ExitCode.WRONG,
        )
    return changes


def _changes(target: Target, turns: Sequence[Turn], field: Field) -> Iterator[Change]:
    seen: dict[str, object] = {}
    for turn in turns:
        value = _value(PARTS[field.part](open_turn(target, turn)), field.way)
        issue = turn.ref.issue
        if issue in seen and _alike(seen[issue], value):
            continue
        before = _said(seen[issue]) if issue in seen else ""
        seen[issue] = value
        yield Change(turn.at, issue, str(turn.ref), before, _said(value), turn)


def _value(value: object, way: Sequence[str]) -> object:
    for step in way:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _ABSENT
    return _ABSENT if value is None and not way else value


def _alike(one: object, other: object) -> bool:
    # JSON's true is not its 1, though Python's are equal.
    return type(one) is type(other) and one == other


def _said(value: object) -> str:
    if value is _ABSENT:
        return "–"
    try:
        return shorten(msgspec.json.encode(value).decode(), _LONGEST)
    except (ValueError, RecursionError):
        return shorten(str(value)[:_LONGEST], _LONGEST)


def _moves(target: Target, detail: RunDetail, wanted: str) -> tuple[Change, ...]:
    ledger = Ledger(target.runtime_db)
    changes = [
        change
        for issue in detail.issues
        if not wanted or folder_name(issue.issue) == wanted
        for move in ledger.moves(issue.issue, detail.run.session)
        if (change := _moved(issue.issue, move)) is not None
    ]
    if not changes and ledger.problems:
        raise ConsoleError(ledger.problems[0], exit_code=ExitCode.CANNOT_TELL)
    # A stable sort: the card's moves have no finer time than a second.
    return tuple(sorted(changes, key=lambda change: change.at or _LAST))


def _moved(issue: str, move: Move) -> Change | None:
    found = _MOVE.match(move.action)
    if found is None:
        return None
    after, before, reason = found.groups()
    by = f"{move.role}, {reason}" if reason else move.role
    return Change(move.at, issue, by, before or "", after, None)
