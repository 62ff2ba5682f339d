"""The turn folders of one session, listed by name and judged one by one as they are asked for.

What is listed costs a name and a stat a turn; what is judged stays judged until a file of it
changes. Folders' mtimes tell what came: an issue is listed again only when its own changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import structs

from orket_console.base.text import clean
from orket_console.runs.artifact import list_files
from orket_console.runs.key import folder_name
from orket_console.runs.model import Turn, Verdict
from orket_console.runs.reports import NO_REPORTS, Report, Reports, read_reports
from orket_console.runs.traces import (
    Folder,
    is_settled,
    issue_folders,
    modified_of,
    split_turn,
    turn_folders,
)
from orket_console.runs.turns import Place, mark_of, pending_turn, read_head, read_turn

_SLACK: Final = timedelta(seconds=2)
_FEW_TRIED: Final = 3
"""Checkpoints that are read for an issue's true id where the issues table has one, too."""
_MOST_TRIED: Final = 100
_UNSETTLED: Final = frozenset(
    {Verdict.RUNNING, Verdict.UNFINISHED, Verdict.UNREADABLE, Verdict.NO_PROGRESS}
)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
Key = tuple[datetime, int, str, str]


@dataclass(slots=True)
class Leaf:
    """A turn folder and what is known of it so far.

    `key` is its place in the order of time. `checkpoint` is the mtime of its checkpoint
    when it was judged, `taken` when that was (both ns).
    """

    place: Place
    turn: Turn
    key: Key
    checkpoint: int = 0
    taken: int = 0


@dataclass(slots=True)
class IssueFolder:
    """An issue's folder: its turns by path; `issue` is its true id, as far as that is known.

    `modified` and `taken` are its mtime when it was listed, and when that was (both ns).
    """

    name: str
    path: str
    issue: str
    id_from: str
    leaves: dict[str, Leaf] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    report: Report | None = None
    refused: Leaf | None = None
    modified: int = 0
    taken: int = 0


