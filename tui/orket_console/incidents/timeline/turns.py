"""Turns in the order of time, the newest first, read one by one as they are asked for.

Source: the trace folders. A folder's own time is never before the turn's, so that of those not
read yet the newest folder bounds what may still come; what was copied without its times is read
until the order is known.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from orket_console.base.text import clean, shorten
from orket_console.incidents.timeline.entry import Entry, Kind, Pause
from orket_console.runs.artifact import list_files
from orket_console.runs.model import Turn
from orket_console.runs.reports import NO_REPORTS, Report, Reports, read_reports
from orket_console.runs.traces import list_folders, split_turn, walk_turns
from orket_console.runs.turns import Place, read_head, read_turn
from orket_console.runs.words import turn_outcome
from orket_console.target.target import Target

_FAR: Final = 500
"""Turns that are read before a pause."""
_SLACK: Final = timedelta(seconds=5)
_WIDEST: Final = 300
TurnKey = tuple[str, str, int]
"""A turn by its session, the folder of its issue, and its number."""


class _Folder(msgspec.Struct, frozen=True):
    """A turn's folder by its names; `modified` in ns."""

    modified: int
    session: str
    issue: str
    name: str
    path: str

    @property
    def latest(self) -> datetime:
        """No turn in it is later."""
        return datetime.fromtimestamp(self.modified / 1e9, UTC) + _SLACK


class Turns:
    """The turn folders there are, listed once; what they say is read when it is asked for."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._folders: list[_Folder] | None = None
        self._reports: dict[str, Reports] = {}

    def entries(self, until: datetime | None) -> Iterator[Entry | Pause]:
        """Newest first, from `until` back."""
        known: list[tuple[float, int, Turn]] = []
        since_last = 0
        for number, folder in enumerate(self._listed()):
            bound = folder.latest
            while known and -known[0][0] >= bound.timestamp():
                since_last = 0
                yield _entry(heapq.heappop(known)[2])
            if since_last >= _FAR:
                since_last = 0
                yield Pause(bound if until is None else min(bound, until))
            since_last += 1
            turn = self._read(folder, until)
            if turn is not None and turn.at is not None:
                heapq.heappush(known, (-turn.at.timestamp(), number, turn))
        while known:
            yield _entry(heapq.heappop(known)[2])

    def concerned(
        self, since: datetime, until: datetime, named: Collection[TurnKey]
    ) -> Iterator[Turn]:
        """Turns of a span of time that failed, and those that are named, whenever they were.

        In no order. Of the others, what changed last before the span is not read.
        """
        for folder in self._listed():
            is_named = (folder.session, folder.issue, split_turn(folder.name)[0]) in named
            if folder.latest < since and not is_named:
                continue
            turn = self._read(folder, None if is_named else until)
            if turn is None or turn.at is None:
                continue
            if is_named or (turn.failed and turn.at >= since):
                yield turn

    def _listed(self) -> Sequence[_Folder]:
        if self._folders is None:
            found = [
                _Folder(turn.modified, session.name, issue.name, turn.name, turn.path)
                for root in self._target.layout.trace_roots
                for session in list_folders(root).folders
                for issue, turn in walk_turns(session.path)
            ]
            found.sort(key=lambda folder: folder.modified, reverse=True)
            self._folders = found
        return self._folders

    def _read(self, folder: _Folder, until: datetime | None) -> Turn | None:
        """The turn; None for one later than `until`."""
        index, role = split_turn(folder.name)
        path = Path(folder.path)
        shown = clean(self._target.layout.shown(path))
        session = clean(folder.session)
        place = Place(session, folder.path, shown, index, clean(role), folder.modified)
        head = read_head(place)
        if until is not None and head.captured is not None and head.captured > until:
            return None
        issue = head.issue or clean(folder.issue)
        report = self._report(path.parent.parent, session, folder.issue)
        turn = read_turn(place, list_files(folder.path), issue, report, active=False)
        return None if until is not None and turn.at and turn.at > until else turn

    def _report(self, session_folder: Path, session: str, issue: str) -> Report | None:
        key = str(session_folder)
        if key not in self._reports:
            issues = {folder.name for folder in list_folders(session_folder).folders}
            self._reports = {key: read_reports(session_folder, session, issues, NO_REPORTS)}
        return self._reports[key].by_issue.get(issue)


def _entry(turn: Turn) -> Entry:
    at = turn.at
    if at is None:
        raise ValueError("a turn without a time has no place")
    said = f"{turn.ref.issue} #{turn.ref.index} {turn.ref.role} {turn_outcome(turn)}"
    what = shorten(f"{said} · {turn.asked}" if turn.asked else said, _WIDEST)
    return Entry(at, Kind.TURN, turn.state, what, turn.ref, quiet=not turn.failed)
