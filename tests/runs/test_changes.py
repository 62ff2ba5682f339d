"""Who changed a value, over a run's turns."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.runs.building import Installation

from orket_console.base.clock import SystemClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.runs.changes import Change, find_changes, parse_field
from orket_console.runs.detail import open_run
from orket_console.target.target import Target

Changes = Callable[..., tuple[Change, ...]]


@pytest.fixture
def changes(orket: Installation, target_of: Callable[..., Target]) -> Changes:
    def found(field: str, issue: str = "") -> tuple[Change, ...]:
        target = target_of(orket.root)
        detail = open_run(target, SystemClock(), "aaaa0001")
        return find_changes(target, detail, parse_field(field), issue)

    return found


@pytest.fixture
def run(orket: Installation) -> Installation:
    """Issue A-1: three turns of which the last two ask for `done`; B-1: one."""
    orket.run("aaaa0001")
    for index, status in enumerate(["code_review", "done", "done"], 1):
        call = {"tool": "update_issue_status", "args": {"status": status, "n": index}}
        at = f"2026-11-23T05:17:0{index}+00:00"
        orket.turn("aaaa0001", "A-1", index, calls=[call], at=at)
    orket.turn("aaaa0001", "B-1", 1, at="2026-11-23T05:17:09+00:00")
    return orket


def seen(changes: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    return [(change.by, change.before, change.after) for change in changes]


@pytest.mark.usefixtures("run")
def test_only_turns_at_which_the_value_changed_are_told(changes: Changes) -> None:
    assert seen(changes("checkpoint.state_delta.to", "a-1")) == [
        ("aaaa0001:A-1:1:lead_architect", "", '"code_review"'),
        ("aaaa0001:A-1:2:lead_architect", '"code_review"', '"done"'),
    ]


@pytest.mark.usefixtures("run")
def test_a_lists_places_are_numbers_and_each_issue_stands_for_itself(changes: Changes) -> None:
    found = changes("calls.0.args.n")
    assert [(change.issue, change.after) for change in found] == [
        ("A-1", "1"), ("A-1", "2"), ("A-1", "3"), ("B-1", "–"),
    ]  # fmt: skip


def test_a_truth_and_a_number_are_not_alike(orket: Installation, changes: Changes) -> None:
    orket.run("aaaa0001")
    for index, value in enumerate([1, True, 1.0], 1):
        at = f"2026-11-23T05:17:0{index}+00:00"
        orket.turn("aaaa0001", "A-1", index, at=at, odd=value)
    assert [change.after for change in changes("checkpoint.odd")] == ["1", "true", "1.0"]


def test_the_cards_status_is_told_by_its_moves(orket: Installation, changes: Changes) -> None:
    orket.run("aaaa0001")
    orket.issue("A-1", "build-aaaa0001")
    for role, action in (
        ("lead", "Set Status to 'in_progress' (from 'ready') reason='turn_dispatch' meta={}"),
        ("system", "Reported 3 credits"),
        ("system", "Set Status to 'blocked' (from 'in_progress')"),
    ):
        orket.insert("card_transactions", card_id="A-1", role=role, action=action)
    assert seen(changes("status")) == [
        ("lead, turn_dispatch", "ready", "in_progress"),
        ("system", "in_progress", "blocked"),
    ]


@pytest.mark.parametrize(("dispatches", "turns"), [(2, [1, 1, 2]), (1, [None, None])])
def test_a_card_s_move_belongs_to_the_turn_that_was_dispatched_before_it(
    orket: Installation, target_of: Callable[..., Target], dispatches: int, turns: list[int | None]
) -> None:
    orket.run("aaaa0001")
    orket.issue("A-1", "build-aaaa0001")
    for index in (1, 2):
        orket.turn("aaaa0001", "A-1", index, at=f"2026-11-23T05:17:0{index}+00:00")
    dispatch = "Set Status to 'in_progress' (from 'ready') reason='turn_dispatch' meta={}"
    actions = [dispatch, "Set Status to 'code_review' (from 'in_progress')", dispatch]
    for action in actions[: dispatches + 1]:
        orket.insert("card_transactions", card_id="A-1", role="x", action=action)
    target = target_of(orket.root)
    detail = open_run(target, SystemClock(), "aaaa0001")
    found = find_changes(target, detail, parse_field("status"))
    assert [change.turn and change.turn.ref.index for change in found] == turns


def test_where_it_is_stopped_the_changes_so_far_are_told(
    run: Installation, target_of: Callable[..., Target]
) -> None:
    target = target_of(run.root)
    detail = open_run(target, SystemClock(), "aaaa0001")
    field = parse_field("calls.0.args.n")
    told: list[tuple[int, int]] = []

    def go_on(done: int, total: int) -> bool:
        told.append((done, total))
        return done < 2

    found = find_changes(target, detail, field, go_on=go_on)
    assert [change.after for change in found] == ["1", "2"]
    assert told == [(0, 4), (1, 4), (2, 4)]


@pytest.mark.usefixtures("run")
def test_a_field_that_no_turn_has_says_so(changes: Changes) -> None:
    with pytest.raises(ConsoleError, match=r"no turn has checkpoint\.nothing") as refusal:
        changes("checkpoint.nothing")
    assert refusal.value.exit_code is ExitCode.WRONG


@pytest.mark.parametrize("text", ["", "nonsense.x", "checkpoint..x", "status.x"])
def test_a_part_that_there_is_not_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(ConsoleError, match="checkpoint") as refusal:
        parse_field(text)
    assert refusal.value.exit_code is ExitCode.USAGE
