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
        {"A-1": 1, "E-2": 3, "F-2": 2, "G-2": 4, "H-2": 5},
    )


def test_issues_that_ask_for_the_same_go_together_in_order() -> None:
    left = [issue("A-1", "pay"), issue("B-1", "pay"), issue("C-1", "ship")]
    right = [issue("X-2", "new"), issue("Y-2", "ship"), issue("Z-2", "pay"), issue("ZZ-2", "pay")]
    assert number_issues(left, right)[1] == {"X-2": 4, "Y-2": 3, "Z-2": 1, "ZZ-2": 2}


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


def pairs_of(
    orket: Installation,
    opened: Open,
    good: list[tuple[str, int, str]],
    bad: list[tuple[str, int, str]],
) -> list[tuple[int, int]]:
    """The indices of the turns of two runs of these turns (issue, index, role), in pairs."""
    for session, turns in (("good", good), ("bad", bad)):
        orket.run(session)
        for second, (issue, index, role) in enumerate(turns):
            at = f"2026-11-23T05:17:{second:02d}+00:00"
            orket.turn(session, issue, index, role, at=at)
    return [
        (pair.left.ref.index if pair.left else 0, pair.right.ref.index if pair.right else 0)
        for pair in align(opened("good"), opened("bad"))
    ]


def test_a_turn_that_was_passed_over_stands_before_the_next_of_its_issue(
    orket: Installation, opened: Open
) -> None:
    good = [("A-1", 1, "coder"), ("A-1", 2, "coder"), ("A-1", 3, "guard"), ("A-1", 4, "guard")]
    bad = [("A-1", 1, "coder"), ("A-1", 3, "guard")]
    assert pairs_of(orket, opened, good, bad) == [(1, 1), (2, 0), (3, 3), (4, 0)]


def test_a_turn_that_was_never_come_to_stands_after_all_that_was(
    orket: Installation, opened: Open
) -> None:
    good = [("C-1", 1, "coder"), ("A-1", 2, "coder"), ("B-1", 3, "coder")]
    bad = [("A-1", 2, "coder"), ("A-1", 9, "guard"), ("B-1", 3, "coder")]
    assert pairs_of(orket, opened, good, bad) == [(2, 2), (0, 9), (3, 3), (1, 0)]


def test_a_turn_again_after_a_failure_is_the_right_run_s_own(
    orket: Installation, opened: Open
) -> None:
    good = [("A-1", 1, "coder"), ("A-1", 2, "guard")]
    bad = [("A-1", 1, "coder"), ("A-1", 5, "coder"), ("A-1", 6, "guard")]
    assert pairs_of(orket, opened, good, bad) == [(1, 1), (0, 5), (2, 6)]
