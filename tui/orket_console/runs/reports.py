"""Policy violation reports: what a guard or a policy refused.

Source: `<workspace>/agent_output/policy_violation_<ISSUE>.json`, one file an issue, written
over by the next; so a report counts only for the session that it names.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from orket_console.base.clock import parse_time
from orket_console.base.text import clean
from orket_console.runs.artifact import (
    Artifact,
    Contents,
    FileEntry,
    list_files,
    read_json_artifact,
)
from orket_console.runs.key import folder_name

_NAME: Final = re.compile(r"policy_violation_(.+)\.json", re.DOTALL)
_LISTED: Final = re.compile(r"^Governance violations: \[(.*)\]$", re.DOTALL)
_QUOTED: Final = re.compile(r"""(['"])(.*?)\1(?=, ['"]|$)""", re.DOTALL)
_CAP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Report:
    """One report that names the session asked for. `path` is absolute."""

    path: str
    name: str
    issue: str
    at: datetime | None
    kind: str
    detail: str
    remedy: str
    roles: tuple[str, ...]
    value: Any

    @property
    def reason(self) -> str:
        """`detail` without the words that every report repeats."""
        listed = _LISTED.match(self.detail.strip())
        texts = [match[2] for match in _QUOTED.finditer(listed[1])] if listed else [self.detail]
        return "; ".join(text.removeprefix("Governance Violation: ").strip() for text in texts)


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of one session by their issue's folder name."""

    by_issue: dict[str, Report]
    problems: tuple[str, ...]


def read_reports(session_folder: Path, session: str, issues: frozenset[str]) -> Reports:
    """The reports of a session's issues (given by folder name), beside its trace root."""
    folder = session_folder.parent.parent / "agent_output"
    contents = Contents({})
    if os.path.isdir(folder):  # noqa: PTH112  a str path raises nothing here
        contents = list_files(folder)
    found: dict[str, Report] = {}
    problems = [f"agent_output: {contents.problem}"] if contents.problem else []
    for entry in contents.files.values():
        match = _NAME.fullmatch(entry.name)
        if match is None or folder_name(match[1]) not in issues:
            continue
        artifact = read_json_artifact(folder, contents, entry.name, _CAP)
        if not artifact.there or not isinstance(artifact.value, dict):
            problems.append(artifact.problem or f"{artifact.name}: not an object")
        elif artifact.value.get("session_id") == session:
            found[folder_name(match[1])] = _report(folder, entry, artifact)
    return Reports(found, tuple(problems))


def read_report(path: str) -> Report | None:
    """One report by its path; None for what can't be read any more."""
    file = Path(path)
    contents = list_files(file.parent)
    artifact = read_json_artifact(file.parent, contents, file.name, _CAP)
    if not isinstance(artifact.value, dict):
        return None
    return _report(file.parent, contents.files[file.name], artifact)


def _report(folder: Path, entry: FileEntry, artifact: Artifact) -> Report:
    value = artifact.value
    roles = value.get("active_roles")
    return Report(
        path=str(folder / entry.name),
        name=artifact.name,
        issue=_text(value.get("card_id")),
        at=parse_time(value.get("timestamp")),
        kind=_text(value.get("violation_type")),
        detail=_text(value.get("detail")),
        remedy=_text(value.get("remedy_suggestion")),
        roles=tuple(role for role in roles if isinstance(role, str))
        if isinstance(roles, list)
        else (),
        value=value,
    )


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""
