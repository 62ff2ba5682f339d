"""The turn that a failed run ended at, found from its end without reading the whole run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from orket_console.base.refs import TurnRef
from orket_console.runs.outline import Outline

_MOST: Final = 40
"""Turns, from the last back, that are judged for it."""


class Failing(msgspec.Struct, frozen=True):
    ref: TurnRef | None
    why: str


NOTHING: Final = Failing(None, "")


def find_failing(
    root: Path, session: str, folders: Iterable[Path], known: dict[str, str], reason: str
) -> Failing:
    """The last failed turn of a run at rest, and why it failed; `reason` is the ledger's.

    Of several the one that the reason speaks of. `known` gives true ids by folder name.
    """
    outline = Outline(root, session)
    outline.take(folders, known)
    last = Failing(None, "")
    for leaf in reversed(outline.leaves[-_MOST:]):
        outline.judge(leaf, active=False)
        turn = leaf.turn
        if not turn.failed:
            continue
        if (turn.why and turn.why in reason) or (reason and turn.ref.issue in reason):
            return Failing(turn.ref, turn.why)
        if last.ref is None:
            last = Failing(turn.ref, turn.why)
    return last
