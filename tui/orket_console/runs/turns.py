"""The turns of one run, in order of time, each judged by what lies in its folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

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
from orket_console.runs.reports import Report, read_reports
from orket_console.runs.traces import Folder, issue_folders, split_turn, turn_folders
from orket_console.runs.verdict import Evidence, judge_turn
from orket_console.target.target import Target

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
_SLACK: Final = timedelta(seconds=2)
_NO_PARSE: Final = "parse_empty"


@dataclass(frozen=True, slots=True)
class TurnList:
    """`issues` holds each issue folder's name and true id, and where that was read."""

    turns: tuple[Turn, ...]
    issues: dict[str, tuple[str, str]]
    problems: tuple[str, ...]


def list_turns(
    target: Target,
    session: str,
    folders: Iterable[Path],
    *,
    active: bool,
    known_issues: Mapping[str, str],
    before: Mapping[str, Turn],
) -> TurnList:
    """Every turn in a session's trace `folders`.

    `known_issues` gives true ids by folder name from elsewhere. `before` are turns read
    earlier, by path: one whose files are unchanged is taken over unread, unless its run
    has come to rest since and it waited for more.
    """
    turns: list[Turn] = []
    issues: dict[str, tuple[str, str]] = {}
    problems: list[str] = []
    for session_folder in folders:
        listing = issue_folders(session_folder)
        names = frozenset(folder.name for folder in listing.folders)
        reports = read_reports(session_folder, session, names)
        problems += (*listing.problems, *reports.problems)
        for issue in listing.folders:
            found = turn_folders(issue.path)
            problems += found.problems
            report = reports.by_issue.get(issue.name)
            drafts = [_draft(target, session, issue, turn) for turn in found.folders]
            issues[issue.name] = _true_id(issue.name, drafts, report, known_issues)
            turns += _judge_issue(
                drafts, report, issues[issue.name][0], active=active, before=before
            )
    turns.sort(key=_order)
    return TurnList(tuple(turns), issues, tuple(dict.fromkeys(problems)))


