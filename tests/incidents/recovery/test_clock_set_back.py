"""What comes back after a clean pass is seen whatever the clock says, and old evidence is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.incidents.findings import ANN, BEN, DOWN, RED, STALLED, START, looked_at
from tests.incidents.recovery.test_guide import Story

from orket_console.base.clock import FixedClock
from orket_console.base.refs import DeliveryRef, LogRef, SessionRef, TableRef
from orket_console.incidents.diagnosis.finding import Evidence, FailureClass, Finding
from orket_console.incidents.escalation import keeping
from orket_console.incidents.escalation.draft import Draft
from orket_console.incidents.following import Follower
from orket_console.incidents.ledger.clocks import set_back
from orket_console.incidents.ledger.incidents import close_incident, find_incident
from orket_console.incidents.ledger.passes import passes
from orket_console.incidents.recovery.marks import is_later, mark_of
from orket_console.incidents.recovery.returning import (
    came_back,
    is_due,
    last_clean,
    note_return,
    repeats,
)
from orket_console.target.target import Target

HOUR = timedelta(hours=1)
DRAFT = Draft("it is down", "v1", "true", "so", "assert")


@pytest.fixture
def story(bare_root: Path, target_of: Callable[..., Target]) -> Story:
    return Story(target_of(bare_root))


def refused(log: Path, offset: int, last: int) -> Finding:
    """Refused deliveries, by a line of the server log, minutes after the beginning."""
    return replace(
        DOWN,
        rule="webhook-signature-missing",
        failure=FailureClass.WEBHOOK,
        last=START + timedelta(minutes=last),
        evidence=(Evidence("401", DeliveryRef(LogRef(str(log), offset))),),
        signature="v1:webhook:unsigned:5",
    )


def run_of(session: str, finding: Finding = STALLED) -> Finding:
    evidence = (Evidence(f"run {session}", SessionRef(session)),)
    return replace(finding, subjects=(session,), evidence=evidence)


def test_what_a_probe_tells_comes_back_after_the_clock_was_set_back(story: Story) -> None:
    one = story.open(DOWN)
    story.clean_pass(one, DOWN)
    close_incident(story.store, one.id, story.now, ANN, "well")
    story.now -= HOUR
    (repeat,) = repeats(story.store, story.look(DOWN, readings=RED))
    assert "of INC-1 of 05:07:00 UTC: the clock was set back meanwhile" in str(repeat)
    assert note_return(story.store, repeat, story.now, BEN).closed is None
    back = came_back(story.store, one)
    assert back is not None
    assert back.at == story.now
    assert is_due(story.store, one)


def test_another_run_comes_back_and_the_one_that_was_known_does_not(story: Story) -> None:
    one = story.open(run_of("s1"))
    story.clean_pass(one, run_of("s1"))
    story.now -= HOUR
    assert repeats(story.store, story.look(run_of("s1"))) == []
    earlier = replace(run_of("s2"), last=story.now)
    (repeat,) = repeats(story.store, story.look(earlier))
    assert repeat.at == story.now


def test_a_run_dated_ahead_of_the_clock_is_no_repeat_of_itself(story: Story) -> None:
    ahead = replace(run_of("s1"), last=START + HOUR)
    one = story.open(ahead)
    story.clean_pass(one, ahead)
    assert repeats(story.store, story.look(ahead)) == []


def test_a_line_is_later_by_its_place_in_the_log(story: Story) -> None:
    log = story.target.layout.server_log
    log.write_text("x" * 3000 + "\n")
    one = story.open(refused(log, 100, 1))
    story.clean_pass(one, refused(log, 100, 1))
    # An old line that is read again, dated after the pass by a clock that was ahead.
    assert repeats(story.store, story.look(refused(log, 2900, 600))) == []
    row = Evidence("a row", TableRef("webhook.db", "pr_review_cycles", (2,)))
    with_row = refused(log, 2900, 600)
    with_row = replace(with_row, evidence=(*with_row.evidence, row))
    assert repeats(story.store, story.look(with_row)) != []
    story.now -= HOUR
    with log.open("a") as file:
        file.write("y" * 100 + "\n")
    newer = refused(log, 3001, -30)
    assert repeats(story.store, story.look(newer)) != []
    # Rotated, it is the same log under another name.
    rotated = log.with_name("orket.log.1")
    log.rename(rotated)
    log.write_text("")
    (again,) = passes(story.store, one.id)
    assert is_later(refused(rotated, 3001, -30), story.now, again.ended_mark)
    assert not is_later(refused(rotated, 100, 600), story.now, again.ended_mark)


def test_a_log_written_anew_is_told_by_the_time(story: Story) -> None:
    log = story.target.layout.server_log
    log.write_text("x" * 3000 + "\n")
    mark = mark_of(story.target, looked_at(START))
    for content in ("z" * 4000, "short", ""):
        inode = log.stat().st_ino
        log.write_text(content)
        assert log.stat().st_ino == inode
        assert is_later(refused(log, 0, 2), START, mark)
        assert not is_later(refused(log, 3500, -2), START, mark)
    log.unlink()
    assert not is_later(refused(log, 3500, -2), START, mark)
    os.mkfifo(log)
    assert is_later(refused(log, 0, 2), START, mark)


def test_a_clean_pass_after_the_clock_was_set_back_is_the_last_one(story: Story) -> None:
    one = story.open(DOWN)
    story.clean_pass(one, DOWN)
    story.now -= HOUR
    (repeat,) = repeats(story.store, story.look(DOWN, readings=RED))
    note_return(story.store, repeat, story.now, ANN)
    story.clean_pass(one, DOWN)
    clean = last_clean(story.store, frozenset({DOWN.signature}))
    assert clean is not None
    assert clean.number == 2
    assert came_back(story.store, one) is None
    assert repeats(story.store, story.look()) == []


def test_a_record_drafted_before_it_came_back_is_not_taken_for_one_since(story: Story) -> None:
    one = story.open(DOWN)
    story.clean_pass(one, DOWN)
    keeping.keep(story.store, one, DRAFT, story.now, ANN)
    story.now -= HOUR
    (repeat,) = repeats(story.store, story.look(DOWN, readings=RED))
    note_return(story.store, repeat, story.now, ANN)
    assert keeping.last_draft(story.store, one) is None
    made = keeping.keep(story.store, one, DRAFT, story.now, ANN)
    assert made.id == 2
    assert keeping.last_draft(story.store, one) == (DRAFT, made)
    assert not is_due(story.store, one)


def test_a_clock_that_was_set_back_is_said_in_words_once(story: Story) -> None:
    story.look(DOWN, readings=RED)
    assert set_back(story.store, story.now) == ""
    early = FixedClock(story.now - HOUR)
    said = set_back(story.store, early.now())
    assert said.startswith("the clock was set back by 1h00m: the ledger was written at 2026-11-23")
    follower = Follower(story.target, early)
    look = looked_at(early.now(), DOWN, readings=RED)
    assert [follower.follow(look).notice for _ in range(2)] == [said, ""]
    assert find_incident(story.store, story.open(DOWN).id).closed is None
