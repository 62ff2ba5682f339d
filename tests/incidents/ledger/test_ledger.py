"""Incidents, signatures, passes and what is written to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.incidents.ledger.conftest import ANN, BEN, START, at

from orket_console.base.errors import ConsoleError
from orket_console.incidents.ledger.incidents import (
    Opening,
    close_incident,
    current_incident,
    find_incident,
    incidents,
    open_incident,
    reopen_incident,
    take_over,
    turns,
)
from orket_console.incidents.ledger.model import GateRun, StepKind, StepState
from orket_console.incidents.ledger.passes import (
    Closing,
    PlannedStep,
    begin_pass,
    close_step,
    end_pass,
    pass_under_way,
    passes,
    reopen_step,
    steps,
)
from orket_console.incidents.ledger.signatures import (
    Seen,
    merge,
    record_look,
    same_as,
    sightings,
    signatures,
    split,
)
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import (
    add_escalation,
    add_note,
    escalations,
    file_escalation,
    gates,
    notes,
    record_gate,
)

DOWN = Seen("v1:api:down:1", "api-unavailable", "api-down", "API down", None)
STUCK = Seen("v1:webhook:stuck:2", "webhook-failures", "gitea", "stuck", at(1))
PLAN = (
    PlannedStep("check:api", StepKind.CHECK, "Port checked", "probe api is ok"),
    PlannedStep("verify:tests", StepKind.VERIFY, "Tests", "test-suite passed"),
)


def opened(store: Store, title: str = "API down", signature: str = DOWN.signature) -> int:
    return open_incident(
        store, Opening(title, START, ANN, {"a": "k=canary-7f3a91"}, signature=signature)
    ).id


def test_the_life_of_an_incident(store: Store) -> None:
    number = opened(store)
    with pytest.raises(ConsoleError, match="INC-1 is open for this failure already"):
        opened(store)
    assert current_incident(store) == find_incident(store, number)
    assert find_incident(store, number).captured == {"a": "k=•••"}
    assert take_over(store, number, at(1), BEN).owner == BEN
    assert take_over(store, number, at(2), BEN).owner == BEN
    closed = close_incident(store, number, at(3), BEN, "restarted; canary-7f3a91")
    assert (closed.closed, closed.closed_by, closed.reason) == (at(3), BEN, "restarted; •••")
    assert current_incident(store) is None
    with pytest.raises(ConsoleError, match="closed already"):
        close_incident(store, number, at(4), BEN, "again")
    back = reopen_incident(store, number, at(5), ANN, "seen again")
    assert (back.closed, back.reopened, back.owner) == (None, 1, BEN)
    with pytest.raises(ConsoleError, match="open already"):
        reopen_incident(store, number, at(6), ANN, "again")
    assert [turn.what for turn in turns(store, number)] == [
        "opened", "taken over", "closed", "reopened",
    ]  # fmt: skip
    with pytest.raises(ConsoleError, match="no incident INC-7"):
        find_incident(store, 7)


def test_open_ones_come_first_then_the_newest(store: Store) -> None:
    for name in ("one", "two", "three"):
        opened(store, name, signature="")
    close_incident(store, 3, at(1), ANN, "")
    assert [one.title for one in incidents(store)] == ["two", "one", "three"]
    assert incidents(store)[0].name == "INC-2"


def test_a_failure_that_stays_is_one_appearance(store: Store) -> None:
    assert [one.signature for one in record_look(store, [DOWN, STUCK], at(2))] == [
        DOWN.signature, STUCK.signature,
    ]  # fmt: skip
    assert record_look(store, [DOWN, STUCK], at(3)) == []
    assert record_look(store, [STUCK], at(4)) == []
    (again,) = record_look(store, [DOWN, STUCK], at(5))
    assert (again.signature, again.at) == (DOWN.signature, at(5))
    found = {one.signature: one for one in signatures(store)}
    assert (found[DOWN.signature].count, found[STUCK.signature].count) == (2, 1)
    assert (found[DOWN.signature].first, found[DOWN.signature].last) == (at(2), at(5))
    record_look(store, [], at(6))
    assert not any(one.present for one in signatures(store))


def test_newer_evidence_of_what_is_there_is_an_appearance_too(store: Store) -> None:
    record_look(store, [STUCK], at(2))
    newer = Seen(STUCK.signature, STUCK.failure, STUCK.rule, STUCK.title, at(7))
    assert [one.evidence for one in record_look(store, [newer], at(8))] == [at(7)]
    assert record_look(store, [STUCK], at(9)) == []
    (found,) = signatures(store)
    assert (found.count, found.evidence) == (1, at(7))
    assert [one.evidence for one in sightings(store, [STUCK.signature])] == [at(1), at(7)]


def test_a_run_that_failed_comes_up_once_and_another_again(store: Store) -> None:
    def seen(run: str, evidence: float = 1) -> Seen:
        return replace(STUCK, run=run, evidence=at(evidence))

    record_look(store, [seen("s1")], at(1))
    assert record_look(store, [seen("s1")], at(2)) == []
    # Its rows were not to be read for a moment.
    record_look(store, [], at(3))
    assert record_look(store, [seen("s1")], at(4)) == []
    (other,) = record_look(store, [seen("s2", 5)], at(5))
    assert (other.run, other.id) == ("s2", 2)
    # The newer one is settled: what is left is known.
    assert record_look(store, [seen("s1")], at(6)) == []
    (found,) = signatures(store)
    assert (found.count, found.present) == (2, True)
    assert sightings(store, [STUCK.signature])[-1] == other


def test_signatures_are_merged_and_split_with_a_reason(store: Store) -> None:
    third = Seen("v1:third", "api-unavailable", "api-down", "third", None)
    record_look(store, [DOWN, STUCK, third], at(1))
    merge(store, STUCK.signature, DOWN.signature, at(2), ANN, "the same cable")
    merge(store, third.signature, STUCK.signature, at(3), ANN, "too")
    every = {DOWN.signature, STUCK.signature, third.signature}
    assert all(same_as(store, name) == every for name in every)
    with pytest.raises(ConsoleError, match="count as one already"):
        merge(store, DOWN.signature, third.signature, at(4), ANN, "a circle")
    with pytest.raises(ConsoleError, match="merged into"):
        merge(store, STUCK.signature, third.signature, at(4), ANN, "twice")
    split(store, STUCK.signature, at(5), BEN, "not the same")
    assert same_as(store, DOWN.signature) == {DOWN.signature}
    assert same_as(store, third.signature) == {STUCK.signature, third.signature}
    with pytest.raises(ConsoleError, match="merged into no other"):
        split(store, STUCK.signature, at(6), BEN, "again")
    merge(store, STUCK.signature, DOWN.signature, at(7), BEN, "it was, after all")
    with pytest.raises(ConsoleError, match="no failure of signature"):
        merge(store, "v1:none", DOWN.signature, at(8), BEN, "")
    assert same_as(store, "v1:none") == {"v1:none"}


def test_a_step_is_closed_by_evidence_or_by_hand_with_a_reason(store: Store) -> None:
    number = opened(store)
    begun = begin_pass(store, number, PLAN, at(1), ANN)
    first, second = steps(store, begun.id)
    assert (first.key, first.kind, first.state) == ("check:api", StepKind.CHECK, StepState.OPEN)
    for closing in (
        Closing(StepState.CLOSED, at(2), ANN),
        Closing(StepState.BY_HAND, at(2), ANN, reason="  "),
        Closing(StepState.SKIPPED, at(2), ANN),
    ):
        with pytest.raises(ConsoleError):
            close_step(store, first.id, closing)
    assert steps(store, begun.id) == [first, second]
    evidence = ({"what": "probe api ok", "kind": "probe", "name": "api"},)
    done = close_step(store, first.id, Closing(StepState.CLOSED, at(2), ANN, evidence))
    assert (done.state, done.evidence, done.by) == (StepState.CLOSED, evidence, ANN)
    with pytest.raises(ConsoleError, match="another operator"):
        close_step(store, first.id, Closing(StepState.SKIPPED, at(3), BEN, reason="mine"))
    by_hand = close_step(
        store, second.id, Closing(StepState.BY_HAND, at(3), BEN, reason="ran it: canary-7f3a91")
    )
    assert (by_hand.state, by_hand.reason) == (StepState.BY_HAND, "ran it: •••")
    assert reopen_step(store, first.id) == first


def test_passes_are_numbered_and_judged_once(store: Store) -> None:
    number = opened(store)
    first = begin_pass(store, number, PLAN, at(1), ANN)
    with pytest.raises(ConsoleError, match="pass 1 of INC-1 is under way"):
        begin_pass(store, number, PLAN, at(2), BEN)
    judged = end_pass(store, first, at(3), ANN, ["tests not run"], {"env": "none"})
    assert (judged.clean, judged.lacking, judged.conditions) == (
        False, ("tests not run",), {"env": "none"},
    )  # fmt: skip
    with pytest.raises(ConsoleError, match="judged already"):
        end_pass(store, first, at(4), ANN, [], {})
    assert pass_under_way(store, number) is None
    second = begin_pass(store, number, PLAN, at(5), BEN)
    assert end_pass(store, second, at(6), BEN, [], {}).clean is True
    assert [one.number for one in passes(store, number)] == [1, 2]


def test_notes_gates_and_escalations(store: Store) -> None:
    number = opened(store)
    with pytest.raises(ConsoleError, match="needs words"):
        add_note(store, number, at(1), ANN, " \n")
    note = add_note(store, number, at(1), ANN, "saw \x1b[2J canary-7f3a91")
    assert note.text == "saw ␛[2J •••"
    assert notes(store, number) == [note]
    run = GateRun(number, None, "test-suite", "20261123-1", "running", at(2))
    record_gate(store, run)
    ended = GateRun(number, None, "test-suite", "20261123-1", "passed", at(2))
    record_gate(store, ended)
    assert gates(store, number) == [ended]
    drafted = add_escalation(store, number, at(3), ANN, {"failure signature": DOWN.signature})
    filed = file_escalation(
        store, drafted, at(4), BEN, url="http://gitea/1", answer={"id": 1, "t": "canary-7f3a91"}
    )
    assert (filed.url, filed.answer) == ("http://gitea/1", {"id": 1, "t": "•••"})
    assert escalations(store, number) == [filed]
    with pytest.raises(ConsoleError):
        add_note(store, 99, at(1), ANN, "to nobody")
