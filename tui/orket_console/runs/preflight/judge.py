"""Whether a rerun of an issue would go through: one line for each thing that decides on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import Ref, SessionRef, TableRef
from orket_console.base.state import State, worst
from orket_console.base.text import shorten
from orket_console.runs.detail import open_run
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import Ledger
from orket_console.runs.model import RunDetail, Turn, Verdict
from orket_console.runs.preflight.facts import Card, Gate, read_cards, read_gates
from orket_console.runs.preflight.stop import Stop, last_stop
from orket_console.runs.preflight.transitions import BLOCKERS, DISPATCHED, GUARD_ONLY, allowed
from orket_console.runs.reports import Report, read_report
from orket_console.runs.turn import open_turn
from orket_console.target.identity import Generation
from orket_console.target.target import Target

_DATABASE: Final = "orket_persistence.db"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: what it is, how it stands, what was seen, and where.

    `row` is the id of the row that `ref` points at, where that is a table.
    """

    name: str
    state: State
    says: str
    evidence: str
    ref: Ref | None
    row: str = ""


@dataclass(frozen=True, slots=True)
class Preflight:
    """An issue before a rerun. `verdict` is `clear`, `blocked by …` or `can't tell: …`."""

    session: str
    issue: str
    verdict: str
    state: State
    lines: tuple[Line, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    generation: Generation
    run: RunDetail
    issue: str
    card: Card | None
    others: Mapping[str, Card]
    gates: tuple[Gate, ...]
    last: Turn | None
    guard: Turn | None
    decision: str
    report: Report | None
    stop: Stop | None


def preflight(target: Target, clock: Clock, session: str, issue: str) -> Preflight:
    """Look at everything that a rerun of `issue` would meet. Reads, and changes nothing.

    Raises `ConsoleError` (exit 1) for an issue that its run does not have.
    """
    run = open_run(target, clock, session)
    name = _named(run, issue)
    ledger = Ledger(target.runtime_db)
    facts = _read(target, ledger, run, name)
    lines = tuple(line for rule in _RULES for line in rule(facts))
    problems = (*run.problems, *ledger.problems)
    state = worst(line.state for line in lines)
    return Preflight(session, name, _verdict(lines, facts, problems), state, lines, problems)


def _named(run: RunDetail, issue: str) -> str:
    wanted = folder_name(issue)
    for each in run.issues:
        if folder_name(each.issue) == wanted:
            return each.issue
    listed = ", ".join(each.issue for each in run.issues[:6])
    raise ConsoleError(
        f"no issue {shorten(issue, 40)!r} in {run.run.session}",
        remedy=f"there is {listed}" if listed else "the run has no issues",
        exit_code=ExitCode.WRONG,
    )


def _read(target: Target, ledger: Ledger, run: RunDetail, issue: str) -> _Facts:
    cards = read_cards(ledger, [issue])
    card = cards.get(issue)
    depends = card.depends_on if card and card.depends_on else ()
    turns = [turn for turn in run.turns if turn.ref.issue == issue]
    guard = next((t for t in reversed(turns) if "guard" in t.ref.role), None)
    decided = open_turn(target, guard).decision if guard else None
    reports = [turn.report for turn in turns if turn.report]
    return _Facts(
        generation=target.identity.generation,
        run=run,
        issue=issue,
        card=card,
        others=read_cards(ledger, depends),
        gates=read_gates(ledger, issue),
        last=turns[-1] if turns else None,
        guard=guard,
        decision="; ".join(filter(None, (decided.rationale, *decided.violations)))
        if decided
        else "",
        report=read_report(reports[-1]) if reports else None,
        stop=last_stop(ledger.moves(issue, run.run.session)),
    )


def _verdict(lines: Sequence[Line], facts: _Facts, problems: Sequence[str]) -> str:
    blocking = [line.name for line in lines if line.state is State.FAILING]
    if blocking:
        return f"blocked by {', '.join(blocking)}"
    if facts.card is None:
        return f"can't tell: {problems[0] if problems else 'the issue has no row'}"
    doubts = [line.name for line in lines if line.state in (State.DEGRADED, State.UNKNOWN)]
    return f"clear, but look at {', '.join(doubts)}" if doubts else "clear"


# -- the lines, in the order in which a rerun comes to them ---------------------------------


def _run(facts: _Facts) -> Iterator[Line]:
    run = facts.run.run
    ref = SessionRef(run.session)
    if run.active:
        says = "its run is still at work: a second one would take up the same issues"
        yield Line("run", State.FAILING, says, f"run {run.session}", ref)
    elif run.status == "running":
        says = "recorded as running, but nothing has moved: it will not end by itself"
        yield Line("run", State.DEGRADED, says, f"run {run.session}: {run.seen}", ref)
    elif not run.status:
        says = "no row records how it ended, or whether it did"
        yield Line("run", State.UNKNOWN, says, f"run {run.session}", ref)
    else:
        yield Line("run", State.OK, f"ended, {run.status}", f"run {run.session}", ref)


def _status(facts: _Facts) -> Iterator[Line]:
    card = facts.card
    if card is None:
        says = f"{_DATABASE} has no row for it: its status and retries can't be known"
        yield Line("status", State.UNKNOWN, says, "issues", None)
        return
    next_ones = allowed(facts.generation, card.status)
    evidence, ref = f"issues {card.issue}", TableRef(_DATABASE, "issues")
    if next_ones is None:
        says = f"{card.status or 'none'}: a status that the state machine does not know"
        yield Line("status", State.FAILING, says, evidence, ref, card.issue)
        return
    may = f"may become {', '.join(next_ones)}" if next_ones else "may become nothing else"
    if card.status in DISPATCHED:
        yield Line(
            "status",
            State.OK,
            f"{card.status}: is taken up as it is; {may}",
            evidence,
            ref,
            card.issue,
        )
        return
    reset = "a rerun of its epic or of it alone sets it to ready first"
    finished = card.status in ("done", "canceled", "archived", "guard_approved")
    state = State.DEGRADED if finished else State.OK
    yield Line("status", state, f"{card.status}: {reset}; {may}", evidence, ref, card.issue)


def _retries(facts: _Facts) -> Iterator[Line]:
    card = facts.card
    if card is None or card.retries is None or card.max_retries is None:
        return
    used = f"{card.retries} of {card.max_retries} used"
    evidence, ref = f"issues {card.issue}", TableRef(_DATABASE, "issues")
    if card.retries >= card.max_retries:
        says = f"{used}: the next failure ends the run; a rerun does not set them back"
        yield Line("retries", State.FAILING, says, evidence, ref, card.issue)
    elif card.retries == card.max_retries - 1:
        says = f"{used}: one failure is left; a rerun does not set them back"
        yield Line("retries", State.DEGRADED, says, evidence, ref, card.issue)
    else:
        yield Line("retries", State.OK, used, evidence, ref, card.issue)


def _dependencies(facts: _Facts) -> Iterator[Line]:
    card = facts.card
    if card is None:
        return
    evidence, ref = f"issues {card.issue}", TableRef(_DATABASE, "issues")
    if card.depends_on is None:
        says = "depends_on_json is no list of ids"
        yield Line("dependencies", State.UNKNOWN, says, evidence, ref, card.issue)
        return
    if not card.depends_on:
        yield Line("dependencies", State.OK, "none", evidence, ref, card.issue)
    for name in card.depends_on:
        yield _dependency(name, facts.others.get(name))


def _dependency(name: str, other: Card | None) -> Line:
    ref = TableRef(_DATABASE, "issues")
    shown = shorten(name, 60)
    if other is None:
        says = f"{shown} is not there: this issue is never taken up"
        return Line("dependencies", State.FAILING, says, f"issues {shown}", ref, name)
    if other.status == "done":
        return Line("dependencies", State.OK, f"{shown} is done", f"issues {shown}", ref, name)
    if other.status in BLOCKERS:
        says = f"{shown} is {other.status}: a rerun of this one alone blocks it too"
        return Line("dependencies", State.FAILING, says, f"issues {shown}", ref, name)
    says = f"{shown} is {other.status or 'without a status'}: this one waits until it is done"
    return Line("dependencies", State.DEGRADED, says, f"issues {shown}", ref, name)


def _gates(facts: _Facts) -> Iterator[Line]:
    for gate in facts.gates:
        says = f"{gate.kind} waits for an answer: {gate.reason or 'no reason given'}"
        evidence = f"pending_gate_requests {gate.request}, {gate.created}"
        ref = TableRef(_DATABASE, "pending_gate_requests")
        yield Line("gate request", State.FAILING, says, evidence, ref, gate.request)


def _guard(facts: _Facts) -> Iterator[Line]:
    turn = facts.guard
    if turn is None:
        return
    if turn.verdict is Verdict.OK:
        yield Line("guard", State.OK, "the guard let it pass", str(turn.ref), turn.ref)
        return
    says = f"{turn.verdict}: {facts.decision or turn.why or 'no reason given'}"
    yield Line("guard", State.DEGRADED, shorten(says, 400), str(turn.ref), turn.ref)


def _policy(facts: _Facts) -> Iterator[Line]:
    report = facts.report
    if report is None:
        return
    says = f"{report.kind}: {report.reason}"
    ref = facts.last.ref if facts.last else None
    yield Line("policy", State.DEGRADED, shorten(says, 400), report.name, ref)


def _stopped(facts: _Facts) -> Iterator[Line]:
    """What Orket itself last moved the card for, where no policy report tells of it."""
    stop = facts.stop
    if stop is None or (facts.report is not None and stop.reason == "governance_violation"):
        return
    evidence, ref = f"card_transactions {stop.row}", TableRef(_DATABASE, "card_transactions")
    yield Line("last stop", State.DEGRADED, stop.says, evidence, ref, str(stop.row))


def _again(facts: _Facts) -> Iterator[Line]:
    """What the last failure would meet again, if the model answered as it did."""
    turn = facts.last
    if turn is None or not turn.failed:
        return
    yield Line("last failure", *_same_answer(facts, turn), str(turn.ref), turn.ref)


def _same_answer(facts: _Facts, turn: Turn) -> tuple[State, str]:
    wanted, before = turn.state_to, turn.state_from
    next_ones = allowed(facts.generation, before)
    if wanted and next_ones is not None and wanted not in next_ones:
        may = ", ".join(next_ones)
        return State.DEGRADED, (
            f"the same answer is refused again: {before} → {wanted} is not allowed, only {may}"
        )
    if wanted in GUARD_ONLY and "guard" not in turn.ref.role:
        return State.DEGRADED, f"the same answer is refused again: only the guard may say {wanted}"
    if turn.verdict is Verdict.NO_PROGRESS:
        return State.DEGRADED, "an answer without a tool call that can be run fails again"
    return State.DEGRADED, shorten(f"{turn.verdict}: {turn.why or 'no reason was recorded'}", 400)


_RULES: Final[tuple[Callable[[_Facts], Iterator[Line]], ...]] = (
    _run, _status, _retries, _dependencies, _gates, _guard, _policy, _stopped, _again,
)  # fmt: skip
