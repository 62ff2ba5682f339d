"""Tool calls: what was asked for, what came back or why it was refused; how they were parsed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.runs.calls import Call
from orket_console.runs.model import Verdict
from orket_console.runs.parts.absent import document
from orket_console.runs.parts.block import Block, Passage, folded, note
from orket_console.runs.parts.prose import laid_out
from orket_console.runs.turn import TurnDetail
from orket_console.runs.words import turn_outcome

_STATES: Final = {"ok": State.OK, "failed": State.FAILING}
_MOST: Final = 1_000
"""Calls that are shown."""
_LANGUAGES: Final = {
    ".py": "python",
    ".json": "json",
    ".md": "markdown",
    ".js": "javascript",
    ".ts": "typescript",
    ".html": "html",
    ".css": "css",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
    ".sh": "bash",
    ".sql": "sql",
    ".vue": "html",
}


def call_key(number: int) -> str:
    """The key of the block of a call, counted from 1."""
    return f"call {number}"


def tool_blocks(detail: TurnDetail) -> tuple[Block, ...]:
    total = len(detail.calls)
    shown = detail.calls[:_MOST]
    blocks = [_call(number, call, total, detail) for number, call in enumerate(shown, 1)]
    if total > _MOST:
        blocks.append(note("more", f"… {total - _MOST} more calls: see checkpoint.json in Files"))
    if not blocks:
        became = "" if detail.turn.verdict is Verdict.OK else f": {turn_outcome(detail.turn)}"
        blocks.append(note("none", f"no tool call{became}"))
    blocks += [document(f"{left.name}, of no call", left) for left in detail.results_left]
    return folded([*blocks, _diagnostics(detail)])


def _call(number: int, call: Call, total: int, detail: TurnDetail) -> Block:
    refused = call.outcome == "no result" and detail.turn.verdict is Verdict.REFUSED
    outcome = "refused" if refused else call.outcome
    state = State.FAILING if refused else _STATES.get(call.outcome, State.DEGRADED)
    shown = [*_arguments(call)]
    if refused:
        shown.append(Passage(detail.turn.why, heading="refused", state=State.FAILING))
    elif call.error:
        shown.append(Passage(call.error, heading=outcome, state=state))
    if call.file:
        shown.append(Passage(laid_out(call.result), "json", heading=f"result, {call.file}"))
    elif not refused:
        shown.append(Passage("none was written", heading="result"))
    title = f"{number} of {total} {shorten(call.label, 80)}"
    return Block(call_key(number), title, tuple(shown), outcome, state)


def _arguments(call: Call) -> Iterator[Passage]:
    """The arguments, texts of several lines each below them as what they are."""
    if not isinstance(call.args, dict):
        yield Passage(laid_out(call.args), "json", heading="arguments")
        return
    long = {
        name: text
        for name, text in call.args.items()
        if isinstance(text, str) and "\n" in text.strip()
    }
    short = {
        name: f"‹{long[name].count(chr(10)) + 1} lines, below›" if name in long else value
        for name, value in call.args.items()
    }
    yield Passage(laid_out(short), "json", heading="arguments")
    for name, text in long.items():
        yield Passage(text.rstrip("\n"), _language(call.args), heading=name)


def _language(args: dict[str, object]) -> str:
    path = args.get("path")
    return _LANGUAGES.get(PurePosixPath(path).suffix.lower(), "") if isinstance(path, str) else ""


def _diagnostics(detail: TurnDetail) -> Block:
    """How the answer was parsed, a stage a line where it has the known shape."""
    stages = detail.diagnostics.value
    if not isinstance(stages, list) or not all(isinstance(stage, dict) for stage in stages):
        return document("parser diagnostics", detail.diagnostics)
    lines = [
        f"{shorten(str(stage.get('stage')), 40)}  {_short(stage.get('data'))}"
        for stage in stages[:_MOST]
    ]
    shown = (Passage("\n".join(lines)),) if lines else ()
    return Block("diagnostics", "parser diagnostics", shown, detail.diagnostics.name)


def _short(value: object) -> str:
    """`text_length 71`; a JSON value of another shape on one line."""
    if value is None:
        return ""
    if not isinstance(value, dict):
        return shorten(laid_out(value), 300)
    return shorten(" · ".join(f"{name} {item}" for name, item in value.items()), 300)