def _order(turn: Turn) -> tuple[datetime, int, str, str]:
    return (turn.at or datetime.max.replace(tzinfo=UTC), turn.ref.index, turn.ref.issue, turn.path)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A turn folder with what dates and names it read, and nothing else yet."""

    session: str
    issue: Folder
    turn: Folder
    shown: str
    contents: Contents
    checkpoint: Artifact

    @property
    def record(self) -> dict[str, Any]:
        return self.checkpoint.value if isinstance(self.checkpoint.value, dict) else {}

    @property
    def index(self) -> int:
        return split_turn(self.turn.name)[0]

    @property
    def role(self) -> str:
        recorded = self.record.get("role")
        return recorded if isinstance(recorded, str) and recorded else self.role_folder

    @property
    def role_folder(self) -> str:
        return clean(split_turn(self.turn.name)[1])

    @property
    def captured(self) -> datetime | None:
        return parse_time(self.record.get("captured_at"))

    @property
    def written(self) -> datetime:
        """The mtime of its first file, else of its folder."""
        first = min((f.modified for f in self.contents.files.values()), default=0) / 1e9
        return datetime.fromtimestamp(first or self.turn.modified, UTC)


def _draft(target: Target, session: str, issue: Folder, turn: Folder) -> _Draft:
    contents = list_files(turn.path)
    checkpoint = read_json_artifact(turn.path, contents, "checkpoint.json")
    shown = clean(target.layout.shown(turn.path))
    return _Draft(session, issue, turn, shown, contents, checkpoint)


def _true_id(
    folder: str, drafts: list[_Draft], report: Report | None, known: Mapping[str, str]
) -> tuple[str, str]:
    """The issue's id as its checkpoints record it; else as others do; else the folder's name."""
    for draft in drafts:
        recorded = draft.record.get("issue_id")
        if isinstance(recorded, str) and folder_name(recorded) == folder:
            return recorded, "checkpoint"
    if folder in known:
        return known[folder], "issues table"
    if report is not None and folder_name(report.issue) == folder:
        return report.issue, "policy report"
    return clean(folder), "folder"


def _judge_issue(
    drafts: list[_Draft],
    report: Report | None,
    issue: str,
    *,
    active: bool,
    before: Mapping[str, Turn],
) -> list[Turn]:
    """Turns of one issue; the report belongs to the last of them that can have caused it."""
    refused = _refused(drafts, report)
    turns: list[Turn] = []
    for draft in drafts:
        own = report if draft is refused else None
        mark = f"{draft.contents.mark}{'+' if active else ''}{own.at if own else ''}"
        known = before.get(str(draft.turn.path))
        if known is not None and known.mark == mark and known.ref.issue == issue:
            turns.append(known)
        else:
            turn = _turn(draft, issue, own, active=active)
            turns.append(replace(turn, mark=mark))
    return turns


def _refused(drafts: list[_Draft], report: Report | None) -> _Draft | None:
    if report is None:
        return None
    roles = {folder_name(role) for role in report.roles}
    fits = [d for d in drafts if not roles or folder_name(d.role) in roles]
    if report.at is not None:
        latest = report.at + _SLACK
        fits = [d for d in fits if d.captured is None or d.captured <= latest]
    return max(fits, key=lambda d: (d.index, d.written), default=None)


def _turn(draft: _Draft, issue: str, report: Report | None, *, active: bool) -> Turn:
    folder, contents, record = draft.turn.path, draft.contents, draft.record
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
            checkpoint=draft.checkpoint,
            response=response,
            calls=calls,
            parser_complaint="" if calls else _complaint(folder, contents),
            rationale=_rationale(folder, contents) if state_to == "blocked" else "",
            report=report,
            state_to=state_to,
            active=active,
        )
    )
    at, at_from = _time(draft, report)
    raw = read_json_artifact(folder, contents, "model_response_raw.json").value
    return Turn(
        ref=TurnRef(draft.session, issue, draft.index, draft.role),
        path=str(folder),
        shown=draft.shown,
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
        missing=tuple(name for name in WHOLE if name not in contents.files),
        note=_disagreement(draft, issue),
        report=report.path if report else "",
        mark="",
    )


def _presence(contents: Contents, name: str) -> Artifact:
    """Whether a file is there, unread: lists need no more."""
    return Artifact(name, Found.PRESENT if name in contents.files else Found.MISSING)


def _time(draft: _Draft, report: Report | None) -> tuple[datetime | None, str]:
    if draft.captured is not None:
        return draft.captured, "checkpoint"
    if report is not None and report.at is not None:
        return report.at, "policy report"
    return draft.written, "file time"


def _complaint(folder: Path, contents: Contents) -> str:
    """Why the parser found no tool call, from its diagnostics."""
    stages = read_json_artifact(folder, contents, "tool_parser_diagnostics.json").value
    for stage in stages if isinstance(stages, list) else []:
        if isinstance(stage, dict) and stage.get("stage") == _NO_PARSE:
            return _text(_get(stage.get("data"), "reason")).replace("_", " ")
    return ""


def _rationale(folder: Path, contents: Contents) -> str:
    decision = decision_in(read_text_artifact(folder, contents, "model_response.txt").value)
    return decision.rationale if decision else ""


def _instead(response: Artifact) -> str:
    return "no answer" if response.found is Found.MISSING else "no tool call"


def _disagreement(draft: _Draft, issue: str) -> str:
    """Where the checkpoint's ids are not those of its path."""
    record = draft.record
    told = (
        ("session", record.get("run_id"), draft.session),
        ("issue", record.get("issue_id"), issue),
        ("turn", record.get("turn_index"), draft.index),
        ("role", record.get("role"), draft.role_folder),
    )
    wrong = [
        f"{name} {clean(str(said))}"
        for name, said, path in told
        if said is not None and folder_name(str(said)) != folder_name(str(path))
    ]
    return f"its checkpoint says {', '.join(wrong)}" if wrong else ""


def _tokens(raw: object) -> int | None:
    total = _get(raw, "total_tokens")
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _get(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
