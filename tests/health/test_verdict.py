"""What a round comes to: the header's line and the exit status."""

from __future__ import annotations

import pytest

from orket_console.base.errors import ExitCode
from orket_console.base.state import State
from orket_console.health.reading import Reading
from orket_console.health.verdict import exit_code, summary


def reading(probe: str, state: State, word: str = "") -> Reading:
    return Reading(state, word or state.value, "", probe=probe, title=f"{probe.upper()} :1")


OK = reading("api", State.OK)
REFUSED = reading("api", State.FAILING, "refused")
LATE = reading("api", State.FAILING, "timeout")
STUCK = reading("webhook-db", State.DEGRADED, "stuck")
FOLLOWS = reading("api-key", State.INFO, "follows API")
UNUSED = reading("webhook", State.UNKNOWN, "not in use")
UNREADABLE = reading("runtime-db", State.UNKNOWN, "unreadable")
SLOW = reading("runtime-db", State.UNKNOWN, "timeout")
NO_TRACES = reading("traces", State.UNKNOWN, "missing")


@pytest.mark.parametrize(
    ("readings", "state", "line"),
    [
        ([], State.UNKNOWN, "? not looked yet"),
        ([OK, FOLLOWS], State.OK, "● all well"),
        ([OK, STUCK], State.DEGRADED, "▲ WEBHOOK-DB stuck"),
        ([STUCK, REFUSED, FOLLOWS], State.FAILING, "✖ API refused  ▲ 1 more"),
        ([REFUSED, STUCK, LATE], State.FAILING, "✖ API refused  ✖ 2 more"),
        ([OK, NO_TRACES], State.UNKNOWN, "? TRACES missing"),
        ([OK, NO_TRACES, UNREADABLE], State.UNKNOWN, "? TRACES missing  ? 1 more"),
        ([NO_TRACES, STUCK], State.DEGRADED, "▲ WEBHOOK-DB stuck"),
    ],
)
def test_summary(readings: list[Reading], state: State, line: str) -> None:
    assert summary(readings) == (state, line)


@pytest.mark.parametrize(
    ("readings", "code"),
    [
        ([OK, FOLLOWS, UNUSED, NO_TRACES], ExitCode.OK),
        ([OK, STUCK], ExitCode.WRONG),
        ([REFUSED, STUCK], ExitCode.WRONG),
        ([REFUSED, LATE], ExitCode.WRONG),
        ([LATE, UNREADABLE], ExitCode.TIMED_OUT),
        ([LATE, STUCK], ExitCode.WRONG),
        ([OK, UNREADABLE], ExitCode.CANNOT_TELL),
        ([OK, SLOW], ExitCode.TIMED_OUT),
        ([OK, SLOW, UNREADABLE], ExitCode.CANNOT_TELL),
        ([REFUSED, UNREADABLE], ExitCode.WRONG),
        ([], ExitCode.CANNOT_TELL),
    ],
)
def test_exit_code(readings: list[Reading], code: ExitCode) -> None:
    assert exit_code(readings) is code
