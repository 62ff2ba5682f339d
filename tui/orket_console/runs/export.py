"""One run as a document: everything that an operator hands on when asking for help.

Source: what `open_run` and `open_turn` read. Long texts are cut, and say by how much; nothing
here redacts, which is done where the document leaves the console.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from orket_console.base.clock import stamp
from orket_console.base.state import GLYPHS
from orket_console.runs import words
from orket_console.runs.calls import Call
from orket_console.runs.model import Run, RunDetail, Turn
from orket_console.runs.turn import TurnDetail, open_turn
from orket_console.target.target import Target

_LONGEST: Final = 20_000
"""Characters of one prompt message, response or result."""
_MOST_TURNS: Final = 500
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>|#!]")


@dataclass(frozen=True, slots=True)
class TurnExport:
    """A turn and its parts as JSON values."""

    turn: Turn
    prompt: Any
    response: Any
    calls: tuple[Call, ...]
    decision: Any
    report: Any
    moves: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """A run with its turns in order of time; `left_out` counts turns beyond the bound."""

    detail: RunDetail
    turns: tuple[TurnExport, ...]
    left_out: int


def export_run(target: Target, detail: RunDetail) -> Export:
    """Read all parts of the run's turns, the first five hundred of them."""
    chosen = detail.turns[:_MOST_TURNS]
    turns = tuple(_turn(open_turn(target, turn)) for turn in chosen)
    return Export(detail, turns, len(detail.turns) - len(chosen))


def markdown(export: Export) -> Iterator[str]:
    """The document, line by line. Outside text stands in code blocks that it can't close."""
    run = export.detail.run
    yield f"# Run {_inline(run.session)}: {_inline(run.name or 'no name')}"
    yield ""
    yield from _head(run)
    yield ""
    yield "## Issues"
    yield ""
    yield "| issue | status | asked for |"
    yield "|---|---|---|"
    for issue in export.detail.issues:
        said = (issue.issue, words.issue_state(issue), issue.summary)
        yield f"| {' | '.join(map(_cell, said))} |"
    for turn in export.turns:
        yield ""
        yield from _turn_section(turn)
    if export.left_out:
        yield ""
        yield f"{export.left_out} more turns were left out."
    problems = (*export.detail.notes, *export.detail.problems)
    if problems:
        yield ""
        yield "## What could not be read"
        yield ""
        yield from (f"- {_inline(problem)}" for problem in problems)


def _turn(detail: TurnDetail) -> TurnExport:
    return TurnExport(
        turn=detail.turn,
        prompt=_shortened(detail.messages.value),
        response=_shortened(detail.response.value),
        calls=tuple(_short_call(call) for call in detail.calls),
        decision=detail.decision,
        report=detail.report.value if detail.report else None,
        moves=tuple(f"{move.role}: {move.action}" for move in detail.moves),
        problems=detail.problems,
    )


def _short_call(call: Call) -> Call:
    return Call(
        call.tool,
        _shortened(call.args),
        call.outcome,
        call.error,
        _shortened(call.result),
        call.file,
    )


def _shortened(value: Any, depth: int = 50) -> Any:  # noqa: ANN401  any JSON value
    """A JSON value whose long texts end in how much of them is missing."""
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]} … {len(value) - _LONGEST} more characters"
    if depth and isinstance(value, dict):
        return {key: _shortened(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, list):
        return [_shortened(item, depth - 1) for item in value]
    return value


def _head(run: Run) -> Iterator[str]:
    points = (
        ("status", words.outcome(run)),
        ("reason", words.reason(run)),
        ("build", run.build),
        ("started", stamp(run.started) if run.started else "not recorded"),
        ("ended", stamp(run.ended) if run.ended else "not recorded"),
        ("found in", ", ".join(run.sources)),
        ("traces", run.traces),
    )
    yield from (f"- {label}: {_inline(text)}" for label, text in points if text)


def _turn_section(export: TurnExport) -> Iterator[str]:
    turn = export.turn
    outcome = _inline(words.turn_outcome(turn))
    yield f"## {GLYPHS[turn.state]} Turn {_inline(str(turn.ref))}: {outcome}"
    yield ""
    at = stamp(turn.at) if turn.at else "no time"
    yield f"- at: {at} ({turn.at_from})"
    for label, text in (
        ("asked", turn.asked),
        ("state", turn.change),
        ("model", turn.model),
        ("prompt", turn.prompt_hash),
        ("missing", ", ".join(turn.missing)),
        ("note", turn.note),
    ):
        if text:
            yield f"- {label}: {_inline(text)}"
    yield from (f"- card: {_inline(move)}" for move in export.moves)
    if export.prompt is not None:
        yield from _block("Prompt", _conversation(export.prompt))
    if export.response is not None:
        yield from _block("Response", export.response)
    for call in export.calls:
        yield from _block(f"Tool call {call.tool}: {call.outcome} {call.error}".strip(), call.args)
        if call.result is not None:
            yield from _block("Result", call.result)
    if export.report is not None:
        yield from _block("Policy violation report", export.report)


def _conversation(messages: object) -> object:
    """Messages as they were said, `[role]` before each; anything else as it is."""
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        return messages
    said = [(str(each.get("role")), each.get("content")) for each in messages]
    return "\n\n".join(
        f"[{role}]\n{text if isinstance(text, str) else _laid_out(text)}" for role, text in said
    )


def _block(title: str, value: object) -> Iterator[str]:
    text = value if isinstance(value, str) else _laid_out(value)
    fence = "`" * max(4, _ticks(text) + 1)
    yield ""
    yield f"**{_inline(title)}**"
    yield ""
    yield fence
    yield from text.split("\n")
    yield fence


def _ticks(text: str) -> int:
    """The longest run of backticks."""
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest


def _laid_out(value: object) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        return f"(can't be written as JSON: {error})"


def _inline(text: str) -> str:
    """Text on one line of Markdown in which nothing is markup."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _cell(text: str) -> str:
    return _inline(text) or "–"
