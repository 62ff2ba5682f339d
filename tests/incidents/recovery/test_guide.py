"""A recovery pass from begin to judgement, and what comes back after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.incidents.findings import ANN, BEN, DOWN, OK, RED, STALLED, START, looked_at, opening_of

from orket_console.actions.conditions import conditions_of
from orket_console.actions.origin import Origin
from orket_console.actions.records import RESULT, Record
from orket_console.actions.verdicts import Verdict
from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.finding import FailureClass, Finding
from orket_console.incidents.ledger.capture import seen_in
from orket_console.incidents.ledger.incidents import (
    close_incident,
    find_incident,
    open_incident,
)
from orket_console.incidents.ledger.model import Incident, StepState, Who
from orket_console.incidents.ledger.passes import steps
from orket_console.incidents.ledger.signatures import merge, record_look
from orket_console.incidents.ledger.store import Store, open_ledger
from orket_console.incidents.ledger.writings import gates
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery import guide
from orket_console.incidents.recovery.plan import GATES, plan_for
from orket_console.incidents.recovery.returning import note_return, repeats
from orket_console.incidents.recovery.worked import what_worked
from orket_console.target.target import Target


@pytest.fixture
def target(bare_root: Path, target_of: Callable[..., Target]) -> Target:
    return target_of(bare_root)


class Story:
    """An incident on its way: each step a look, or an action's record."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.now = START
        self.store: Store = open_ledger(target, self.clock)
        self._runs = 0

    @property
    def clock(self) -> FixedClock:
        return FixedClock(self.now)

    def wait(self, count: float = 1) -> None:
        self.now += timedelta(minutes=count)

    def look(self, *findings: Finding, readings: tuple[Reading, ...] = OK) -> Looked:
        self.wait()
        looked = looked_at(self.now, *findings, readings=readings)
        record_look(self.store, seen_in(looked.diagnosis), self.now)
        return looked

    def open(self, finding: Finding) -> Incident:
        return open_incident(self.store, opening_of(finding, self.now))

    def ran(self, action: str, verdict: Verdict | None = Verdict.PASSED) -> str:
        """A record of an action that ran now, for the installation as it is."""
        self.wait()
        self._runs += 1
        record = Record(
            id=f"{self.now:%Y%m%dT%H%M%S}.{self._runs:06d}-{action}-0000",
            action=action,
            title=action,
            effect="reads",
            writes=False,
            parameters={},
            argv=[],
            cwd="",
            environment=[],
            origin=Origin(user="ann", host="h", ssh="", console=1, born=0.0),
            installation={},
            started=self.now,
            ended=self.now if verdict else None,
            verdict=verdict,
            evidence="14 passed",
            conditions=conditions_of(self.target),
            conditions_after=conditions_of(self.target),
        )
        folder = self.target.state.actions / record.id
        folder.mkdir(parents=True)
        (folder / RESULT).write_bytes(msgspec.json.encode(record))
        return record.id

    def advance(self, one: Incident, looked: Looked, by: Who = ANN) -> guide.Standing:
        stands = guide.advance(self.store, self.target, one, looked, self.clock, by)
        assert stands is not None
        return stands

    def clean_pass(self, one: Incident, finding: Finding) -> None:
        guide.begin(self.store, self.target, one, self.look(finding), self.clock, ANN)
        for gate in GATES:
            self.ran(gate)
        if one.failure == FailureClass.RUN:
            self.ran("failure-report")
        stands = self.advance(one, self.look())
        for step in stands.steps:
            if step.state is StepState.OPEN:
                guide.close_by_hand(self.store, one, step, self.now, ANN, "seen elsewhere")
        stands = self.advance(one, self.look())
        assert stands.lacking == ()
        self.wait()
        assert guide.judge(self.store, self.target, stands, self.now, ANN).clean


@pytest.fixture
def story(target: Target) -> Story:
    return Story(target)


def states(stands: guide.Standing) -> dict[str, str]:
    return {step.key: str(step.state) for step in stands.steps}


