"""Two turns part by part, two runs to the first turn that differs, and the last good run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.runs.building import DEFAULT_CALL, Installation

from orket_console.base.clock import FixedClock, SystemClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import TurnRef
from orket_console.runs.compare.measure import measure_run
from orket_console.runs.compare.parts import PartName
from orket_console.runs.compare.runs import (
    RunComparison,
    StoppedError,
    compare_further,
    compare_runs,
    find_divergence,
)
from orket_console.runs.compare.turns import TurnComparison, compare_turns, names_of_turns
from orket_console.runs.detail import open_run
from orket_console.runs.model import RunDetail
from orket_console.target.target import Target

WRITE = {"tool": "write_file", "args": {"path": "agent_output/a.txt", "content": "ok"}}
CLOCK = SystemClock()


@pytest.fixture
def target(orket: Installation, target_of: Callable[..., Target]) -> Target:
    return target_of(orket.root)


def a_run(
    orket: Installation, session: str, hour: int, status: str = "done", **turn: object
) -> Path:
    """A run of the epic “pay” with two turns, the second as `turn` says; its second folder."""
    at = f"2026-11-23T{hour:02d}:17"
    orket.run(session, status, run_name="pay", started_at=f"{at}:00+00:00")
    orket.issue(f"{session}-1", f"build-{session}", summary="take the money")
    orket.turn(
        session, f"{session}-1", hour, "coder", at=f"{at}:01+00:00", calls=[WRITE, DEFAULT_CALL]
    )
    kept = {"calls": [WRITE, DEFAULT_CALL], "response": f"done in {hour} ms"} | turn
    return orket.turn(session, f"{session}-1", hour + 1, "coder", at=f"{at}:02+00:00", **kept)  # type: ignore[arg-type]


def compare(target: Target, left: str, right: str) -> RunComparison:
    return compare_runs(target, open_run(target, CLOCK, left), open_run(target, CLOCK, right))


def turns_of(target: Target, left: str, right: str, off: list[str] | None = None) -> TurnComparison:
    def last(session: str) -> tuple[RunDetail, object]:
        detail = open_run(target, CLOCK, session)
        return detail, detail.turns[-1]

    ours, theirs = last(left), last(right)
    names = names_of_turns(ours, theirs)  # type: ignore[arg-type]
    return compare_turns(target, ours[1], theirs[1], names, off or [])  # type: ignore[arg-type]


def test_two_runs_that_went_the_same_way_are_the_same(orket: Installation, target: Target) -> None:
    a_run(orket, "aaaa0001", 3)
    a_run(orket, "bbbb0002", 4)
    comparison = compare(target, "aaaa0001", "bbbb0002")
    assert not comparison.differs
    assert comparison.summary == "all 2 turns are the same"


def test_the_first_turn_that_differs_is_found_and_says_what(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3)
    other = {"tool": "write_file", "args": {"path": "scratch/a.txt", "content": "ok"}}
    a_run(orket, "bbbb0002", 4, calls=[other, DEFAULT_CALL])
    divergence = compare(target, "aaaa0001", "bbbb0002").divergence
    assert divergence is not None
    assert str(divergence.right and divergence.right.ref) == "bbbb0002:bbbb0002-1:5:coder"
    assert divergence.first is not None
    assert divergence.first.name is PartName.CALLS
    assert divergence.summary == (
        'tool calls: “"path": "scratch/a.txt"” instead of “"path": "agent_output/a.txt"”'
    )


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"model": "llama"}, PartName.MODEL),
        ({"response": "another answer"}, PartName.RESPONSE),
        ({"results": [{"ok": True}, {"ok": False, "error": "disk full"}]}, PartName.RESULTS),
        ({"state_delta": {"from": "ready", "to": "code_review"}}, PartName.STATE),
    ],
)
def test_each_part_tells_its_own_difference(
    orket: Installation, target: Target, change: dict[str, object], part: PartName
) -> None:
    a_run(orket, "aaaa0001", 3)
    a_run(orket, "bbbb0002", 4, **change)
    first = turns_of(target, "aaaa0001", "bbbb0002").first
    assert first is not None
    assert first.name is part


def test_prompts_differ_by_what_they_say_not_by_how_json_is_laid_out(
    orket: Installation, target: Target
) -> None:
    one, other = a_run(orket, "aaaa0001", 3), a_run(orket, "bbbb0002", 4)
    said = {"role": "user", "content": "Context:\n" + json.dumps({"a": [1, 2], "b": "x" * 40})}
    again = {"role": "user", "content": "Context:\n" + json.dumps({"b": "x" * 40, "a": [1, 2]})}
    orket.write(one, "messages.json", [said])
    orket.write(other, "messages.json", [again])
    assert not turns_of(target, "aaaa0001", "bbbb0002").differs
    orket.write(other, "messages.json", [again | {"role": "system"}])
    assert turns_of(target, "aaaa0001", "bbbb0002").summary.startswith("prompt: “[system]”")


def test_a_part_that_is_missing_or_broken_is_a_difference_in_words(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3)
    broken = a_run(orket, "bbbb0002", 4)
    (broken / "model_response.txt").unlink()
    (broken / "messages.json").write_text("{")
    comparison = turns_of(target, "aaaa0001", "bbbb0002")
    said = {part.name: part.summary for part in comparison.parts}
    assert "messages.json: malformed" in said[PartName.PROMPT]
    assert "model_response.txt: missing" in said[PartName.RESPONSE]


def test_a_failed_run_is_measured_by_the_last_good_one_of_its_epic(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3, response="as long ago")
    a_run(orket, "bbbb0002", 4)
    orket.run("cccc0003", "done", run_name="another", started_at="2026-11-23T05:17:00+00:00")
    a_run(orket, "dddd0004", 6, "failed", response="nonsense")
    a_run(orket, "eeee0005", 7)
    comparison = find_divergence(target, CLOCK, "dddd0004")
    assert comparison.left.session == "bbbb0002"
    assert comparison.measure == "the last good run of this epic"
    assert comparison.summary == (
        "dddd0004:dddd0004-1:7:coder: response: “nonsense” instead of “done in 4 ms”"
    )


def test_without_a_good_run_of_its_epic_only_the_shape_counts(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3, response="something else")
    orket.run("dddd0004", "failed", run_name="ship", started_at="2026-11-23T06:17:00+00:00")
    orket.turn("dddd0004", "S-1", 1, "coder", calls=[WRITE, DEFAULT_CALL])
    done = {"tool": "update_issue_status", "args": {"status": "done"}}
    orket.turn("dddd0004", "S-1", 2, "coder", calls=[done], at="2026-11-23T06:17:09+00:00")
    comparison = find_divergence(target, CLOCK, "dddd0004")
    assert comparison.left.session == "aaaa0001"
    assert "another epic" in comparison.measure
    assert comparison.summary.startswith(
        "dddd0004:S-1:2:coder: tool calls: “update_issue_status done” instead of “write_file”"
    )


def test_with_no_good_run_at_all_it_says_so(orket: Installation, target: Target) -> None:
    a_run(orket, "dddd0004", 6, "failed")
    with pytest.raises(ConsoleError, match="ended well") as refusal:
        find_divergence(target, CLOCK, "dddd0004")
    assert refusal.value.exit_code is ExitCode.CANNOT_TELL


def test_a_run_that_stops_early_differs_where_it_stops(orket: Installation, target: Target) -> None:
    a_run(orket, "aaaa0001", 3)
    orket.run("bbbb0002", "failed", run_name="pay", started_at="2026-11-23T04:17:00+00:00")
    orket.issue("bbbb0002-1", "build-bbbb0002", summary="take the money")
    orket.turn("bbbb0002", "bbbb0002-1", 1, "coder", calls=[WRITE, DEFAULT_CALL])
    comparison = find_divergence(target, CLOCK, "bbbb0002")
    assert comparison.summary == (
        "aaaa0001:aaaa0001-1:4:coder: only the left one has this turn:"
        " update_issue_status code_review +1, ok"
    )


def test_the_same_turns_and_another_end_are_a_difference(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3)
    a_run(orket, "bbbb0002", 4, "terminal_failure")
    comparison = compare(target, "aaaa0001", "bbbb0002")
    assert comparison.differs
    assert "one ended done, the other terminal_failure" in comparison.summary


def test_answers_in_a_prompt_may_stand_in_any_order_but_for_the_rule(
    orket: Installation, target: Target
) -> None:
    one, other = a_run(orket, "aaaa0001", 3), a_run(orket, "bbbb0002", 4)
    asked = {"role": "user", "content": "review this"}
    answers = [{"role": "coder", "content": text} for text in ("first", "second\nline", "third")]
    orket.write(one, "messages.json", [asked, *answers])
    orket.write(other, "messages.json", [asked, answers[2], answers[0], answers[1]])
    assert not turns_of(target, "aaaa0001", "bbbb0002").differs
    assert turns_of(target, "aaaa0001", "bbbb0002", ["order"]).summary.startswith("prompt: ")
    orket.write(other, "messages.json", [asked, answers[2], {**answers[0], "content": "else"}])
    assert turns_of(target, "aaaa0001", "bbbb0002").differs


def test_a_run_with_no_good_one_before_is_measured_by_the_next(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3, "failed", response="nonsense")
    a_run(orket, "bbbb0002", 4)
    a_run(orket, "cccc0003", 5)
    comparison = find_divergence(target, CLOCK, "aaaa0001")
    assert comparison.left.session == "bbbb0002"
    assert comparison.measure.startswith("the next good run of this epic")
    assert comparison.turn is not None
    assert str(comparison.turn.ref) == "aaaa0001:aaaa0001-1:4:coder"


def test_a_comparison_tells_how_far_it_is_and_can_be_stopped(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3)
    a_run(orket, "bbbb0002", 4)
    told: list[tuple[int, int]] = []

    def go_on(done: int, total: int) -> bool:
        told.append((done, total))
        return done < 1

    with pytest.raises(StoppedError):
        find_divergence(target, CLOCK, "bbbb0002", go_on=go_on)
    assert told == [(0, 2), (1, 2)]


def test_a_turn_without_a_checkpoint_differs_by_what_it_says_not_by_what_is_not_known(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3, prompt_metadata={"prompt_id": "legacy", "prompt_version": "1"})
    broken = a_run(orket, "bbbb0002", 4, "failed", response="nonsense")
    (broken / "checkpoint.json").unlink()
    first = turns_of(target, "aaaa0001", "bbbb0002").first
    assert first is not None
    assert first.name is PartName.RESPONSE


def test_a_line_says_of_a_failed_turn_where_a_good_run_first_differs(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3)
    a_run(orket, "bbbb0002", 4, "failed", response="nonsense")
    measure = measure_run(target, CLOCK, "bbbb0002")
    assert measure is not None
    said = "response: “nonsense” instead of “done in 3 ms”"
    assert measure.line(measure.at) == f"aaaa0001 first differs here: {said}"
    other = TurnRef("bbbb0002", "bbbb0002-1", 9, "coder")
    assert measure.line(other) == f"aaaa0001 first differs at bbbb0002-1 #5 coder: {said}"
    assert measure_run(target, CLOCK, "nothing") is None


def test_two_runs_alike_leave_nothing_to_say(orket: Installation, target: Target) -> None:
    a_run(orket, "aaaa0001", 3)
    a_run(orket, "bbbb0002", 4)
    assert measure_run(target, CLOCK, "bbbb0002") is None


def test_a_comparison_goes_on_from_one_turn_that_differs_to_the_next(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3)
    first = a_run(orket, "bbbb0002", 4, response="else").parent / "004_coder"
    orket.write(first, "model_response.txt", "another answer")
    found = compare(target, "aaaa0001", "bbbb0002")
    assert (len(found.differing), found.same, len(found.rest)) == (1, 0, 1)
    whole = compare_further(target, found)
    assert (len(whole.differing), len(whole.rest), whole.pairs) == (2, 0, 2)
    assert whole.divergence == found.divergence
    assert whole.differing[1].summary.startswith("response: “else”")
    assert not any(part.rows for part in whole.differing[1].parts)
    assert compare_further(target, whole) == whole


def test_a_run_that_is_still_going_is_compared_as_far_as_it_came(
    orket: Installation, target: Target
) -> None:
    a_run(orket, "aaaa0001", 3)
    at_work = a_run(orket, "bbbb0002", 4, "running")
    for name in ("checkpoint.json", "model_response.txt"):
        (at_work / name).unlink()
    orket.execute("UPDATE run_ledger SET ended_at = NULL WHERE status = 'running'")
    orket.execute("UPDATE sessions SET end_time = NULL WHERE status = 'Started'")
    now = FixedClock(SystemClock().now())
    left, right = (open_run(target, now, session) for session in ("aaaa0001", "bbbb0002"))
    assert right.run.active
    so_far = compare_runs(target, left, right)
    assert not so_far.differs
    assert so_far.summary == "the same so far, 1 turn: bbbb0002 is still running, 1 to come"
    half = compare_turns(target, left.turns[1], right.turns[1], so_far.names)
    assert half.summary.startswith("the right one is still running; ")
    orket.write(at_work.parent / "004_coder", "model_response.txt", "another answer")
    assert compare_runs(target, left, right).differs


def test_where_it_would_take_too_long_the_line_says_so_and_which_key_asks(
    orket: Installation, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_run(orket, "aaaa0001", 3)
    a_run(orket, "bbbb0002", 4, "failed", response="else")
    monkeypatch.setattr("orket_console.runs.compare.measure._MOST", 1)
    measure = measure_run(target, CLOCK, "bbbb0002")
    assert measure is not None
    line = measure.line(TurnRef("bbbb0002", "bbbb0002-1", 5, "coder"))
    assert line == "the first 1 of 2 turns are as in a good run: d compares them all"
