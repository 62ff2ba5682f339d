"""The run and the turn of a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from orket_console.runs.model import Run, Turn
from orket_console.runs.pick import run_at, turn_at

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def _run(session: str, minutes: float | None) -> Run:
    started = None if minutes is None else START + timedelta(minutes=minutes)
    return msgspec.convert({**_EMPTY_RUN, "session": session, "started": started}, Run)


_EMPTY_RUN = {
    "name": "", "kind": "", "build": "", "status": "", "state": "ok", "seen": "",
    "failure_class": "", "failure_reason": "", "ended": None, "last_activity": None,
    "issues": None, "issues_by_status": {}, "turns": None, "sources": (), "traces": "",
    "active": False, "looked": True, "failing": None, "failing_why": "",
}  # fmt: skip


def test_the_run_of_a_moment_is_the_last_that_had_begun() -> None:
    runs = [_run("late", 9), _run("early", 1), _run("unknown", None), _run("middle", 5)]
    found = run_at(runs, START + timedelta(minutes=6))
    assert found is not None
    assert found.session == "middle"
    assert run_at(runs, START) is None
    assert turn_at(tuple[Turn, ...](), START) is None
