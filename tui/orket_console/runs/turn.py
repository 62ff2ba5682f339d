"""One turn opened: every part of its folder, each there or named for what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orket_console.base.clock import size
from orket_console.base.text import clean
from orket_console.runs.artifact import (
    Artifact,
    Contents,
    list_files,
    read_json_artifact,
    read_text_artifact,
)
from orket_console.runs.calls import Call, read_calls
from orket_console.runs.guard import Decision, decision_in
from orket_console.runs.ledger import Ledger, Move
from orket_console.runs.model import Turn
from orket_console.runs.reports import Report, read_report
from orket_console.target.target import Target

_SHOWN_ELSEWHERE: Final = ("tool_result_", "operations")
_MOST_OTHERS: Final = 50


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file of the folder as listed; `note` says why one is not read, or is empty."""

    name: str
    size: int
    note: str

    @property
    def line(self) -> str:
        return f"{size(self.size):>8}  {self.name}{f'  ({self.note})' if self.note else ''}"


@dataclass(frozen=True, slots=True)
class TurnDetail:
    """A turn with all of its parts.

    `results_left` are result files that no call owns. `others` are what is not named here:
    memory traces, control-plane snapshots, what a later version adds. `moves` are what
    happened to the issue's card in this run.
    """

    turn: Turn
    checkpoint: Artifact
    messages: Artifact
    response: Artifact
    raw_response: Artifact
    parsed: Artifact
    layers: Artifact
    diagnostics: Artifact
    calls: tuple[Call, ...]
    results_left: tuple[Artifact, ...]
    others: tuple[Artifact, ...]
    decision: Decision | None
    report: Report | None
    moves: tuple[Move, ...]
    files: tuple[RawFile, ...]
    problems: tuple[str, ...]


def open_turn(target: Target, turn: Turn) -> TurnDetail:
    """Read a turn that a listing gave. Never raises for what lies in its folder."""
    folder = turn.path
    contents = list_files(folder)
    named = {
        name: read_json_artifact(folder, contents, f"{name}.json")
        for name in (
            "checkpoint",
            "messages",
            "model_response_raw",
            "parsed_tool_calls",
            "prompt_layers",
            "tool_parser_diagnostics",
        )
    }
    response = read_text_artifact(folder, contents, "model_response.txt")
    calls, left = read_calls(folder, contents, _recorded_calls(named))
    ledger = Ledger(target.runtime_db)
    with ledger.held():
        moves = ledger.moves(turn.ref.issue, turn.ref.session)
    return TurnDetail(
        turn=turn,
        checkpoint=named["checkpoint"],
        messages=named["messages"],
        response=response,
        raw_response=named["model_response_raw"],
        parsed=named["parsed_tool_calls"],
        layers=named["prompt_layers"],
        diagnostics=named["tool_parser_diagnostics"],
        calls=calls,
        results_left=left,
        others=_others(folder, contents, {a.name for a in (*named.values(), response)}),
        decision=decision_in(response.value),
        report=read_report(turn.report) if turn.report else None,
        moves=tuple(moves),
        files=_files(contents),
        problems=(*ledger.problems, *((contents.problem,) if contents.problem else ())),
    )


def _recorded_calls(named: dict[str, Artifact]) -> object:
    """The calls of the checkpoint; else those that the parser wrote down before it."""
    record = named["checkpoint"].value
    if isinstance(record, dict) and isinstance(record.get("tool_calls"), list):
        return record["tool_calls"]
    return named["parsed_tool_calls"].value


def _others(folder: str, contents: Contents, taken: set[str]) -> tuple[Artifact, ...]:
    names = [
        name
        for name, entry in sorted(contents.files.items())
        if name not in taken and not name.startswith(_SHOWN_ELSEWHERE) and not entry.odd
    ]
    return tuple(
        read_json_artifact(folder, contents, name)
        if name.endswith(".json")
        else read_text_artifact(folder, contents, name)
        for name in names[:_MOST_OTHERS]
    )


def _files(contents: Contents) -> tuple[RawFile, ...]:
    return tuple(
        RawFile(clean(entry.name), entry.size, entry.odd)
        for _, entry in sorted(contents.files.items())
    )
