"""Replay of one turn from its artifacts: the JSON that `main.py --replay-turn` prints.

It reads and nothing else; upstream's command also writes log lines. What upstream can
replay comes out with the same keys, order and values; keys that it answers with exit 0 and
`[FATAL]` are errors here that say what there is instead.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import Unreadable, UnreadableError, read_bytes
from orket_console.base.refs import TurnRef
from orket_console.base.text import clean
from orket_console.runs.artifact import list_files, read_json_artifact
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import Ledger
from orket_console.runs.resolve import no_session
from orket_console.runs.traces import (
    Folder,
    issue_folders,
    session_folders,
    split_turn,
    turn_folders,
)
from orket_console.target.target import Target

_CAP: Final = 64 << 20
_MOST_LISTED: Final = 8
_DEEPEST: Final = 200
_UNSURE: Final = (Unreadable.DENIED, Unreadable.TOO_LARGE, Unreadable.NOT_A_FILE, Unreadable.FAILED)


@dataclass(frozen=True, slots=True)
class Replay:
    """A turn's artifacts as upstream hands them out; `document` is not sanitised."""

    ref: TurnRef
    path: str
    document: dict[str, Any]


def replay_turn(target: Target, key: TurnRef) -> Replay:
    """Find a turn and read it.

    Raises `ConsoleError`: exit 2 for a key that fits several turns, exit 1 for one that
    fits none or whose artifacts are corrupt, exit 3 for artifacts that can't be read.
    """
    issue, turn = locate(target, key)
    index, role = split_turn(turn.name)
    folder = Path(turn.path)
    document: dict[str, Any] = {
        "turn_dir": turn.path,
        "checkpoint": _json(folder, "checkpoint.json"),
        "messages": _json(folder, "messages.json"),
        "model_response": _text(folder, "model_response.txt"),
        "parsed_tool_calls": _json(folder, "parsed_tool_calls.json"),
    }
    if target.identity.generation == "new":
        document = {"diagnostics_class": "artifact_observability_only", **document}
    return Replay(TurnRef(key.session, clean(issue.name), index, clean(role)), turn.path, document)


def locate(target: Target, key: TurnRef) -> tuple[Folder, Folder]:
    """The issue folder and turn folder of a key. Raises `ConsoleError` as `replay_turn`."""
    ledger = Ledger(target.runtime_db)
    folders = session_folders(target, key.session)
    if not folders:
        row = ledger.runs([key.session]).get(key.session)
        folders = session_folders(target, key.session, row.traces) if row else []
        if not folders:
            raise _no_traces(target, ledger, key.session)
    issues: list[Folder] = []
    problems: list[str] = []
    for folder in folders:
        listing = issue_folders(folder)
        issues += listing.folders
        problems += listing.problems
    issue = _the_issue(key, issues, problems)
    turns = turn_folders(issue.path)
    return issue, _the_turn(key, issue, turns.folders, turns.problems)


def _no_traces(target: Target, ledger: Ledger, session: str) -> ConsoleError:
    if not ledger.runs([session]) and not ledger.sessions([session]):
        return no_session(target, ledger, session)
    where = ", ".join(target.layout.shown(root) for root in target.layout.trace_roots)
    return ConsoleError(
        f"session {session} left no turns",
        where=where,
        remedy=f"`runs show {session}` tells what the ledger has of it",
        exit_code=ExitCode.WRONG,
    )


def _the_issue(key: TurnRef, issues: Sequence[Folder], problems: Sequence[str]) -> Folder:
    """By exact name, by the folder's spelling, without case, else by its checkpoints' id."""
    wanted = folder_name(key.issue)
    rules: tuple[Callable[[Folder], bool], ...] = (
        lambda folder: folder.name == key.issue,
        lambda folder: folder.name == wanted,
        lambda folder: folder.name.casefold() == wanted.casefold(),
        lambda folder: key.issue in _recorded_ids(folder),
    )
    for rule in rules:
        found = [folder for folder in issues if rule(folder)]
        if len(found) == 1:
            return found[0]
        if found:
            raise _several(key, [folder.path for folder in found])
    names = sorted({folder.name for folder in issues})
    close = difflib.get_close_matches(wanted, names, n=_MOST_LISTED, cutoff=0.6)
    raise _missing(f"no issue {key.issue!r} in session {key.session}", close or names, problems)


