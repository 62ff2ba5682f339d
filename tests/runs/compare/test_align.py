"""Which turns of two runs belong together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.runs.building import Installation

from orket_console.base.clock import SystemClock
from orket_console.runs.compare.align import align, number_issues
from orket_console.runs.detail import open_run
from orket_console.runs.model import Issue, RunDetail
from orket_console.target.target import Target

Open = Callable[[str], RunDetail]


def issue(name: str, summary: str = "") -> Issue:
    return Issue(name, "checkpoint", name.lower(), summary, "", "done", None, None, 1, "")


@pytest.fixture
def opened(orket: Installation, target_of: Callable[..., Target]) -> Open:
    return lambda session: open_run(target_of(orket.root), SystemClock(), session)


def test_issues_belong_together_by_id_then_by_what_is_asked_then_by_place() -> None:
    left = [issue("A-1"), issue("B-1", "pay"), issue("C-1", "ship"), issue("D-1", "bill")]
    right = [issue("E-2", "ship"), issue("A-1"), issue("F-2", "else"), issue("G-2"), issue("H-2")]
    assert number_issues(left, right) == (
        {"A-1": 1, "B-1": 2, "C-1": 3, "D-1": 4},
        {"A-1": 1, "E-2": 3, "F-2": 7, "G-2": 4, "H-2": 9},
    )


def test_turns_go_together_by_issue_role_and_order(orket: Installation, opened: Open) -> None:
    for session, letter in (("good", "A"), ("bad", "B")):
        orket.run(session)
        for number, (index, role) in enumerate([(1, "coder"), (2, "coder"), (3, "guard")]):
            at = f"2026-11-23T05:17:0{number}+00:00"
            orket.turn(session, f"{letter}-1", index + (21 if letter == "B" else 0), role, at=at)
    pairs = align(opened("good"), opened("bad"))
    assert [
        (str(pair.left.ref) if pair.left else "", str(pair.right.ref) if pair.right else "")
        for pair in pairs
    ] == [
        ("good:A-1:1:coder", "bad:B-1:22:coder"),
        ("good:A-1:2:coder", "bad:B-1:23:coder"),
        ("good:A-1:3:guard", "bad:B-1:24:guard"),
    ]


def test_what_one_run_lacks_stands_where_the_other_had_it(
    orket: Installation, opened: Open
) -> None:
    for session, turns in (("good", [1, 2, 3]), ("bad", [1])):
        orket.run(session)
        for index in turns:
            orket.turn(session, "A-1", index, "coder", at=f"2026-11-23T05:17:0{index}+00:00")
    orket.turn("bad", "A-1", 9, "guard", at="2026-11-23T05:17:09+00:00")
    pairs = align(opened("good"), opened("bad"))
    assert [
        (pair.left.ref.index if pair.left else 0, pair.right.ref.index if pair.right else 0)
        for pair in pairs
    ] == [(1, 1), (2, 0), (3, 0), (0, 9)]
