"""The row that a line of a preflight was read from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.runs.building import Installation

from orket_console.base.clock import SystemClock
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import TableRef
from orket_console.base.state import State
from orket_console.runs.preflight.evidence import read_row
from orket_console.runs.preflight.judge import Line, preflight
from orket_console.target.target import Target


@pytest.fixture
def target(orket: Installation, target_of: Callable[..., Target]) -> Target:
    orket.run("aaaa0001", "failed")
    orket.issue("A-1", "build-aaaa0001", "blocked", summary="take\x1b[2J the money")
    orket.turn("aaaa0001", "A-1")
    return target_of(orket.root)


def test_each_line_of_a_table_leads_to_its_row(target: Target) -> None:
    found = preflight(target, SystemClock(), "aaaa0001", "A-1")
    lines = [line for line in found.lines if isinstance(line.ref, TableRef)]
    assert [line.name for line in lines] == ["status", "retries", "dependencies"]
    for line in lines:
        row = dict(read_row(target, line))
        assert (row["id"], row["status"]) == ("A-1", "blocked")
        assert "\x1b" not in row["summary"]


@pytest.mark.parametrize(
    ("ref", "row", "told"),
    [
        (TableRef("orket_persistence.db", "issues"), "A-9", "no row 'A-9'"),
        (TableRef("orket_persistence.db", "sessions; --"), "A-1", "has no row"),
        (None, "", "has no row"),
    ],
)
def test_a_row_that_is_not_there_is_told(
    target: Target, ref: TableRef | None, row: str, told: str
) -> None:
    with pytest.raises(ConsoleError, match=told):
        read_row(target, Line("status", State.OK, "", "issues A-1", ref, row))


def test_a_database_that_went_away_is_told(target: Target, orket: Installation) -> None:
    orket.database.unlink()
    line = Line("x", State.OK, "", "", TableRef("orket_persistence.db", "issues"), "A-1")
    with pytest.raises(ConsoleError, match=r"orket_persistence\.db"):
        read_row(target, line)
