"""What is typed after `:` as a place: `:run 34a2b001`, `:turn S:I:N`, `:log FILTER`, …"""

from __future__ import annotations

from typing import Final

from orket_console.base.refs import (
    ActionRef,
    IncidentRef,
    LogFilterRef,
    ProbeRef,
    PullRef,
    Ref,
    SessionRef,
    TurnRef,
)
from orket_console.ui.tabs import TABS

EXAMPLES: Final = (
    ":run SESSION",
    ":turn SESSION:ISSUE:TURN[:ROLE]",
    ":log FILTER",
    ":pr REPO#N",
    ":probe NAME",
    ":action NAME",
    ":incident N",
)
_DIGITS: Final = 9


def parse_jump(text: str) -> Ref | str:
    """A place, or the title of a tab. Raises `ValueError` that says what is wanted."""
    word, _, rest = text.strip().lstrip(":").partition(" ")
    rest = rest.strip()
    for title in TABS:
        if word and title.lower().startswith(word.lower()) and not rest:
            return title
    if not rest:
        raise ValueError(f"{word or 'nothing'} is no tab; try {', '.join(EXAMPLES)}")
    match word.lower():
        case "run" | "session":
            return SessionRef(rest)
        case "turn":
            return _turn(rest)
        case "log":
            return LogFilterRef(rest)
        case "pr":
            return PullRef(rest)
        case "probe":
            return ProbeRef(rest)
        case "action":
            return ActionRef(rest)
        case "incident" | "inc":
            return _incident(rest)
    raise ValueError(f"{word} leads nowhere; try {', '.join(EXAMPLES)}")


def _incident(text: str) -> IncidentRef:
    number = text.upper().removeprefix("INC-")
    if not (number.isascii() and number.isdecimal()) or len(number) > _DIGITS:
        raise ValueError("an incident is its number, as in :incident 3")
    return IncidentRef(int(number))


def _turn(text: str) -> TurnRef:
    parts = text.split(":")
    if len(parts) not in (3, 4) or not parts[2].isdecimal():
        raise ValueError("a turn is SESSION:ISSUE:TURN[:ROLE], as in 34a2b001:ISS-02-0:1")
    return TurnRef(parts[0], parts[1], int(parts[2]), parts[3] if len(parts) == 4 else "")
