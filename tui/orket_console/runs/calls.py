"""A turn's tool calls with their results.

Sources in a turn folder: `tool_calls` of `checkpoint.json` (else `parsed_tool_calls.json`),
`tool_result_<tool>_<hash>.json`, and on the new version `operations/<hash>.json`, which
names the arguments that each result belongs to.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from typing import Any, Final

import msgspec

from orket_console.base.text import shorten
from orket_console.runs.artifact import Artifact, Contents, list_files, read_json_artifact
from orket_console.runs.key import folder_name

_RESULT: Final = re.compile(r"tool_result_(.+)_([0-9a-f]{6,64})\.json", re.DOTALL)
_STATUS: Final = "update_issue_status"
_MOST_RESULTS: Final = 200
_TELLING: Final = ("path", "status", "command", "query", "issue_id", "comment", "name")
"""Arguments that tell a call apart, most telling first."""


class Call(msgspec.Struct, frozen=True):
    """One tool call. `outcome` is `ok`, `failed`, `no result` or `unreadable result`.

    `error` is the tool's own where it failed. `file` is the result's file, empty for none.
    """

    tool: str
    args: Any
    outcome: str
    error: str
    result: Any
    file: str

    @property
    def label(self) -> str:
        """The call in short: `write_file agent_output/x.txt`."""
        return f"{self.tool} {telling(self.args)}".strip()


def telling(args: object) -> str:
    """The one argument that tells most, on one line."""
    if not isinstance(args, dict):
        return ""
    for name in _TELLING:
        value = args.get(name)
        if isinstance(value, str | int | float) and value != "":
            return shorten(str(value), 60)
    return ""


def asked(calls: tuple[Call, ...]) -> str:
    """The call that mattered, the last change of status if any, and how many others."""
    if not calls:
        return ""
    changes = [call for call in calls if call.tool == _STATUS]
    main = changes[-1] if changes else calls[-1]
    others = len(calls) - 1
    return f"{main.label}{f' +{others}' if others else ''}"


def read_calls(
    folder: str, contents: Contents, recorded: object
) -> tuple[tuple[Call, ...], tuple[Artifact, ...]]:
    """`recorded` tool calls joined to the results in `folder`; and the results left over."""
    results = _results(folder, contents)
    operations = _operations(folder, contents)
    calls: list[Call] = []
    used: set[str] = set()
    for item in recorded if isinstance(recorded, list) else []:
        tool = item.get("tool") if isinstance(item, dict) else None
        args = item.get("args") if isinstance(item, dict) else None
        name = tool if isinstance(tool, str) else shorten(json.dumps(item), 60)
        artifact = _own(results, name, args, used)
        if artifact is not None:
            used.add(artifact.name)
        calls.append(_call(name, args, artifact, operations))
    rest = [a for artifacts in results.values() for a in artifacts if a.name not in used]
    return tuple(calls), tuple(rest)


def _results(folder: str, contents: Contents) -> dict[str, list[Artifact]]:
    """Result files by the tool in their name, oldest first."""
    named = [
        (match[1], entry)
        for entry in contents.files.values()
        if (match := _RESULT.fullmatch(entry.name))
    ]
    named.sort(key=lambda pair: (pair[1].modified, pair[1].name))
    results: defaultdict[str, list[Artifact]] = defaultdict(list)
    for tool, entry in named[:_MOST_RESULTS]:
        results[tool].append(read_json_artifact(folder, contents, entry.name))
    return results


def _operations(folder: str, contents: Contents) -> list[dict[str, Any]]:
    entry = contents.files.get("operations")
    if entry is None or entry.odd != "a folder":
        return []
    inner = list_files(f"{folder}/operations")
    read = (
        read_json_artifact(f"{folder}/operations", inner, name)
        for name in sorted(inner.files)[:_MOST_RESULTS]
        if name.endswith(".json")
    )
    return [artifact.value for artifact in read if isinstance(artifact.value, dict)]


def _own(
    results: dict[str, list[Artifact]], tool: str, args: object, used: set[str]
) -> Artifact | None:
    """The result of one call: by the hash of its arguments, else the next of its tool."""
    candidates = results.get(folder_name(tool), [])
    if len(candidates) > 1:
        digest = _digest(tool, args)
        for artifact in candidates:
            if artifact.name.endswith(f"_{digest}.json"):
                return artifact
    for artifact in candidates:
        if artifact.name not in used:
            return artifact
    # Two calls that are alike share one result file.
    return candidates[-1] if len(candidates) == 1 else None


def _digest(tool: str, args: object) -> str:
    """The old version's name for a call: 12 hex digits of SHA-256 of its sorted JSON."""
    text = json.dumps({"args": args, "tool": tool}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _call(
    tool: str, args: object, artifact: Artifact | None, operations: list[dict[str, Any]]
) -> Call:
    for operation in operations:
        if operation.get("tool") == tool and operation.get("args") == args:
            file = artifact.name if artifact else "operations/"
            return _judged(tool, args, operation.get("result"), file)
    if artifact is None:
        return Call(tool, args, "no result", "", None, "")
    if not artifact.there:
        return Call(tool, args, "unreadable result", artifact.problem, None, artifact.name)
    return _judged(tool, args, artifact.value, artifact.name)


def _judged(tool: str, args: object, result: object, file: str) -> Call:
    ok = result.get("ok") if isinstance(result, dict) else None
    error = result.get("error") if isinstance(result, dict) else None
    if ok is True:
        return Call(tool, args, "ok", "", result, file)
    reason = shorten(str(error), 300) if error else "the result does not say `ok`"
    return Call(tool, args, "failed", reason, result, file)
