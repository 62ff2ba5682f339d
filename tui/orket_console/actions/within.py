"""The run of a bundle that an action is a step of: its sequencer hands on what it holds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orket_console.actions.processes import MARK
from orket_console.base.errors import ConsoleError

LENT: Final = "ORKET_CONSOLE_LENT"
"""Numbers of the descriptors that a sequencer inherits: the locks under which it writes."""
OWN: Final = (MARK, LENT)
"""What an action is told of itself, and those that it starts are not."""


@dataclass(frozen=True, slots=True)
class Within:
    """`bundle` is the id of the bundle's record; `locks` are held as long as it runs."""

    bundle: str
    locks: tuple[int, ...]


def lent(locks: Sequence[int]) -> dict[str, str]:
    """What a sequencer's environment says of its locks."""
    return {LENT: ",".join(map(str, locks))}


def within(environment: Mapping[str, str]) -> Within:
    """The bundle that this process runs the steps of. Raises `ConsoleError` where it is none."""
    bundle, numbers = environment.get(MARK, ""), environment.get(LENT, "")
    try:
        locks = tuple(int(number) for number in numbers.split(",") if number)
        for lock in locks:
            os.fstat(lock)
    except (ValueError, OverflowError, OSError) as error:
        raise ConsoleError(f"the locks of this bundle are not held: {error}") from error
    if not bundle or LENT not in environment:
        raise ConsoleError(
            "a bundle's steps are run under supervision only",
            remedy="`orket-console actions run` starts it",
        )
    return Within(bundle, locks)
