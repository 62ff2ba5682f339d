"""The trace folders `<observability>/<session>/<issue>/<NNN>_<role>/`, listed level by level.

Links are not followed below a trace root: Orket makes none, and one could lead anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.files import is_inside
from orket_console.base.text import clean
from orket_console.runs.key import folder_name, is_safe_id
from orket_console.target.target import Target

_MOST: Final = 50_000
"""Entries of one folder that are looked at."""
_TURN: Final = re.compile(r"([0-9]{3,9})_(.+)", re.DOTALL)
_NOT_ISSUES: Final = frozenset({"runtime_contracts"})


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder by its name as it is on disk; `modified` is its mtime, seconds."""

    name: str
    path: Path
    modified: float


@dataclass(frozen=True, slots=True)
class Listing:
    """The folders in one folder, and in words what stood in the way."""

    folders: tuple[Folder, ...]
    problems: tuple[str, ...] = ()


def list_folders(folder: Path) -> Listing:
    """Sub-folders, in no order. A missing folder is an empty one; links are named, not taken."""
    found: list[Folder] = []
    problems: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for seen, entry in enumerate(entries):
                if seen >= _MOST:
                    problems.append(f"{folder.name}: only {_MOST} entries were looked at")
                    break
                if entry.is_symlink():
                    problems.append(f"{folder.name}/{clean(entry.name)} is a link: not followed")
                elif entry.is_dir(follow_symlinks=False):
                    modified = entry.stat(follow_symlinks=False).st_mtime
                    found.append(Folder(entry.name, folder / entry.name, modified))
    except FileNotFoundError:
        return Listing(tuple(found), tuple(problems))
    except OSError as error:
        problems.append(f"{clean(str(folder))}: {error.strerror or error}")
    return Listing(tuple(found), tuple(problems))


def all_sessions(target: Target) -> Listing:
    """Every session folder of both trace roots: one scandir each."""
    found: dict[str, Folder] = {}
    problems: list[str] = []
    for root in target.layout.trace_roots:
        listing = list_folders(root)
        problems += listing.problems
        for folder in listing.folders:
            known = found.get(folder.name)
            if known is None or folder.modified > known.modified:
                found[folder.name] = folder
    return Listing(tuple(found.values()), tuple(problems))


def session_folders(target: Target, session: str, recorded: str = "") -> list[Path]:
    """Where a session's traces lie, none to many.

    `recorded` is `observability_root` of the ledger: it is taken where it lies in the
    installation, which it does not after a move; then the two usual roots are searched.
    """
    found: list[Path] = []
    if recorded and Path(recorded).is_absolute() and is_inside(Path(recorded), target.path):
        found += _real_folder(Path(recorded))
    if is_safe_id(session):
        for root in target.layout.trace_roots:
            for name in dict.fromkeys((session, folder_name(session))):
                found += _real_folder(root / name)
    return list(dict.fromkeys(found))


def _real_folder(path: Path) -> list[Path]:
    try:
        return [path] if path.is_dir() and not path.is_symlink() else []
    except (OSError, ValueError):
        return []


def issue_folders(session_folder: Path) -> Listing:
    listing = list_folders(session_folder)
    kept = tuple(folder for folder in listing.folders if folder.name not in _NOT_ISSUES)
    return Listing(kept, listing.problems)


def turn_folders(issue_folder: Path) -> Listing:
    """Folders named `NNN_role`; others are named as problems."""
    listing = list_folders(issue_folder)
    turns = tuple(folder for folder in listing.folders if _TURN.fullmatch(folder.name))
    strange = [
        f"{clean(issue_folder.name)}/{clean(folder.name)} is no turn folder"
        for folder in listing.folders
        if not _TURN.fullmatch(folder.name)
    ]
    return Listing(turns, (*listing.problems, *strange))


def split_turn(name: str) -> tuple[int, str]:
    """`022_lead_architect` as index and role. Raises ValueError for another name."""
    match = _TURN.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no turn folder")
    return int(match[1]), match[2]


def walk_turns(session_folder: Path) -> Iterator[tuple[Folder, Folder]]:
    """Each (issue, turn) folder pair of one session, without opening a file."""
    for issue in issue_folders(session_folder).folders:
        for turn in turn_folders(issue.path).folders:
            yield issue, turn


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a session left behind."""

    issues: int
    turns: int


def measure(folders: list[Path]) -> Extent:
    """Issues and turns in a session's folders, counted by name: nothing is looked at twice."""
    issues: set[str] = set()
    turns = 0
    for session_folder in folders:
        for issue in _names(str(session_folder)):
            if issue not in _NOT_ISSUES:
                issues.add(issue)
                names = _names(f"{session_folder}{os.sep}{issue}")
                turns += sum(_TURN.fullmatch(name) is not None for name in names)
    return Extent(len(issues), turns)


def _names(folder: str) -> list[str]:
    """Names of sub-folders, links left out; none where it can't be listed."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def last_write(folders: list[Path]) -> float:
    """The newest mtime of the files in a session's turn folders, seconds; 0 for none.

    Files, not folders: a folder's mtime is that of a copy or a restore.
    """
    return max(
        (
            _newest_file(turn)
            for session_folder in folders
            for _, turn in walk_turns(session_folder)
        ),
        default=0.0,
    )


def _newest_file(turn: Folder) -> float:
    try:
        with os.scandir(turn.path) as entries:
            times = [entry.stat(follow_symlinks=False).st_mtime for entry in entries]
    except OSError:
        times = []
    return max(times, default=turn.modified)
