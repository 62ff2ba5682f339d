"""The first part of a turn: in a few lines what happened, with where each was read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.clock import ago, size
from orket_console.base.text import shorten
from orket_console.runs import words
from orket_console.runs.ledger import Move
from orket_console.runs.model import Verdict
from orket_console.runs.turn import TurnDetail
from orket_console.runs.turn_log import TurnLog

_SET: Final = re.compile(r"Set Status to '([^']*)' \(from '([^']*)'\)")
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Point:
    """One line: a label, and what there is to say."""

    label: str
    text: str


def summarise(detail: TurnDetail, log: TurnLog | None = None) -> tuple[Point, ...]:
    """The points of a turn, most telling first; those with nothing to say are left out.

    `log` tells how long it took; None while it is not read.
    """
    turn = detail.turn
    points = (
        Point("asked", "; ".join(call.label for call in detail.calls) or turn.asked),
        Point("state", _state(detail)),
        Point("by", _by(detail)),
        Point("guard", _guard(detail)),
        Point("model", _model(detail)),
        Point("prompt", _prompt(detail)),
        Point("took", _took(log) if log else ""),
        Point("captured", _captured(detail)),
        Point("turn", f"{turn.ref.issue} #{turn.ref.index} {turn.ref.role} of {turn.ref.session}"),
        Point("gaps", words.gaps(turn)),
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
    parts = (turn.model, _tokens(turn.tokens, detail.raw_response.value))
    return " · ".join(part for part in parts if part)


def _prompt(detail: TurnDetail) -> str:
    """Its id and version as the checkpoint names them, its hash, and how long it is."""
    record, messages = detail.checkpoint.value, detail.messages.value
    metadata = record.get("prompt_metadata") if isinstance(record, dict) else None
    named = metadata if isinstance(metadata, dict) else {}
    ids = [str(named[key]) for key in ("prompt_id", "prompt_version") if named.get(key)]
    count = f"{words.count(len(messages), 'message')}" if isinstance(messages, list) else ""
    length = size(detail.messages.size) if count else ""
    parts = (" ".join(ids), detail.turn.prompt_hash, " ".join((count, length)).strip())
    return " · ".join(part for part in parts if part)


def _took(log: TurnLog) -> str:
    if log.seconds is None:
        return "not known: the log has no start and end of it" if log.lines else ""
    span = f"{log.seconds:.3f} s" if log.seconds < 100 else ago(log.seconds)
    return f"{span}, from its start to its end in the log"


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
