"""What a round comes to: one line for the header, one exit status for a script."""

from __future__ import annotations

from collections.abc import Sequence

from orket_console.base.errors import ExitCode
from orket_console.base.state import GLYPHS, State, worst
from orket_console.health.probes import IMPORTANT
from orket_console.health.reading import Reading


def summary(readings: Sequence[Reading]) -> tuple[State, str]:
    """The worst state, and a line such as `✖ API refused  ▲ 2 more`.

    What follows from another trouble is not counted.
    """
    if not readings:
        return State.UNKNOWN, f"{GLYPHS[State.UNKNOWN]} not looked yet"
    state = worst(reading.state for reading in readings)
    if state in (State.OK, State.INFO):
        return state, f"{GLYPHS[State.OK]} all well"
    first = next(reading for reading in readings if reading.state is state)
    line = f"{GLYPHS[state]} {first.title.partition(' :')[0]} {first.word}"
    # What could not be told is counted only where nothing worse is there to be told.
    counted = (State.FAILING, State.DEGRADED) if state is not State.UNKNOWN else (state,)
    rest = [r.state for r in readings if r.state in counted and r is not first]
    return state, f"{line}  {GLYPHS[worst(rest)]} {len(rest)} more" if rest else line


def exit_code(readings: Sequence[Reading]) -> ExitCode:
    """1 when a probe fails (4 if all that fail have timed out), 3 when nothing fails but one
    that matters could not be told, else 0.

    Degraded is 0: it asks for a look by day, and a job that runs `check` every minute must
    not wake somebody for a warning in `.env`. The words tell it.
    """
    failing = [reading for reading in readings if reading.state is State.FAILING]
    if failing:
        late = all(reading.word == "timeout" for reading in failing)
        return ExitCode.TIMED_OUT if late else ExitCode.WRONG
    unknown = [r for r in readings if r.state is State.UNKNOWN and _matters(r)]
    if unknown and all(reading.word == "timeout" for reading in unknown):
        return ExitCode.TIMED_OUT
    return ExitCode.CANNOT_TELL if unknown or not readings else ExitCode.OK


def _matters(reading: Reading) -> bool:
    return reading.probe in IMPORTANT and reading.word != "not in use"
