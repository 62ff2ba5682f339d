"""The first part of a turn: in a few lines what happened, with where each was read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.text import shorten
from orket_console.runs.ledger import Move
from orket_console.runs.model import Verdict
from orket_console.runs.turn import TurnDetail
from orket_console.runs.words import gaps

_SET: Final = re.compile(r"Set Status to '([^']*)' \(from '([^']*)'\)")
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Point:
    """One line: a label, and what there is to say."""

    label: str
    text: str


def summarise(detail: TurnDetail) -> tuple[Point, ...]:
    """The points of a turn, most telling first; those with nothing to say are left out."""
    turn = detail.turn
    points = (
        Point("asked", "; ".join(call.label for call in detail.calls) or turn.asked),
        Point("state", _state(detail)),
        Point("by", _by(detail)),
        Point("guard", _guard(detail)),
        Point("model", _model(detail)),
        Point("captured", _captured(detail)),
        Point("gaps", gaps(turn)),
        Point("note", turn.note),
    )
    return tuple(Point(p.label, shorten(p.text, _LONGEST)) for p in points if p.text)


def became(moves: tuple[Move, ...], wanted: str) -> str:
    """What the card did: the statuses it went through, in order."""
    steps = [match for move in moves if (match := _SET.search(move.action))]
    if not steps:
        return ""
    path = " → ".join([steps[0][2], *(step[1] for step in steps)])
    return f"the card went {path}" if wanted else path


def _state(detail: TurnDetail) -> str:
    turn = detail.turn
    moved = became(detail.moves, turn.state_to)
    if not turn.state_to:
        return moved
    went = turn.verdict in (Verdict.OK, Verdict.BLOCKED)
    asked = turn.change if went else f"{turn.change} was asked for"
    return f"{asked}; {moved}" if moved else asked


def _by(detail: TurnDetail) -> str:
    report = detail.report
    if report is None:
        return ""
    parts = (report.kind, Path(report.path).name, report.remedy)
    return " · ".join(part for part in parts if part)


def _guard(detail: TurnDetail) -> str:
    decision = detail.decision
    if decision is None:
        return ""
    return "; ".join((decision.rationale, *decision.violations))


def _model(detail: TurnDetail) -> str:
    turn = detail.turn
    parts = (
        turn.model,
        f"prompt {turn.prompt_hash}" if turn.prompt_hash else "",
        _tokens(turn.tokens, detail.raw_response.value),
    )
    return " · ".join(part for part in parts if part)


def _tokens(total: int | None, raw: object) -> str:
    if total is None:
        return ""
    split = (
        [raw.get(f"{way}_tokens") for way in ("input", "output")] if isinstance(raw, dict) else []
    )
    if split and all(isinstance(number, int) for number in split):
        return f"{total} tokens ({split[0]} in, {split[1]} out)"
    return f"{total} tokens"


def _captured(detail: TurnDetail) -> str:
    turn = detail.turn
    if turn.at is None:
        return ""
    return f"{turn.at:%Y-%m-%d %H:%M:%S.%f} UTC, by its {turn.at_from}"