class Outline:
    """The turns of one session of the installation at `root`."""

    def __init__(self, root: Path, session: str) -> None:
        self._root = str(root)
        self._session = session
        self._reports: dict[Path, Reports] = {}
        self._strange: tuple[str, ...] = ()
        self._looked_at = 0
        self.issues: dict[str, IssueFolder] = {}
        self.leaves: list[Leaf] = []
        """In order of time."""
        self.watched: dict[str, Leaf] = {}
        """Turns by path that are looked into at every look: what they wait for may come."""
        self.pending: dict[str, Leaf] = {}
        """Turns by path that are not judged yet."""
        self.changes = 0
        """Goes up when a turn comes, goes or is another than before."""

    @property
    def problems(self) -> tuple[str, ...]:
        found = [*self._strange]
        for issue in self.issues.values():
            found += issue.problems
        for reports in self._reports.values():
            found += reports.problems
        return tuple(dict.fromkeys(found))

    def take(self, folders: Iterable[Path], known: Mapping[str, str]) -> None:
        """Take in what came to the session's trace `folders`, and drop what went.

        `known` gives issues' true ids by folder name from elsewhere.
        """
        present: set[str] = set()
        strange: list[str] = []
        changed = False
        for session_folder in folders:
            listing = issue_folders(session_folder)
            strange += listing.problems
            reports = self._read_reports(session_folder, listing.folders)
            for folder in listing.folders:
                present.add(folder.path)
                changed |= self._list_issue(folder, known, reports)
        self._strange = tuple(strange)
        for path in [path for path in self.issues if path not in present]:
            del self.issues[path]
            changed = True
        if changed:
            self.leaves = [leaf for i in self.issues.values() for leaf in i.leaves.values()]
            paths = {leaf.place.path for leaf in self.leaves}
            self.watched = {path: leaf for path, leaf in self.watched.items() if path in paths}
            self.pending = {path: leaf for path, leaf in self.pending.items() if path in paths}
            self.changes += 1
            self.sort()

    def leaf(self, path: str) -> Leaf | None:
        """The turn of that path, where there is one."""
        issue = self.issues.get(_parent(path))
        return issue.leaves.get(path) if issue is not None else None

    def sort(self) -> None:
        """By capture time where it is known, else by file time; ties by index."""
        self.leaves.sort(key=_key)

    def judge(self, leaf: Leaf, *, active: bool) -> bool:
        """Read a turn, if a file of it changed; whether it is another than before."""
        path = leaf.place.path
        issue = self.issues[_parent(path)]
        leaf.taken, modified = time.time_ns(), modified_of(path)
        if modified != leaf.place.modified:
            leaf.place = structs.replace(leaf.place, modified=modified)
        contents = list_files(path)
        checkpoint = contents.files.get("checkpoint.json")
        leaf.checkpoint = checkpoint.modified if checkpoint else 0
        report = issue.report if leaf is issue.refused else None
        mark = mark_of(contents, report, active=active)
        if leaf.turn.judged and leaf.turn.mark == mark and leaf.turn.ref.issue == issue.issue:
            self._watch(leaf)
            return False
        leaf.turn = read_turn(leaf.place, contents, issue.issue, report, active=active)
        leaf.key = _key_of(leaf.turn)
        self.pending.pop(path, None)
        self.changes += 1
        self._watch(leaf)
        return True

    def _watch(self, leaf: Leaf) -> None:
        path, newest = leaf.place.path, max(leaf.place.modified, leaf.checkpoint)
        if leaf.turn.verdict in _UNSETTLED or not is_settled(newest, leaf.taken):
            self.watched[path] = leaf
        else:
            self.watched.pop(path, None)

    def has_changed(self, leaf: Leaf) -> bool:
        """Whether the folder of a judged turn or its checkpoint was written since: two stats."""
        path = leaf.place.path
        if modified_of(path) != leaf.place.modified:
            return True
        return modified_of(f"{path}/checkpoint.json") != leaf.checkpoint

    def some(self, count: int) -> list[Leaf]:
        """The next `count` turns in turn, so that each is looked at again some time."""
        start = self._looked_at if self._looked_at < len(self.leaves) else 0
        self._looked_at = start + count
        return self.leaves[start : start + count]

    def _read_reports(self, session_folder: Path, issues: Iterable[Folder]) -> Reports:
        names = frozenset(folder.name for folder in issues)
        before = self._reports.get(session_folder, NO_REPORTS)
        reports = read_reports(session_folder, self._session, names, before)
        self._reports[session_folder] = reports
        return reports

    def _list_issue(self, folder: Folder, known: Mapping[str, str], reports: Reports) -> bool:
        """Whether turns of this issue came or went."""
        issue = self.issues.get(folder.path)
        report = reports.by_issue.get(folder.name)
        if issue is None:
            likely = known.get(folder.name, clean(folder.name))
            issue = IssueFolder(folder.name, folder.path, likely, "folder")
            self.issues[folder.path] = issue
        changed = issue.modified != folder.modified or not is_settled(issue.modified, issue.taken)
        if changed:
            issue.modified, issue.taken = folder.modified, time.time_ns()
            changed = self._list_turns(issue)
        if changed or issue.report != report or issue.id_from == "folder":
            issue.report = report
            self._name(issue, known)
            before = issue.refused
            issue.refused = _caused(issue, report) if report else None
            # Their verdicts go by the report.
            for leaf in filter(None, (before, issue.refused)):
                self.watched[leaf.place.path] = leaf
        return changed

    def _list_turns(self, issue: IssueFolder) -> bool:
        found = turn_folders(issue.path)
        issue.problems = found.problems
        shown = clean(_shown(issue.path, self._root))
        leaves = {turn.path: self._leaf(issue, turn, shown) for turn in found.folders}
        changed = leaves.keys() != issue.leaves.keys()
        issue.leaves = leaves
        return changed

    def _leaf(self, issue: IssueFolder, folder: Folder, shown: str) -> Leaf:
        known = issue.leaves.get(folder.path)
        if known is not None:
            return known
        index, role = split_turn(folder.name)
        where = f"{shown}/{clean(folder.name)}"
        place = Place(self._session, folder.path, where, index, clean(role), folder.modified)
        turn = pending_turn(place, issue.issue)
        leaf = self.pending[folder.path] = Leaf(place, turn, _key_of(turn))
        return leaf

    def _name(self, issue: IssueFolder, known: Mapping[str, str]) -> None:
        """The true id as a checkpoint records it; else as others do; else the folder's name."""
        if issue.id_from != "checkpoint":
            issue.issue, issue.id_from = _true_id(issue, known)
        for path, leaf in issue.leaves.items():
            if leaf.turn.ref.issue == issue.issue:
                continue
            if leaf.turn.judged:
                self.watched[path] = leaf
            else:
                leaf.turn = pending_turn(leaf.place, issue.issue)
                leaf.key = _key_of(leaf.turn)
                self.changes += 1


def _true_id(issue: IssueFolder, known: Mapping[str, str]) -> tuple[str, str]:
    newest = sorted(issue.leaves.values(), key=lambda leaf: leaf.place.index, reverse=True)
    most = _MOST_TRIED if issue.name not in known else _FEW_TRIED
    for leaf in newest[-_FEW_TRIED:] + newest[:most]:
        recorded = read_head(leaf.place).issue
        if recorded and folder_name(recorded) == issue.name:
            return recorded, "checkpoint"
    if issue.name in known:
        return known[issue.name], "issues table"
    if issue.report is not None and folder_name(issue.report.issue) == issue.name:
        return issue.report.issue, "policy report"
    return clean(issue.name), "folder"


def _caused(issue: IssueFolder, report: Report) -> Leaf | None:
    roles = {folder_name(role) for role in report.roles}
    leaves = sorted(issue.leaves.values(), key=lambda leaf: (leaf.place.index, leaf.place.modified))
    for leaf in reversed(leaves):
        head = read_head(leaf.place)
        if roles and folder_name(head.role) not in roles:
            continue
        if report.at is None or head.captured is None or head.captured <= report.at + _SLACK:
            return leaf
    return None


def _key(leaf: Leaf) -> Key:
    return leaf.key


def _key_of(turn: Turn) -> Key:
    return (turn.at or _LAST, turn.ref.index, turn.ref.issue, turn.path)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _shown(path: str, root: str) -> str:
    return path[len(root) + 1 :] if path.startswith(f"{root}/") else path
