"""`g`: a turn's number, key, issue or time, as an operator writes it, and the turn it leads to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.refs import TurnRef
from orket_console.base.text import shorten
from orket_console.runs.key import folder_name
from orket_console.runs.model import Turn
from orket_console.runs.pick import pick_turn

EXAMPLES: Final = "12   ISS-02-0   ISS-02-0:1:coder   05:17   2026-11-23 05:17:37"

_NUMBER: Final = re.compile(r"#?([0-9]{1,9})")
_TIME_OF_DAY: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::.*)?", re.DOTALL)
_LATEST: Final = "23:59:59.999999"
_DAY: Final = timedelta(days=1)
Moment = Callable[[str, datetime], datetime | None]
"""What a text says is a time, told from a moment that it may not lie behind; None for none."""


class GoalError(ValueError):
    """Why what was typed leads nowhere, in a few words."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A turn, and in words how it was found."""

    turn: Turn
    sentence: str


def parse_goal(text: str, turns: Sequence[Turn], at: int | None, moment: Moment) -> Goal:
    """The turn among `turns` (in order of time) that was typed: `12`, `ISS-02-0`, a key, a time.

    Of several with one number it is the next after the one at `at`, around the end. `moment`
    reads times. Raises `GoalError`.
    """
    text = text.strip()
    if not text:
        raise GoalError(f"such as {EXAMPLES}")
    if not turns:
        raise GoalError("there is no turn to go to")
    if number := _NUMBER.fullmatch(text):
        return _of_number(int(number[1]), turns, at)
    if (when := _when(text, turns, moment)) is not None:
        return _at_time(when, turns)
    if ":" in text:
        return _of_key(text, turns)
    return _of_issue(text, turns)


def _of_number(number: int, turns: Sequence[Turn], at: int | None) -> Goal:
    found = [place for place, turn in enumerate(turns) if turn.ref.index == number]
    if not found:
        numbers = sorted({turn.ref.index for turn in turns})
        raise GoalError(f"no turn #{number}: they are #{numbers[0]} to #{numbers[-1]}")
    chosen = next((place for place in found if at is None or place > at), found[0])
    of = f", {found.index(chosen) + 1} of {len(found)} with that number" if found[1:] else ""
    return Goal(turns[chosen], f"{_name(turns[chosen])}{of}")


def _of_key(text: str, turns: Sequence[Turn]) -> Goal:
    """`ISSUE:TURN`, `ISSUE:TURN:ROLE`, or the same after the session."""
    parts = text.split(":")
    if parts[0] and turns[0].ref.session.startswith(parts[0]) and len(parts) > 2:
        del parts[0]
    if len(parts) not in (2, 3) or not _NUMBER.fullmatch(parts[1]):
        raise GoalError(f"no turn key: such as {EXAMPLES}")
    role = parts[2] if len(parts) == 3 else ""
    number = int(parts[1].lstrip("#"))
    try:
        turn = pick_turn(turns, TurnRef(turns[0].ref.session, parts[0], number, role))
    except ConsoleError as error:
        raise GoalError(str(error)) from error
    return Goal(turn, _name(turn))


def _of_issue(text: str, turns: Sequence[Turn]) -> Goal:
    """The first turn of an issue: by its whole id, else by the only id that has it in it."""
    wanted = folder_name(text)
    names = dict.fromkeys(folder_name(turn.ref.issue) for turn in turns)
    found = [name for name in names if name == wanted] or [n for n in names if wanted in n]
    if not found:
        raise GoalError(f"no turn, issue or time {shorten(text, 40)}: such as {EXAMPLES}")
    of = [turn for turn in turns if folder_name(turn.ref.issue) == found[0]]
    if len(found) > 1:
        listed = ", ".join(found[:4]) + (" …" if len(found) > 4 else "")
        raise GoalError(f"{len(found)} issues have that: {shorten(listed, 60)}")
    return Goal(of[0], f"{_name(of[0])}, the first of {len(of)} of its issue")


def _when(text: str, turns: Sequence[Turn], moment: Moment) -> datetime | None:
    """A time of day is of the run's last day, but for one that only the day before has."""
    times = [turn.at for turn in turns if turn.at]
    if not times:
        return None
    if not _TIME_OF_DAY.fullmatch(text):
        return moment(text, max(times))
    end_of_day = moment(_LATEST, max(times) + _DAY)
    when = moment(text, end_of_day or max(times))
    if when is not None and when > max(times) and when - _DAY >= min(times):
        return when - _DAY
    return when


def _at_time(when: datetime, turns: Sequence[Turn]) -> Goal:
    after = [turn for turn in turns if turn.at and turn.at >= when]
    if after:
        return Goal(after[0], f"{_name(after[0])}, the first from then on")
    return Goal(turns[-1], f"{_name(turns[-1])}, the last: none is from then on")


def _name(turn: Turn) -> str:
    return f"{turn.ref.issue} #{turn.ref.index} {turn.ref.role}"
