"""What a turn asked to become of its card and what did; what a guard or policy said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from orket_console.base.state import State
from orket_console.runs.model import Verdict
from orket_console.runs.parts.absent import absent, document
from orket_console.runs.parts.block import Block, Passage, folded, note
from orket_console.runs.parts.prose import laid_out
from orket_console.runs.summary import became
from orket_console.runs.turn import TurnDetail

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
    lines = [
        f"{clock(move.at) if move.at else '?':<8}  {move.role:<16}  {move.action}"
        for move in detail.moves
    ]
    # The database keeps whole seconds: a move of the same second may have come of the turn.
    since = at.replace(microsecond=0) if at else None
    first = next(
        (n for n, move in enumerate(detail.moves) if since and move.at and move.at >= since),
        len(lines) if since else 0,
    )
    moved = became(detail.moves, detail.turn.state_to)
    parts = ((lines[:first], "before it"), (lines[first:], "from its second on"))
    shown = tuple(Passage("\n".join(some), heading=head) for some, head in parts if some)
    title = f"what happened to {issue}{f': {moved}' if moved else ''}"
    yield Block("moves", title, shown, "card_transactions")


def guard_blocks(detail: TurnDetail) -> tuple[Block, ...]:
    """The guard's decision, the policy violation report, and the layers of the prompt."""
    return folded([*_decision(detail), *_report(detail), document("prompt layers", detail.layers)])


def _decision(detail: TurnDetail) -> Iterator[Block]:
    decision = detail.decision
    if decision is None:
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
