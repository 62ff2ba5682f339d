"""Policy violation reports: what a guard or a policy refused.

Source: `<workspace>/agent_output/policy_violation_<ISSUE>.json`, one file an issue, written
over by the next; so a report counts only for the session that it names.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container
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
    """Reports of one session by their issue's folder name.

    `read` holds each file that was read, by its mtime (ns) and size, with what was in it: None
    for a report that names another session.
    """

    by_issue: dict[str, Report]
    problems: tuple[str, ...]
    read: dict[str, tuple[int, int, Report | None]]


NO_REPORTS: Final = Reports({}, (), {})


def read_reports(
    session_folder: Path, session: str, issues: Container[str], before: Reports = NO_REPORTS
) -> Reports:
    """The reports of a session's issues (given by folder name), beside its trace root.

    A file that is as it was `before` is not read again.
    """
    folder = str(session_folder.parent.parent / "agent_output")
    found: dict[str, Report] = {}
    read: dict[str, tuple[int, int, Report | None]] = {}
    listed = _list_reports(folder, issues)
    problems = [f"agent_output: {listed.problem}"] if listed.problem else []
    for name, entry in listed.files.items():
        known = before.read.get(name)
        if known is not None and known[:2] == (entry.modified, entry.size):
            report = known[2]
        else:
            artifact = read_json_artifact(folder, listed, name, _CAP)
            if not isinstance(artifact.value, dict):
                problems.append(artifact.problem or f"{artifact.name}: not an object")
                continue
            ours = artifact.value.get("session_id") == session
            report = _report(folder, entry, artifact) if ours else None
        read[name] = (entry.modified, entry.size, report)
        if report is not None:
            found[folder_name(_issue_in(name))] = report
    return Reports(found, tuple(problems), read)


def _list_reports(folder: str, issues: Container[str]) -> Contents:
    """Report files of `issues`; the folder holds whatever the runs wrote, which is passed over."""
    files: dict[str, FileEntry] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                issue = _issue_in(entry.name)
                if issue and folder_name(issue) in issues:
                    info = entry.stat(follow_symlinks=False)
                    odd = "" if stat.S_ISREG(info.st_mode) else "not a regular file"
                    files[entry.name] = FileEntry(entry.name, info.st_size, info.st_mtime_ns, odd)
    except (FileNotFoundError, NotADirectoryError):
        return Contents(files)
    except OSError as error:
        return Contents(files, f"can't be listed: {error.strerror or error}")
    return Contents(files)


def _issue_in(name: str) -> str:
    """The issue that a report's file name tells; empty for another file."""
    match = _NAME.fullmatch(name)
    return match[1] if match else ""


def read_report(path: str) -> Report | None:
    """One report by its path; None for what can't be read any more."""
    file = Path(path)
    contents = list_files(file.parent)
    artifact = read_json_artifact(file.parent, contents, file.name, _CAP)
    if not isinstance(artifact.value, dict):
        return None
    return _report(str(file.parent), contents.files[file.name], artifact)


def _report(folder: str, entry: FileEntry, artifact: Artifact) -> Report:
    value = artifact.value
    roles = value.get("active_roles")
    return Report(
        path=f"{folder}/{entry.name}",
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
