"""One turn judged by what lies in its folder; or known by its folder's name alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from orket_console.base.clock import parse_time
from orket_console.base.refs import TurnRef
from orket_console.base.text import clean
from orket_console.runs.artifact import (
    Artifact,
    Contents,
    Found,
    list_files,
    read_json_artifact,
    read_text_artifact,
)
from orket_console.runs.calls import asked, read_calls
from orket_console.runs.guard import decision_in
from orket_console.runs.key import folder_name
from orket_console.runs.model import Turn, Verdict
from orket_console.runs.reports import Report
from orket_console.runs.verdict import Evidence, judge_turn

WHOLE: Final = (
    "checkpoint.json",
    "messages.json",
    "model_response.txt",
    "model_response_raw.json",
    "parsed_tool_calls.json",
    "prompt_layers.json",
    "tool_parser_diagnostics.json",
)
"""Artifacts of a turn that went through, on both versions."""
_NO_PARSE: Final = "parse_empty"


class Place(msgspec.Struct, frozen=True):
    """A turn folder by its names; `role` is safe to show, `modified` is its mtime in ns."""

    session: str
    path: str
    shown: str
    index: int
    role: str
    modified: int


class Head(msgspec.Struct, frozen=True):
    """What a turn's checkpoint says of the turn itself; empty where it says nothing."""

    issue: str
    role: str
    captured: datetime | None


def read_head(place: Place) -> Head:
    """Reads `checkpoint.json` alone."""
    contents = list_files(place.path)
    record = _record(read_json_artifact(place.path, contents, "checkpoint.json"))
    captured = parse_time(record.get("captured_at"))
    return Head(_text(record.get("issue_id")), _text(record.get("role")) or place.role, captured)


_PENDING: Final = Turn(
    ref=TurnRef("", "", 0),
    path="",
    shown="",
    at=None,
    at_from="file time",
    verdict=Verdict.PENDING,
    why="",
    asked="",
    tools=(),
    state_from="",
    state_to="",
    model="",
    prompt_hash="",
    tokens=None,
    missing=(),
    note="",
    report="",
    mark="",
)


def pending_turn(place: Place, issue: str) -> Turn:
    """A turn of which nothing is read: its time is its folder's."""
    # Of a long run thousands at once: replacing costs half of naming every field.
    return msgspec.structs.replace(
        _PENDING,
        ref=TurnRef(place.session, issue, place.index, place.role),
        path=place.path,
        shown=place.shown,
        at=datetime.fromtimestamp(place.modified / 1e9, UTC),
    )


def read_turn(
    place: Place, contents: Contents, issue: str, report: Report | None, *, active: bool
) -> Turn:
    """A turn by its artifacts; `report` is what refused it, if anything did.

    `active` tells that its run still shows life. Never raises for what lies in the folder.
    """
    folder = place.path
    checkpoint = read_json_artifact(folder, contents, "checkpoint.json")
    record = _record(checkpoint)
    response = _presence(contents, "model_response.txt")
    recorded = record.get("tool_calls")
    if not isinstance(recorded, list):
        recorded = read_json_artifact(folder, contents, "parsed_tool_calls.json").value
    calls, _ = read_calls(folder, contents, recorded)
    state = record.get("state_delta")
    state = state if isinstance(state, dict) else {}
    state_to = _text(state.get("to"))
    verdict, why = judge_turn(
        Evidence(
            checkpoint=checkpoint,
            response=response,
            calls=calls,
            parser_complaint="" if calls else _complaint(folder, contents),
            rationale=_rationale(folder, contents) if state_to == "blocked" else "",
            report=report,
            state_to=state_to,
            active=active,
        )
    )
    at, at_from = _time(place, contents, record, report)
    raw = read_json_artifact(folder, contents, "model_response_raw.json").value
    role = record.get("role")
    return Turn(
        ref=TurnRef(
            place.session,
            issue,
            place.index,
            role if isinstance(role, str) and role else place.role,
        ),
        path=folder,
        shown=place.shown,
        at=at,
        at_from=at_from,
        verdict=verdict,
        why=contents.problem or why,
        asked=asked(calls) or (why if verdict is Verdict.RUNNING else _instead(response)),
        tools=tuple(call.tool for call in calls),
        state_from=_text(state.get("from")),
        state_to=state_to,
        model=_text(record.get("model")) or _text(_get(raw, "model")),
        prompt_hash=_text(record.get("prompt_hash")),
        tokens=_tokens(raw),
        missing=tuple([name for name in WHOLE if name not in contents.files]),
        note=_disagreement(place, record, issue),
        report=report.path if report else "",
        mark=mark_of(contents, report, active=active),
    )


def mark_of(contents: Contents, report: Report | None, *, active: bool) -> str:
    """Changes when anything does that the verdict was made of."""
    return f"{contents.mark}{'+' if active else ''}{report.at if report else ''}"


def _record(checkpoint: Artifact) -> dict[str, Any]:
    return checkpoint.value if isinstance(checkpoint.value, dict) else {}


def _presence(contents: Contents, name: str) -> Artifact:
    """Whether a file is there, unread: lists need no more."""
    return Artifact(name, Found.PRESENT if name in contents.files else Found.MISSING)


def _time(
    place: Place, contents: Contents, record: dict[str, Any], report: Report | None
) -> tuple[datetime | None, str]:
    """The checkpoint's; else the report's; else that of its first file, else its folder's."""
    captured = parse_time(record.get("captured_at"))
    if captured is not None:
        return captured, "checkpoint"
    if report is not None and report.at is not None:
        return report.at, "policy report"
    first = min((file.modified for file in contents.files.values()), default=0)
    return datetime.fromtimestamp((first or place.modified) / 1e9, UTC), "file time"


def _complaint(folder: str, contents: Contents) -> str:
    """Why the parser found no tool call, from its diagnostics."""
    stages = read_json_artifact(folder, contents, "tool_parser_diagnostics.json").value
    for stage in stages if isinstance(stages, list) else []:
        if isinstance(stage, dict) and stage.get("stage") == _NO_PARSE:
            return _text(_get(stage.get("data"), "reason")).replace("_", " ")
    return ""


def _rationale(folder: str, contents: Contents) -> str:
    decision = decision_in(read_text_artifact(folder, contents, "model_response.txt").value)
    return decision.rationale if decision else ""


def _instead(response: Artifact) -> str:
    return "no answer" if response.found is Found.MISSING else "no tool call"


def _disagreement(place: Place, record: dict[str, Any], issue: str) -> str:
    """Where the checkpoint's ids are not those of its path."""
    told = (
        ("session", record.get("run_id"), place.session),
        ("issue", record.get("issue_id"), issue),
        ("turn", record.get("turn_index"), place.index),
        ("role", record.get("role"), place.role),
    )
    wrong = [
        f"{name} {clean(str(said))}"
        for name, said, path in told
        if said is not None and said != path and folder_name(str(said)) != folder_name(str(path))
    ]
    return f"its checkpoint says {', '.join(wrong)}" if wrong else ""


def _tokens(raw: object) -> int | None:
    total = _get(raw, "total_tokens")
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _get(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
