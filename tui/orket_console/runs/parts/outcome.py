"""What a turn asked to become of its card and what did; what a guard or policy said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from orket_console.base.state import State
from orket_console.runs.model import Verdict
from orket_console.runs.parts.absent import absent, document
from orket_console.runs.parts.block import Block, Passage, folded, note
from orket_console.runs.parts.log import line_block
from orket_console.runs.parts.prose import laid_out
from orket_console.runs.summary import became
from orket_console.runs.turn import TurnDetail
from orket_console.runs.turn_log import TurnLog

Clock = Callable[[datetime], str]
"""Shows a moment in the operator's zone."""


def state_blocks(detail: TurnDetail, clock: Clock) -> tuple[Block, ...]:
    """The change asked for, and the card's transactions of this run."""
    return folded([*_asked(detail), *_happened(detail, clock)])


def _asked(detail: TurnDetail) -> Iterator[Block]:
    if not detail.checkpoint.there:
        yield from absent(detail.checkpoint)
        return
    turn, record = detail.turn, detail.checkpoint.value
    delta = record.get("state_delta") if isinstance(record, dict) else None
    change = turn.change if turn.state_to else "no change of state"
    went = turn.verdict in (Verdict.OK, Verdict.BLOCKED)
    state = State.INFO if went or not turn.state_to else State.FAILING
    shown = (Passage(laid_out(delta), "json"),)
    yield Block("asked", f"asked for: {change}", shown, "checkpoint.json state_delta", state)


def _happened(detail: TurnDetail, clock: Clock) -> Iterator[Block]:
    """Moves before the turn was captured and after it stand apart: the second tell what came."""
    issue, at = detail.turn.ref.issue, detail.turn.at
    if not detail.moves:
        yield note("moves", f"card_transactions has nothing of {issue}")
        return
    # The database keeps whole seconds: a move of the same second may have come of the turn.
    since = at.replace(microsecond=0) if at else None
    shown: list[Passage] = []
    was = ""
    for move in detail.moves:
        before = since is not None and move.at is not None and move.at < since
        part = "before it" if before else "from its second on"
        said = f"{move.role}  {move.action}"
        label = clock(move.at) if move.at else "?"
        shown.append(Passage(said, label=label, heading="" if part == was else part))
        was = part
    moved = became(detail.moves, detail.turn.state_to)
    title = f"what happened to {issue}{f': {moved}' if moved else ''}"
    yield Block("moves", title, tuple(shown), "card_transactions")


def guard_blocks(detail: TurnDetail, log: TurnLog | None, clock: Clock) -> tuple[Block, ...]:
    """The guard's decision in the answer and in the log, the policy violation report, and the
    layers of the prompt. `log` is None while it is not read."""
    lines = [line for line in log.lines if line.event.startswith("guard_")] if log else []
    logged = [line_block(line, clock) for line in lines]
    layers = document("prompt layers", detail.layers)
    return folded([*_decision(detail, told=bool(logged)), *logged, *_report(detail), layers])


def _decision(detail: TurnDetail, *, told: bool) -> Iterator[Block]:
    """`told` says that the log has one."""
    decision = detail.decision
    if decision is None:
        if not told:
            yield note("decision", "no guard decision in its answer")
        return
    shown = [Passage(decision.rationale, label="because")]
    shown += [Passage(text, label="violation") for text in decision.violations]
    shown += [Passage(text, label="remedy") for text in decision.remedies]
    yield Block("decision", "guard decision", tuple(shown), "model_response.txt", State.INFO)


def _report(detail: TurnDetail) -> Iterator[Block]:
    report = detail.report
    if report is None:
        yield note("report", "no policy violation report of this turn")
        return
    said = (("kind", report.kind), ("detail", report.reason), ("remedy", report.remedy))
    shown = [Passage(text, label=label) for label, text in said if text]
    shown.append(Passage(laid_out(report.value), "json", heading=report.name))
    yield Block("report", "policy violation report", tuple(shown), state=State.FAILING)
