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
    """0 when all is well, 1 when something is not, degraded or failing; 4 if it has only timed
    out; 3 when nothing is wrong but one that matters could not be told.

    Degraded counts: a stuck review, a stalled run, a pending migration are what the runbook is
    for, and a script that asks whether all is well must not be told that it is.
    """
    wrong = [r for r in readings if r.state in (State.FAILING, State.DEGRADED)]
    if wrong:
        late = all(reading.word == "timeout" for reading in wrong)
        return ExitCode.TIMED_OUT if late else ExitCode.WRONG
    unknown = [r for r in readings if r.state is State.UNKNOWN and _matters(r)]
    if unknown and all(reading.word == "timeout" for reading in unknown):
        return ExitCode.TIMED_OUT
    return ExitCode.CANNOT_TELL if unknown or not readings else ExitCode.OK


def _matters(reading: Reading) -> bool:
    return reading.probe in IMPORTANT and reading.word != "not in use"
