"""What a console that watches remembers of its looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.base.state import State
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.finding import Confidence, FailureClass, Finding
from orket_console.incidents.following import Follower
from orket_console.incidents.ledger.incidents import Opening, open_incident
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.signatures import signatures
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.looking import Looked
from orket_console.incidents.overview import overview
from orket_console.target.target import Target

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
DOWN = Finding(
    rule="api-down",
    title="The API server is not running",
    failure=FailureClass.API,
    state=State.FAILING,
    conclusion="The API server is not running.",
    confidence=Confidence.CERTAIN,
    since=None,
    last=None,
    count=1,
    evidence=(),
    next=(),
    wrong_if="",
    runbook="1",
    subjects=("api",),
    essence=("refused",),
    signature="v1:api:down:1",
)


def looked(*findings: Finding) -> Looked:
    return Looked(Round(NOW, 0.1, ()), Diagnosis(findings, (), (), ()))


@pytest.fixture
def target(bare_root: Path, target_of: Callable[..., Target]) -> Target:
    return target_of(bare_root)


def opening() -> Opening:
    return Opening(DOWN.title, NOW, Who("ann"), {}, DOWN.failure, DOWN.rule, DOWN.signature)


def test_nothing_is_made_while_nothing_was_ever_wrong(target: Target) -> None:
    assert Follower(target, CLOCK).follow(looked()).open == ()
    assert not target.state.ledger.exists()


def test_what_is_seen_is_remembered_and_what_is_open_told(target: Target) -> None:
    follower = Follower(target, CLOCK)
    assert follower.follow(looked(DOWN)).open == ()
    one = open_incident(follower.store(), opening())
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
    open_incident(store, opening())
    before = target.state.ledger.read_bytes()
    assert [one.word for one in read_only.follow(looked(DOWN)).open] == ["INC-1"]
    assert signatures(store) == []
    assert target.state.ledger.read_bytes() == before
    with pytest.raises(ConsoleError, match="read-only"):
        open_incident(read_only.store(), opening())


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
