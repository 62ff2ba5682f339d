"""Every turn there is, by folder names alone: what the palette searches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from orket_console.base.refs import TurnRef
from orket_console.base.text import clean
from orket_console.runs.traces import all_sessions, split_turn, walk_turns
from orket_console.target.target import Target

MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class TurnChoice:
    """A turn by its folders' names, and when its folder last changed."""

    ref: TurnRef
    modified: datetime

    @property
    def key(self) -> str:
        """`34a2b001:iss-02-0:1:lead_architect`, which replay takes."""
        return str(self.ref)

    @property
    def label(self) -> str:
        return f"changed {self.modified:%Y-%m-%d %H:%M:%S} UTC"


def list_turn_keys(target: Target, limit: int = MOST) -> list[TurnChoice]:
    """At most `limit` turns, newest first; three levels of scandir, no file is opened.

    Sessions are taken newest first until there are enough.
    """
    found: list[TurnChoice] = []
    sessions = sorted(all_sessions(target).folders, key=lambda f: f.modified, reverse=True)
    for session in sessions:
        for issue, turn in walk_turns(session.path):
            index, role = split_turn(turn.name)
            found.append(
                TurnChoice(
                    TurnRef(clean(session.name), clean(issue.name), index, clean(role)),
                    datetime.fromtimestamp(turn.modified / 1e9, UTC),
                )
            )
        if len(found) >= limit:
            break
    found.sort(key=lambda choice: (choice.modified, choice.key), reverse=True)
    return found[:limit]
