"""Which runs of the history are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.actions.records import History, Record, history
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.secret import DOTS
from orket_console.target.target import Target

_ALL: Final = 100_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run has to be: of that action or bundle, with that verdict's word, since then.

    What is empty or None wants nothing in particular.
    """

    action: str = ""
    word: str = ""
    since: datetime | None = None

    def fits(self, record: Record) -> bool:
        return (
            self.action in ("", record.action)
            and self.word in ("", record.word)
            and (self.since is None or record.started >= self.since)
        )


def selected(target: Target, wanted: Wanted, limit: int) -> History:
    """The newest `limit` records that fit; `older` counts those that fit and were left out."""
    if wanted == Wanted():
        return history(target, limit)
    kept = history(target, _ALL)
    found = tuple(record for record in kept.records if wanted.fits(record))
    return History(found[:limit], kept.unreadable, max(len(found) - limit, 0))


def again(record: Record, changed: dict[str, str]) -> dict[str, str]:
    """The parameters of a run for another one like it, those of `changed` otherwise.

    Raises `ConsoleError` (exit 2) for one that is not known any more, since it was a secret.
    """
    given = {**record.parameters, **changed}
    for name, value in given.items():
        if DOTS in value and name not in changed:
            raise ConsoleError(
                f"{name} of that run was a secret, which its record does not hold",
                remedy=f"give it: --param {name}=…",
                exit_code=ExitCode.USAGE,
            )
    return given