def test_steps_are_closed_by_what_is_seen_and_opened_again(story: Story) -> None:
    one = story.open(DOWN)
    guide.begin(story.store, story.target, one, story.look(DOWN, readings=RED), story.clock, ANN)
    stands = story.advance(one, story.look(DOWN, readings=RED))
    assert states(stands) == {
        "seen:api": "closed",
        "cause:": "closed",
        "seen:env": "closed",
        "probe:api": "open",
        "probe:api-key": "open",
        "gone:": "open",
        **{f"gate:{gate}": "open" for gate in GATES},
    }
    assert stands.next is not None
    assert stands.next.key == "probe:api"
    (cause,) = (step for step in stands.steps if step.key == "cause:")
    assert [each["what"] for each in cause.evidence] == ["Address already in use"]
    assert cause.evidence[0]["offset"] == 7
    stands = story.advance(one, story.look())
    assert {key for key, state in states(stands).items() if state == "open"} == {
        f"gate:{gate}" for gate in GATES
    }
    # It goes down again: what held is open, what was looked at stays so.
    stands = story.advance(one, story.look(DOWN, readings=RED))
    assert states(stands)["probe:api"] == states(stands)["gone:"] == "open"
    assert states(stands)["seen:api"] == "closed"


def test_a_look_from_before_the_pass_closes_nothing(story: Story) -> None:
    one = story.open(DOWN)
    looked = story.look()
    story.wait()
    guide.begin(story.store, story.target, one, looked, story.clock, ANN)
    stands = story.advance(one, looked)
    assert set(states(stands).values()) == {"open"}


def test_a_pass_is_clean_with_every_gate_for_what_is_there_now(story: Story) -> None:
    one = story.open(DOWN)
    story.ran("test-suite")
    guide.begin(story.store, story.target, one, story.look(DOWN, readings=RED), story.clock, ANN)
    stands = story.advance(one, story.look())
    assert stands.lacking == tuple(f"{gate} was not run in this pass" for gate in GATES)
    story.ran("test-suite", Verdict.FAILED)
    story.ran("volatility-gate")
    story.ran("cli-smoke", None)
    stands = story.advance(one, story.look())
    assert stands.lacking == ("test-suite failed", "cli-smoke interrupted")
    story.ran("cli-smoke")
    last = story.ran("test-suite")
    stands = story.advance(one, story.look())
    assert stands.lacking == ()
    (tests,) = (step for step in stands.steps if step.key == "gate:test-suite")
    assert tests.evidence[0]["record"] == last
    (story.target.path / ".env").write_text("ORKET_API_KEY=another\n")
    stands = story.advance(one, story.look())
    assert [why.partition(":")[0] for why in stands.lacking] == [
        f"{gate} holds no more" for gate in GATES
    ]
    assert states(stands)["gate:test-suite"] == "open"
    judged = guide.judge(story.store, story.target, stands, story.now, ANN)
    assert (judged.clean, judged.lacking) == (False, stands.lacking)
    assert len(gates(story.store, one.id)) == 5
    looked = story.look()
    assert guide.advance(story.store, story.target, one, looked, story.clock, ANN) is None


def test_what_can_not_be_looked_at_is_not_gone(story: Story) -> None:
    stalled = replace(STALLED, signature="v1:run-stalls:no-progress:2")
    one = story.open(stalled)
    guide.begin(story.store, story.target, one, story.look(stalled), story.clock, ANN)
    look = story.look()
    for said, blind in (
        ("orket_persistence.db: locked by a writer", True),
        ("webhook.db: locked by a writer", False),
    ):
        other = replace(look, diagnosis=replace(look.diagnosis, blind=(said,)))
        stands = story.advance(one, other)
        assert (states(stands)["gone:"] == "open") is blind
        why = f"it can't be told whether it is found still: {said}"
        assert (why in stands.lacking) is blind


