"""What two turns are compared by: each part of a turn as lines of text.

Source: the artifacts of the turn folder and the card's transactions, as `open_turn` reads
them. JSON is laid out with its keys in order, so that only what it says makes a difference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orket_console.runs.artifact import Artifact
from orket_console.runs.calls import Call
from orket_console.runs.parts.prose import json_in
from orket_console.runs.turn import TurnDetail

_ASKING: Final = ("system", "user")
"""Roles of what is asked; an answer of an earlier turn has the name of its seat."""


class PartName(StrEnum):
    """In the order in which they come about, so that the first that differs is the cause."""

    MODEL = "model"
    PROMPT = "prompt"
    RESPONSE = "response"
    CALLS = "tool calls"
    RESULTS = "results"
    STATE = "state"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Part:
    """`lines` are sanitised; a part that is not there says so in its only line.

    `answers` are the lines of each answer of an earlier turn that stands in a prompt; those
    follow one another without a gap. `partial` tells that not all could be known: the part is
    compared as far as it goes.
    """

    name: PartName
    lines: tuple[str, ...]
    answers: tuple[range, ...] = ()
    partial: bool = False


def parts_of(detail: TurnDetail) -> tuple[Part, ...]:
    """All parts of one turn, in the order of `PartName`."""
    return (
        _model(detail),
        _prompt(detail.messages),
        Part(PartName.RESPONSE, tuple(_response(detail.response))),
        Part(PartName.CALLS, tuple(line for call in detail.calls for line in _call(call))),
        Part(PartName.RESULTS, tuple(line for call in detail.calls for line in _result(call))),
        Part(PartName.STATE, tuple(_state(detail))),
        Part(PartName.VERDICT, tuple(_verdict(detail))),
    )


def shape_of(detail: TurnDetail) -> tuple[Part, ...]:
    """What is alike in the turns of two epics that both go well: tools, outcomes, state.

    What was asked for and what was written differ there by their nature.
    """
    calls = tuple(f"{call.tool} {_status(call)}".strip() for call in detail.calls)
    return (
        Part(PartName.CALLS, calls or ("no tool call",)),
        Part(PartName.RESULTS, tuple(f"{call.tool}: {call.outcome}" for call in detail.calls)),
        Part(PartName.STATE, tuple(_state(detail))),
        Part(PartName.VERDICT, (str(detail.turn.verdict),)),
    )


def _status(call: Call) -> str:
    status = call.args.get("status") if isinstance(call.args, dict) else None
    return status if isinstance(status, str) else ""


def _model(detail: TurnDetail) -> Part:
    """A turn that was stopped before its checkpoint tells its model at most: no difference."""
    checkpoint = detail.checkpoint.value
    lines = [f"model {detail.turn.model or 'not recorded'}"]
    if not isinstance(checkpoint, dict):
        return Part(PartName.MODEL, tuple(lines if detail.turn.model else ()), partial=True)
    metadata = checkpoint.get("prompt_metadata")
    if isinstance(metadata, dict):
        # Checksums follow from the prompt, which is compared as it is.
        lines += [
            f"{key} {metadata[key]}" for key in sorted(metadata) if not key.endswith("checksum")
        ]
    return Part(PartName.MODEL, tuple(lines))


def _prompt(messages: Artifact) -> Part:
    if not isinstance(messages.value, list):
        return Part(PartName.PROMPT, (_absent(messages),))
    lines: list[str] = []
    answers: list[range] = []
    for message in messages.value:
        role = message.get("role") if isinstance(message, dict) else None
        said = _message(role, message)
        if isinstance(role, str) and role not in _ASKING:
            answers.append(range(len(lines), len(lines) + len(said)))
        elif answers:
            # Something is asked after them: their order may be meant.
            answers = []
        lines += said
    return Part(PartName.PROMPT, tuple(lines), tuple(answers))


def _message(role: object, message: object) -> list[str]:
    content = message.get("content") if isinstance(message, dict) else message
    said = _prose(content) if isinstance(content, str) else _laid_out(content)
    return [f"[{role}]" if isinstance(role, str) else "[no role]", *said]


def _response(response: Artifact) -> list[str]:
    return _prose(response.value) if isinstance(response.value, str) else [_absent(response)]


def _prose(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        value = json_in(line)
        lines += [line] if value is None else _laid_out(value)
    return lines


def _call(call: Call) -> list[str]:
    return [call.tool, *_laid_out(call.args)]


def _result(call: Call) -> list[str]:
    lines = [f"{call.tool}: {call.outcome}{f', {call.error}' if call.error else ''}"]
    return lines if call.result is None else [*lines, *_laid_out(call.result)]


def _state(detail: TurnDetail) -> list[str]:
    lines = [detail.turn.change] if detail.turn.change else []
    return lines or ["no change asked for"]


def _verdict(detail: TurnDetail) -> list[str]:
    lines = [f"{detail.turn.verdict}{f': {detail.turn.why}' if detail.turn.why else ''}"]
    if detail.decision is not None:
        lines.append(f"guard: {detail.decision.rationale}")
        lines += [f"violation: {each}" for each in detail.decision.violations]
    return lines


def _laid_out(value: object) -> list[str]:
    try:
        return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).split("\n")
    except (ValueError, RecursionError) as error:
        return [f"(can't be written as JSON: {error})"]


def _absent(artifact: Artifact) -> str:
    return f"({artifact.problem or f'{artifact.name} is not what it should be'})"
