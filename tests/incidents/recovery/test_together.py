"""Two operators at once, looks that overtake each other, and a clock set back in a pass."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.incidents.findings import ANN, BEN, DOWN, OK, RED, STALLED
from tests.incidents.recovery.test_guide import Story, states

from orket_console.base.errors import ConsoleError
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.ledger.incidents import close_incident, find_incident, turns
from orket_console.incidents.ledger.model import StepState
from orket_console.incidents.ledger.passes import passes, reopen_step, steps
from orket_console.incidents.recovery import guide
from orket_console.incidents.recovery.plan import GATES
from orket_console.incidents.recovery.returning import came_back, note_return, repeats
from orket_console.target.target import Target


@pytest.fixture
def story(bare_root: Path, target_of: Callable[..., Target]) -> Story:
    return Story(target_of(bare_root))


def test_two_operators_begin_and_judge_one_pass(story: Story) -> None:
    one = story.open(DOWN)
    red = story.look(DOWN, readings=RED)
    told: list[str] = []

    def begin() -> None:
        try:
            told.append(
                f"pass {guide.begin(story.store, story.target, one, red, story.clock, ANN).number}"
            )
        except ConsoleError as error:
            told.append(error.what)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["pass 1", *["pass 1 of INC-1 is under way"] * 3]
    for gate in GATES:
        story.ran(gate)
    looked = story.look()
    anns, bens = story.advance(one, looked), story.advance(one, looked, BEN)
    assert guide.judge(story.store, story.target, anns, story.now, ANN).clean
    with pytest.raises(ConsoleError, match="judged already"):
        guide.judge(story.store, story.target, bens, story.now, BEN)
    with pytest.raises(ConsoleError, match="its pass judged"):
        guide.skip(story.store, one, bens.steps[0], story.now, BEN, "late")


def test_what_an_operator_said_is_not_taken_back_by_a_look(story: Story) -> None:
    one = story.open(DOWN)
    guide.begin(story.store, story.target, one, story.look(DOWN, readings=RED), story.clock, ANN)
    stands = story.advance(one, story.look(DOWN, readings=RED))
    (waits,) = (step for step in stands.steps if step.key == "probe:api")
    guide.close_by_hand(story.store, one, waits, story.now, BEN, "on another host")
    # Of a look that began before: it knew the step as closed by evidence.
    assert reopen_step(story.store, waits.id).state is StepState.BY_HAND


def test_a_pass_is_not_clean_by_a_look_that_another_one_overtook(story: Story) -> None:
    one = story.open(DOWN)
    guide.begin(story.store, story.target, one, story.look(DOWN, readings=RED), story.clock, ANN)
    for gate in GATES:
        story.ran(gate)
    stands = story.advance(one, story.look())
    assert stands.lacking == ()
    story.advance(one, story.look(DOWN, readings=RED), BEN)
    with pytest.raises(ConsoleError, match="opened again meanwhile"):
        guide.judge(story.store, story.target, stands, story.now, ANN)
    (under_way,) = passes(story.store, one.id)
    assert under_way.clean is None
    assert "pass ended" not in [turn.what for turn in turns(story.store, one.id)]


def test_a_clock_that_was_set_back_closes_and_judges_nothing(story: Story) -> None:
    one = story.open(DOWN)
    begun = guide.begin(
        story.store, story.target, one, story.look(DOWN, readings=RED), story.clock, ANN
    )
    for gate in GATES:
        story.ran(gate)
    story.now = begun.begun - timedelta(hours=1)
    stands = story.advance(one, story.look())
    assert stands.lacking[0].startswith("a look from after the pass began: the clock")
    opened = {key for key, state in states(stands).items() if state == "open"}
    assert {"seen:api", "probe:api", "gone:"} <= opened
    story.now = begun.begun + timedelta(hours=1)
    assert story.advance(one, story.look()).lacking == ()


def test_what_came_back_is_written_down_once(story: Story) -> None:
    one = story.open(DOWN)
    story.clean_pass(one, DOWN)
    looked = story.look(DOWN, readings=RED)
    (repeat,) = repeats(story.store, looked)
    # The clock may have been set back since the pass was clean.
    note_return(story.store, repeat, story.now - timedelta(days=1), ANN)
    note_return(story.store, repeat, story.now, BEN)
    told = [turn for turn in turns(story.store, one.id) if turn.what == "came back"]
    assert [(turn.by, turn.detail) for turn in told] == [(ANN, str(repeat))]
    assert came_back(story.store, find_incident(story.store, one.id)) == told[0]


def test_the_open_incident_of_a_failure_is_the_one_that_it_came_back_to(story: Story) -> None:
    first = story.open(DOWN)
    story.clean_pass(first, DOWN)
    closed = close_incident(story.store, first.id, story.now, ANN, "well")
    with pytest.raises(ConsoleError, match="INC-1 is closed: well"):
        guide.begin(story.store, story.target, closed, story.look(DOWN), story.clock, ANN)
    second = story.open(DOWN)
    looked = story.look(DOWN, readings=RED)
    (repeat,) = repeats(story.store, looked)
    assert (repeat.incident.id, repeat.clean.incident) == (second.id, first.id)
    note_return(story.store, repeat, story.now, ANN)
    assert came_back(story.store, second) is not None
    assert find_incident(story.store, first.id).closed is not None


STALE: Finding = replace(
    STALLED, rule="stale-running", essence=("running", "no end"), signature="v1:run:stale:3"
)
STALE_DB = (replace(RED[0], probe="runtime-db", title="Runtime DB", word="stalled"), *OK[:3])


def test_rows_that_nothing_sets_right_do_not_block_a_pass(story: Story) -> None:
    story.wait(5)
    one = story.open(STALE)
    begun = guide.begin(
        story.store, story.target, one, story.look(STALE, readings=STALE_DB), story.clock, ANN
    )
    for gate in (*GATES, "failure-report"):
        story.ran(gate)
    stands = story.advance(one, story.look(STALE, readings=STALE_DB))
    assert states(stands)["gone:"] == "closed"
    for step in steps(story.store, begun.id):
        if step.state is StepState.OPEN:
            guide.close_by_hand(story.store, one, step, story.now, ANN, "the host was restarted")
    stands = story.advance(one, story.look(STALE, readings=STALE_DB))
    assert stands.lacking == ()
    assert guide.judge(story.store, story.target, stands, story.now, ANN).clean
    assert repeats(story.store, story.look(STALE, readings=STALE_DB)) == []
    newer = replace(STALE, last=story.now)
    story.wait()
    assert repeats(story.store, story.look(newer, readings=STALE_DB)) != []


def test_what_is_red_is_gone_by_an_operators_word_alone(story: Story) -> None:
    stuck = replace(DOWN, rule="gitea-unreachable", signature="v1:webhook:gitea:4")
    one = story.open(stuck)
    begun = guide.begin(story.store, story.target, one, story.look(stuck), story.clock, ANN)
    for gate in GATES:
        story.ran(gate)
    stands = story.advance(one, story.look(stuck))
    assert stands.lacking[0].startswith("still found: ")
    for step in steps(story.store, begun.id):
        if step.state is StepState.OPEN:
            guide.close_by_hand(story.store, one, step, story.now, ANN, "told in Gitea by hand")
    stands = story.advance(one, story.look(stuck))
    assert stands.lacking == ()
    assert guide.judge(story.store, story.target, stands, story.now, ANN).clean
    assert repeats(story.store, story.look(stuck)) == []
