"""The trace folders `<observability>/<session>/<issue>/<NNN>_<role>/`, listed level by level.

Links are not followed below a trace root: Orket makes none, and one could lead anywhere.
"""

from __future__ import annotations

import heapq
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from orket_console.base.files import folder_at, is_inside
from orket_console.base.text import clean
from orket_console.runs.key import folder_name, is_safe_id
from orket_console.target.target import Target

_MOST: Final = 50_000
"""Entries of one folder that are looked at."""
_TURN: Final = re.compile(r"([0-9]{3,9})_(.+)", re.DOTALL)
NOT_ISSUES: Final = frozenset({"runtime_contracts"})
"""Siblings of the issues that are none."""
_LATEST: Final = 16
"""Turn folders that are looked into for the last sign of life."""
_COARSE: Final = 2_000_000_000


class Folder(msgspec.Struct, frozen=True):
    """A folder by its name as it is on disk; `modified` is its mtime, ns."""

    name: str
    path: str
    modified: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The folders in one folder, and in words what stood in the way."""

    folders: tuple[Folder, ...]
    problems: tuple[str, ...] = ()


def list_folders(folder: Path | str) -> Listing:
    """Sub-folders, in no order. A missing folder is an empty one; links are named, not taken."""
    found: list[Folder] = []
    problems: list[str] = []
    shown = clean(os.path.basename(folder))  # noqa: PTH119  of many folders, as text
    try:
        with os.scandir(folder) as entries:
            for seen, entry in enumerate(entries):
                if seen >= _MOST:
                    problems.append(f"{shown}: only {_MOST} entries were looked at")
                    break
                if entry.is_dir(follow_symlinks=False):
                    modified = entry.stat(follow_symlinks=False).st_mtime_ns
                    found.append(Folder(entry.name, f"{folder}{os.sep}{entry.name}", modified))
                elif entry.is_symlink():
                    problems.append(f"{shown}/{clean(entry.name)} is a link: not followed")
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
        return [path] if folder_at(path) and not path.is_symlink() else []
    except (OSError, ValueError):
        return []


def issue_folders(session_folder: Path | str) -> Listing:
    listing = list_folders(session_folder)
    kept = tuple(folder for folder in listing.folders if folder.name not in NOT_ISSUES)
    return Listing(kept, listing.problems)


def turn_folders(issue_folder: str) -> Listing:
    """Folders named `NNN_role`; others are named as problems."""
    listing = list_folders(issue_folder)
    turns: list[Folder] = []
    strange: list[str] = []
    for folder in listing.folders:
        if _TURN.fullmatch(folder.name):
            turns.append(folder)
        else:
            parent = os.path.basename(issue_folder)  # noqa: PTH119  as text
            strange.append(f"{clean(parent)}/{clean(folder.name)} is no turn folder")
    return Listing(tuple(turns), (*listing.problems, *strange))


def is_turn(name: str) -> bool:
    """Whether a folder's name is a turn's."""
    return _TURN.fullmatch(name) is not None


def split_turn(name: str) -> tuple[int, str]:
    """`022_lead_architect` as index and role. Raises ValueError for another name."""
    match = _TURN.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no turn folder")
    return int(match[1]), match[2]


def walk_turns(session_folder: Path | str) -> Iterator[tuple[Folder, Folder]]:
    """Each (issue, turn) folder pair of one session, without opening a file."""
    for issue in issue_folders(session_folder).folders:
        for turn in turn_folders(issue.path).folders:
            yield issue, turn


class Extent(msgspec.Struct, frozen=True):
    """How much a session left behind, counted by name.

    `folders` holds the mtime (ns) of each folder whose names were taken, by path: while none
    of them changes, nothing came or went. `taken` is when they were (`time.time_ns`).
    """

    issues: int = 0
    turns: int = 0
    folders: dict[str, int] = {}
    taken: int = 0


def measure(folders: Iterable[Path | str], before: Extent | None = None) -> Extent:
    """Issues and turns in a session's folders; `before` itself where nothing came or went."""
    if before is not None and before.folders and not _changed(before):
        return before
    issues: set[str] = set()
    turns, taken = 0, time.time_ns()
    known: dict[str, int] = {}
    for session_folder in folders:
        for issue in _names(str(session_folder), known):
            if issue not in NOT_ISSUES:
                issues.add(issue)
                names = _names(f"{session_folder}{os.sep}{issue}", known)
                turns += sum(_TURN.fullmatch(name) is not None for name in names)
    return Extent(len(issues), turns, known, taken)


def is_settled(modified: int, taken: int) -> bool:
    """Whether a folder's mtime would differ if something had come since it was `taken`.

    Clocks of file systems are coarse: what changed just then may change again unseen.
    """
    return modified < taken - _COARSE


def modified_of(folder: str) -> int:
    """A folder's mtime in ns; 0 where it is gone."""
    try:
        return os.stat(folder, follow_symlinks=False).st_mtime_ns  # noqa: PTH116  of many, as text
    except OSError:
        return 0


def _changed(extent: Extent) -> bool:
    return any(
        modified_of(folder) != modified or not is_settled(modified, extent.taken)
        for folder, modified in extent.folders.items()
    )


def _names(folder: str, known: dict[str, int]) -> list[str]:
    """Names of sub-folders, links left out; none where it can't be listed."""
    known[folder] = modified_of(folder)
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def last_write(folders: Iterable[Path | str]) -> float:
    """The newest mtime of the files in a session's turn folders, seconds; 0 for none.

    Files, not folders: a folder's mtime is that of a copy or a restore. Only the turns whose
    folders changed last are looked into.
    """
    turns = (turn for folder in folders for _, turn in walk_turns(folder))
    newest = heapq.nlargest(_LATEST, turns, key=lambda turn: (turn.modified, turn.name))
    return max((_newest_file(turn) for turn in newest), default=0) / 1e9


def _newest_file(turn: Folder) -> int:
    try:
        with os.scandir(turn.path) as entries:
            times = [entry.stat(follow_symlinks=False).st_mtime_ns for entry in entries]
    except OSError:
        times = []
    return max(times, default=turn.modified)
