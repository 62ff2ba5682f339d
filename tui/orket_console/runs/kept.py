"""Where the operator was in the Runs tab, kept for one target in the state folder.

In `runs_place.json`; written whole, so that of two consoles the one that moved last is
remembered.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import UnreadableError, read_bytes, write_whole
from orket_console.base.text import clean
from orket_console.runs.detail import OpenedRun
from orket_console.runs.model import Turn

_LONGEST: Final = 2000


class RunsPlace(Struct, frozen=True, omit_defaults=True):
    """`level` is `runs`, `turns` or `turn`; `turn` is the turn's folder as it is shown, empty
    where none was selected; `filter` is that of the turns."""

    session: str = ""
    turn: str = ""
    level: str = "runs"
    part: str = ""
    filter: str = ""
    runs_filter: str = ""


def read_place(path: Path) -> RunsPlace:
    """The place that was kept; the one to begin at where none is, or none can be read."""
    try:
        place = msgspec.json.decode(read_bytes(path), type=RunsPlace)
    except (UnreadableError, msgspec.MsgspecError, UnicodeDecodeError):
        return RunsPlace()
    # Written by hand it may hold anything.
    return RunsPlace(*[clean(getattr(place, name))[:_LONGEST] for name in place.__struct_fields__])


def landing_of(place: RunsPlace, run: OpenedRun) -> Turn | None:
    """The turn of the run that the place names; None where it names none.

    Raises `ConsoleError` (exit 1) where either is gone.
    """
    if run.session != place.session:
        raise ConsoleError(f"run {place.session} is gone", exit_code=ExitCode.WRONG)
    if not place.turn:
        return None
    found = [turn.path for turn in run.detail.turns if turn.shown == place.turn][:1]
    turns = {turn.path: turn for turn in run.judge(found, len(found)).turns}
    if not found or found[0] not in turns:
        raise ConsoleError(f"turn {place.turn} is gone", exit_code=ExitCode.WRONG)
    return turns[found[0]]


def keep_place(path: Path, place: RunsPlace) -> None:
    """Keep a place for the next console. Raises `ConsoleError`."""
    try:
        write_whole(path, msgspec.json.encode(place))
    except OSError as error:
        raise ConsoleError(
            f"the place in the runs can't be kept, {error.strerror}", where=str(path)
        ) from error