def test_by_hand_and_skipped_are_marked_so_and_take_it_over(story: Story) -> None:
    one = story.open(DOWN)
    begun = guide.begin(
        story.store, story.target, one, story.look(DOWN, readings=RED), story.clock, ANN
    )
    found = {step.key: step for step in steps(story.store, begun.id)}
    with pytest.raises(ConsoleError):
        guide.skip(story.store, one, found["probe:api-key"], story.now, BEN, "")
    guide.skip(story.store, one, found["probe:api-key"], story.now, BEN, "no key here")
    guide.close_by_hand(story.store, one, found["probe:api"], story.now, BEN, "on another host")
    assert find_incident(story.store, one.id).owner == BEN
    stands = story.advance(one, story.look(DOWN, readings=RED))
    assert (states(stands)["probe:api-key"], states(stands)["probe:api"]) == ("skipped", "by hand")


def test_old_evidence_that_is_read_again_is_no_repeat(story: Story) -> None:
    story.wait(5)
    one = story.open(STALLED)
    story.clean_pass(one, STALLED)
    close_incident(story.store, one.id, story.now, ANN, "done")
    assert repeats(story.store, story.look(STALLED)) == []
    story.wait()
    newer = replace(STALLED, last=story.now + timedelta(seconds=30))
    (repeat,) = repeats(story.store, story.look(STALLED, newer))
    assert (repeat.incident.id, repeat.at) == (one.id, newer.last)
    opened = note_return(story.store, repeat, story.now, BEN)
    assert (opened.closed, opened.reopened) == (None, 1)


def test_what_a_probe_tells_is_a_repeat_when_it_comes_up_again(story: Story) -> None:
    one = story.open(DOWN)
    story.clean_pass(one, DOWN)
    assert repeats(story.store, story.look()) == []
    (repeat,) = repeats(story.store, story.look(DOWN, readings=RED))
    assert (repeat.signature, repeat.clean.number) == (DOWN.signature, 1)
    other = replace(DOWN, signature="v1:api:down:other")
    story.look(other)
    assert repeats(story.store, story.look(other)) == []
    merge(story.store, other.signature, DOWN.signature, story.now, ANN, "the same")
    assert [one.signature for one in repeats(story.store, story.look(other))] == [other.signature]


def test_what_worked_is_counted_over_passes(story: Story) -> None:
    one = story.open(DOWN)
    guide.begin(story.store, story.target, one, story.look(DOWN, readings=RED), story.clock, ANN)
    stands = story.advance(one, story.look())
    guide.judge(story.store, story.target, stands, story.now, ANN)
    story.clean_pass(one, DOWN)
    tried = what_worked(story.store, [DOWN.signature])
    assert [str(each) for each in tried] == ["Restart API server: 1 of 2 clean"]
    assert what_worked(story.store, ["v1:other"]) == []


@pytest.mark.parametrize("failure", [*FailureClass, ""])
def test_every_class_has_its_steps_and_ends_with_the_verification(failure: str) -> None:
    finding = replace(DOWN, failure=FailureClass(failure)) if failure else None
    planned = plan_for(finding, failure)
    assert [step.key for step in planned][-3:] == [f"gate:{gate}" for gate in GATES]
    assert len({step.key for step in planned}) == len(planned)
    assert all(step.title and step.wants for step in planned)


def test_a_run_that_stalled_has_its_turn_replayed(story: Story) -> None:
    one = story.open(STALLED)
    planned = {step.key: step.title for step in plan_for(STALLED, STALLED.failure)}
    assert planned["turn:s1:ISS-1:1:coder"] == "Turn s1:ISS-1:1:coder replayed"
    guide.begin(story.store, story.target, one, story.look(STALLED), story.clock, ANN)
    stands = story.advance(one, story.look(STALLED))
    assert states(stands)["turn:s1:ISS-1:1:coder"] == "open"
    folder = story.target.path / "workspace/default/observability/s1/iss-1/001_coder"
    folder.mkdir(parents=True)
    (folder / "checkpoint.json").write_text('{"issue_id": "ISS-1", "role": "coder"}')
    stands = story.advance(one, story.look(STALLED))
    assert states(stands)["turn:s1:ISS-1:1:coder"] == "closed"
