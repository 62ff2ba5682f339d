"""Every turn there is by its folder's names, kept up to date by the folders' mtimes."""

from __future__ import annotations

import heapq
import os
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from orket_console.base.refs import TurnRef
from orket_console.base.text import clean
from orket_console.runs.traces import (
    NOT_ISSUES,
    is_settled,
    is_turn,
    modified_of,
    split_turn,
)
from orket_console.target.target import Target

_NO_NAMES: Final[tuple[str, ...]] = ()


class TurnChoice(msgspec.Struct, frozen=True):
    """A turn by its folders' names, and when its issue's folder last changed."""

    ref: TurnRef
    modified: datetime

    @property
    def key(self) -> str:
        """`34a2b001:iss-02-0:1:lead_architect`, which replay takes."""
        return str(self.ref)

    @property
    def label(self) -> str:
        return f"changed {self.modified:%Y-%m-%d %H:%M:%S} UTC"


class IssueTurns(msgspec.Struct, frozen=True):
    """The turn folders of one issue by their names as they are on disk, in no order."""

    session: str
    issue: str
    path: str
    names: tuple[str, ...]


class _Issue(msgspec.Struct):
    modified: int
    taken: int
    turns: tuple[str, ...]


class _Session(msgspec.Struct):
    modified: int
    taken: int
    issues: dict[str, _Issue]


class TurnIndex:
    """Three levels of scandir once; later only the folders whose own mtime changed.

    Holds names alone: some megabytes for a hundred thousand turns. No file is opened, links
    are not followed, and what can't be listed has no turns. Any thread may ask.
    """

    def __init__(self, target: Target) -> None:
        self._roots = [str(root) for root in target.layout.trace_roots]
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}

    def refresh(self) -> int:
        """Bring it up to date; how many turns there are."""
        with self._lock:
            fresh: dict[str, _Session] = {}
            for root in self._roots:
                for name in _folders(root):
                    path = f"{root}/{name}"
                    fresh[path] = _read_session(path, self._sessions.get(path))
            self._sessions = fresh
            issues = (issue for session in fresh.values() for issue in session.issues.values())
            return sum(len(issue.turns) for issue in issues)

    def issues(self) -> Iterator[IssueTurns]:
        """Every issue that has turns, in no order."""
        for path, session in list(self._sessions.items()):
            name = os.path.basename(path)  # noqa: PTH119  of many, as text
            for folder, issue in session.issues.items():
                if issue.turns:
                    yield IssueTurns(name, folder, f"{path}/{folder}", issue.turns)

    def newest(self, limit: int) -> list[TurnChoice]:
        """The `limit` turns whose sessions and issues changed last."""
        return [choice for choice, _ in zip(self._choices(), range(limit), strict=False)]

    def find(self, text: str, limit: int) -> list[TurnChoice]:
        """The newest `limit` turns whose key has every word of `text`; case does not matter."""
        words = text.casefold().replace(":", " ").split()
        found: list[TurnChoice] = []
        for choice in self._choices(words):
            found.append(choice)
            if len(found) >= limit:
                break
        return found

    def _choices(self, words: list[str] | None = None) -> Iterator[TurnChoice]:
        """Newest sessions first, in each the issues that changed last, in each the last turns."""
        sessions = sorted(self._sessions.items(), key=lambda item: item[1].modified, reverse=True)
        for path, session in sessions:
            name = os.path.basename(path)  # noqa: PTH119  of many, as text
            for folder, issue in heapq.nlargest(
                len(session.issues), session.issues.items(), key=lambda item: item[1].modified
            ):
                above = f"{name} {folder}".casefold()
                # A number in an issue's id is no turn's; in a session's it may be all of it.
                left = [
                    word
                    for word in words or ()
                    if word not in (name.casefold() if word.isdecimal() else above)
                ]
                at = datetime.fromtimestamp(issue.modified / 1e9, UTC)
                for turn in sorted(issue.turns, reverse=True):
                    if all(_fits(word, turn) for word in left):
                        index, role = split_turn(turn)
                        ref = TurnRef(clean(name), clean(folder), index, clean(role))
                        yield TurnChoice(ref, at)


def _fits(word: str, turn: str) -> bool:
    """A number is the turn's index, whole; another word lies anywhere in its folder's name."""
    if word.isdecimal():
        return int(word) == split_turn(turn)[0]
    return word in turn.casefold()


def _read_session(path: str, known: _Session | None) -> _Session:
    modified, taken = modified_of(path), time.time_ns()
    if known is not None and known.modified == modified and is_settled(modified, known.taken):
        names = list(known.issues)
        taken = known.taken
    else:
        names = [name for name in _folders(path) if name not in NOT_ISSUES]
    before = known.issues if known is not None else {}
    issues = {name: _read_issue(f"{path}/{name}", before.get(name)) for name in names}
    return _Session(modified, taken, issues)


def _read_issue(path: str, known: _Issue | None) -> _Issue:
    modified, taken = modified_of(path), time.time_ns()
    if known is not None and known.modified == modified and is_settled(modified, known.taken):
        return known
    # Turns of all runs share few names, so each is held once.
    turns = tuple([sys.intern(name) for name in _folders(path) if is_turn(name)])
    return _Issue(modified, taken, turns)


def _folders(path: str) -> list[str] | tuple[str, ...]:
    try:
        with os.scandir(path) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return _NO_NAMES