def _recorded_ids(folder: Folder) -> set[str]:
    ids: set[str] = set()
    for turn in turn_folders(folder.path).folders:
        value = read_json_artifact(turn.path, list_files(turn.path), "checkpoint.json").value
        if isinstance(value, dict) and isinstance(value.get("issue_id"), str):
            ids.add(value["issue_id"])
    return ids


def _the_turn(
    key: TurnRef, issue: Folder, turns: Sequence[Folder], problems: Sequence[str]
) -> Folder:
    """The turn of that index; of several, the one whose role is named, or ends so."""
    at_index = [turn for turn in turns if split_turn(turn.name)[0] == key.index]
    found = at_index
    if key.role:
        role = folder_name(key.role)
        found = [turn for turn in at_index if split_turn(turn.name)[1] == role]
        found = found or [turn for turn in at_index if turn.name.endswith(role)]
    if len(found) == 1:
        return found[0]
    if found:
        raise _several(key, [_key(key, issue, turn) for turn in found])
    role = f" of {key.role}" if key.role else ""
    there = [_key(key, issue, turn) for turn in at_index or turns]
    raise _missing(f"no turn {key.index}{role} in {key.session}:{issue.name}", there, problems)


def _key(key: TurnRef, issue: Folder, turn: Folder) -> str:
    index, role = split_turn(turn.name)
    return f"{key.session}:{issue.name}:{index}:{role}"


def _several(key: TurnRef, found: list[str]) -> ConsoleError:
    return ConsoleError(
        f"{key} fits {len(found)} turns",
        remedy=f"choose one of {_listed(found)}",
        exit_code=ExitCode.USAGE,
    )


def _missing(what: str, there: Sequence[str], problems: Sequence[str]) -> ConsoleError:
    remedy = f"there is {_listed(there)}" if there else "there is none at all"
    if problems:
        remedy += f"; {problems[0]}"
    return ConsoleError(clean(what), remedy=remedy, exit_code=ExitCode.WRONG)


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(clean(name) for name in sorted(names)[:_MOST_LISTED])
    return f"{some}, … ({len(names)} in all)" if len(names) > _MOST_LISTED else some


def _text(folder: Path, name: str) -> str | None:
    """A text file with its newlines as Python reads them; None where it is missing."""
    entry = list_files(folder).files.get(name)
    if entry is None:
        return None
    if entry.odd:
        raise _unreadable(folder / name, entry.odd, ExitCode.CANNOT_TELL)
    try:
        text = read_bytes(folder / name, _CAP).decode("utf-8")
    except UnreadableError as error:
        unsure = error.reason in _UNSURE
        code = ExitCode.CANNOT_TELL if unsure else ExitCode.WRONG
        raise _unreadable(folder / name, f"{error.reason} {error.detail}", code) from error
    except UnicodeDecodeError as error:
        raise _unreadable(folder / name, f"not UTF-8: {error}", ExitCode.WRONG) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _json(folder: Path, name: str) -> object:
    """A JSON file as Python's json reads it; None where it is missing."""
    text = _text(folder, name)
    if text is None:
        return None
    try:
        value: object = json.loads(text)
    except RecursionError as error:
        raise _unreadable(folder / name, "nested too deep", ExitCode.WRONG) from error
    except ValueError as error:
        raise _unreadable(folder / name, f"not JSON: {error}", ExitCode.WRONG) from error
    if _is_deeper(value, _DEEPEST):
        raise _unreadable(folder / name, "nested too deep", ExitCode.WRONG)
    return value


def _is_deeper(value: object, levels: int) -> bool:
    """Whether a JSON value is nested deeper than printing it could recurse."""
    level = [value]
    for _ in range(levels):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _unreadable(path: Path, reason: str, code: ExitCode) -> ConsoleError:
    return ConsoleError(
        f"{path.name} can't be replayed, {clean(reason).strip()}",
        where=clean(str(path)),
        remedy="`runs show` and the Runs tab show the turn's other parts",
        exit_code=code,
    )
