"""What a console that watches remembers of its looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.incidents.findings import DOWN, START, looked_at, opening_of

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.following import Follower
from orket_console.incidents.ledger.incidents import open_incident
from orket_console.incidents.ledger.signatures import signatures
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.looking import Looked
from orket_console.incidents.overview import overview
from orket_console.target.target import Target

CLOCK = FixedClock(START)


def looked(*findings: Finding) -> Looked:
    return looked_at(START, *findings, readings=())


@pytest.fixture
def target(bare_root: Path, target_of: Callable[..., Target]) -> Target:
    return target_of(bare_root)


def test_nothing_is_made_while_nothing_was_ever_wrong(target: Target) -> None:
    assert Follower(target, CLOCK).follow(looked()).open == ()
    assert not target.state.ledger.exists()


def test_what_is_seen_is_remembered_and_what_is_open_told(target: Target) -> None:
    follower = Follower(target, CLOCK)
    assert follower.follow(looked(DOWN)).open == ()
    one = open_incident(follower.store(), opening_of(DOWN, START))
    (open_now,) = Follower(target, CLOCK).follow(looked(DOWN)).open
    assert open_now.word == one.name == "INC-1"
    (seen,) = signatures(follower.store())
    assert (seen.count, seen.present) == (1, True)
    assert overview(follower.store(), one.id).seen == 1


def test_a_console_that_is_read_only_writes_nothing(
    bare_root: Path, target_of: Callable[..., Target], target: Target
) -> None:
    read_only = Follower(target_of(bare_root, {"ui.read_only": True}), CLOCK)
    assert read_only.follow(looked(DOWN)).open == ()
    assert not target.state.ledger.exists()
    store = open_ledger(target, CLOCK)
    open_incident(store, opening_of(DOWN, START))
    before = target.state.ledger.read_bytes()
    assert [one.word for one in read_only.follow(looked(DOWN)).open] == ["INC-1"]
    assert signatures(store) == []
    assert target.state.ledger.read_bytes() == before
    with pytest.raises(ConsoleError, match="read-only"):
        open_incident(read_only.store(), opening_of(DOWN, START))


def test_a_ledger_that_is_damaged_meanwhile_is_moved_aside_and_said(target: Target) -> None:
    follower = Follower(target, CLOCK)
    follower.follow(looked(DOWN))
    for each in target.state.ledger.parent.glob("ledger.db*"):
        each.unlink()
    target.state.ledger.write_bytes(b"no database at all" * 400)
    with pytest.raises(ConsoleError, match="ledger"):
        follower.follow(looked(DOWN))
    assert "was damaged" in follower.follow(looked(DOWN)).notice
    assert follower.follow(looked(DOWN)).notice == ""
    assert len(list(target.state.ledger.parent.glob("ledger.db.damaged-*"))) == 1
