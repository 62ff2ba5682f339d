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
_DISPATCH: Final = "reason='turn_dispatch'"
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
    value that is not there reads `–`. `turn` is None where it can't be told.
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


def go_on_to_the_end(_done: int, _total: int) -> bool:
    return True


def find_changes(
    target: Target,
    detail: RunDetail,
    field: Field,
    issue: str = "",
    go_on: Callable[[int, int], bool] = go_on_to_the_end,
) -> tuple[Change, ...]:
    """The changes of a field over a run's turns, first to last, each issue by itself.

    `issue` narrows to one, by its id in any case. `go_on` is asked before each turn, with how
    many were read of how many; where it says no, the changes so far are given. Raises
    `ConsoleError` (exit 1) where no turn has the field.
    """
    wanted = folder_name(issue)
    if field.part == STATUS:
        return _moves(target, detail, wanted)
    turns = [turn for turn in detail.turns if not wanted or folder_name(turn.ref.issue) == wanted]
    changes = tuple(_changes(target, turns, field, go_on))
    if all(change.after == "–" for change in changes):
        raise ConsoleError(
            f"no turn has {field}",
            where=f"{len(turns)} turns of {detail.run.session}",
            remedy="see the turn's parts for what it is called",
            exit_code=ExitCode.WRONG,
        )
    return changes


def _changes(
    target: Target, turns: Sequence[Turn], field: Field, go_on: Callable[[int, int], bool]
) -> Iterator[Change]:
    seen: dict[str, object] = {}
    for done, turn in enumerate(turns):
        if not go_on(done, len(turns)):
            return
        value = _value(PARTS[field.part](open_turn(target, turn)), field.way)
        issue = turn.ref.issue
        if issue in seen and _alike(seen[issue], value):
            continue
        before = said(seen[issue]) if issue in seen else ""
        seen[issue] = value
        yield Change(turn.at, issue, str(turn.ref), before, said(value), turn)


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


def said(value: object) -> str:
    """A value as JSON on one line, shortened; `–` for one that is not there."""
    if value is _ABSENT:
        return "–"
    try:
        return shorten(msgspec.json.encode(value).decode(), _LONGEST)
    except (ValueError, RecursionError):
        return shorten(str(value)[:_LONGEST], _LONGEST)


def _moves(target: Target, detail: RunDetail, wanted: str) -> tuple[Change, ...]:
    ledger = Ledger(target.runtime_db)
    issues = [
        issue.issue for issue in detail.issues if not wanted or folder_name(issue.issue) == wanted
    ]
    with ledger.held():
        changes = [change for issue in issues for change in _of_card(ledger, detail, issue)]
    if not changes and ledger.problems:
        raise ConsoleError(ledger.problems[0], exit_code=ExitCode.CANNOT_TELL)
    # A stable sort: the card's moves have no finer time than a second.
    return tuple(sorted(changes, key=lambda change: change.at or _LAST))


def _of_card(ledger: Ledger, detail: RunDetail, issue: str) -> Iterator[Change]:
    """What happened to a card, each move with the turn that it belongs to.

    Orket records no turn with a move, but that it dispatched one: what follows is that turn's.
    Where there are not as many dispatches as turns, none can be told.
    """
    moves = ledger.moves(issue, detail.run.session)
    turns = [turn for turn in detail.turns if turn.ref.issue == issue]
    known = sum(_DISPATCH in move.action for move in moves) == len(turns)
    dispatched = -1
    for move in moves:
        dispatched += _DISPATCH in move.action
        turn = turns[dispatched] if known and dispatched >= 0 else None
        if (change := _moved(issue, move, turn)) is not None:
            yield change


def _moved(issue: str, move: Move, turn: Turn | None) -> Change | None:
    found = _MOVE.match(move.action)
    if found is None:
        return None
    after, before, reason = found.groups()
    by = f"{move.role}, {reason}" if reason else move.role
    return Change(move.at, issue, by, before or "", after, turn)
