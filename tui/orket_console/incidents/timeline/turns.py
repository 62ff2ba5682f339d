"""Turns in the order of time, the newest first, read one by one as they are asked for.

Source: the trace folders. The turns of an issue are numbered in the order of time, and a folder's
own time is never before its turn's. So of each issue only the last turn not yet told is looked
into, and that only when nothing later can come: of folders that were copied without their times,
one of each issue.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from orket_console.base.clock import Clock, parse_time
from orket_console.base.files import UnreadableError, read_bytes
from orket_console.base.text import clean, shorten
from orket_console.incidents.timeline.entry import WIDEST, Entry, Kind, Pause
from orket_console.runs.artifact import list_files
from orket_console.runs.index import IssueTurns, TurnIndex
from orket_console.runs.model import Turn, Verdict
from orket_console.runs.reports import NO_REPORTS, Report, Reports, read_reports
from orket_console.runs.sessions import is_at_work
from orket_console.runs.traces import list_folders, modified_of, split_turn
from orket_console.runs.turns import Place, read_head, read_turn
from orket_console.runs.words import turn_outcome
from orket_console.target.target import Target

_FAR: Final = 5_000
"""What is read before a pause: a checkpoint counts one, a whole turn five."""
_TURN: Final = 5
_SLACK: Final = timedelta(seconds=5)
_MAY_BE_AT_WORK: Final = frozenset({Verdict.UNFINISHED, Verdict.NO_PROGRESS})
"""What a turn looks like, too, while its run goes on."""
TurnKey = tuple[str, str, int]
"""A turn by its session, the folder of its issue, and its number."""


class _Stamp(msgspec.Struct):
    captured_at: str | None = None


_STAMP: Final = msgspec.json.Decoder(_Stamp)


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


class _Issue:
    """The turns of one issue that are not told yet.

    `at` is the time of the last of them, None while its checkpoint is not read.
    """

    __slots__ = ("_names", "_of", "at", "last")

    def __init__(self, of: IssueTurns) -> None:
        self._of = of
        # By their numbers, which have leading zeros up to the thousandth.
        self._names = sorted(of.names, key=lambda name: (name.find("_"), name))
        self.at: datetime | None = None
        self.last: _Folder | None = None
        self.step()

    def step(self) -> None:
        """Go to the turn before the last, if there is one."""
        self.at = None
        self.last = _folder(self._of, self._names.pop()) if self._names else None

    @property
    def bound(self) -> float:
        """No turn that is left is later; a timestamp."""
        if self.at is not None:
            return self.at.timestamp()
        return self.last.latest.timestamp() if self.last else 0.0


class Turns:
    """The turns of an installation by their index; what they say is read when it is asked for."""

    def __init__(self, target: Target, clock: Clock, index: TurnIndex | None = None) -> None:
        self._target = target
        self._clock = clock
        self._index = index or TurnIndex(target)
        self._reports: dict[str, Reports] = {}
        self._at_work: dict[str, bool] = {}

    def entries(self, until: datetime | None) -> Iterator[Entry | Pause]:
        """Newest first, from `until` back."""
        self._begin()
        issues = [_Issue(each) for each in self._index.issues()]
        heap = [(-issue.bound, place) for place, issue in enumerate(issues)]
        heapq.heapify(heap)
        spent = 0
        while heap:
            place = heap[0][1]
            issue = issues[place]
            folder = issue.last
            if folder is None:
                heapq.heappop(heap)
                continue
            if spent >= _FAR:
                spent = 0
                bound = datetime.fromtimestamp(issue.bound, UTC)
                yield Pause(bound if until is None else min(bound, until))
            if issue.at is None:
                issue.at = self._time(folder)
                spent += 1
            else:
                if until is None or issue.at <= until:
                    spent += _TURN
                    turn = self._read(folder)
                    if turn.at is not None and (until is None or turn.at <= until):
                        entry = _entry(turn, turn.at)
                        spent = spent if entry.quiet else 0
                        yield entry
                issue.step()
            heapq.heapreplace(heap, (-issue.bound, place))

    def concerned(
        self, since: datetime, until: datetime, named: Collection[TurnKey]
    ) -> Iterator[Turn]:
        """Turns of a span of time that failed, and those that are named, whenever they were.

        In no order. Of the others, what changed last before the span is not read.
        """
        self._begin()
        for folder in (_folder(each, name) for each in self._index.issues() for name in each.names):
            is_named = (folder.session, folder.issue, split_turn(folder.name)[0]) in named
            if folder.latest < since and not is_named:
                continue
            turn = self._read(folder)
            within = turn.at is not None and since <= turn.at <= until
            if is_named or (turn.failed and within):
                yield turn

    def of_runs(self, sessions: Collection[str]) -> Iterator[Turn]:
        """All turns of these runs, those that changed last first."""
        self._begin()
        issues = [each for each in self._index.issues() if each.session in sessions]
        folders = [_folder(each, name) for each in issues for name in each.names]
        folders.sort(key=lambda folder: folder.modified, reverse=True)
        yield from map(self._read, folders)

    def _begin(self) -> None:
        """Which runs are at work, and what refused their turns, is asked anew each time."""
        self._index.refresh()
        self._reports = {}
        self._at_work = {}

    def _time(self, folder: _Folder) -> datetime:
        """As its checkpoint says; else its folder's."""
        try:
            # This alone is read of very many: the whole of what it says is read with the turn.
            said = _STAMP.decode(read_bytes(f"{folder.path}/checkpoint.json")).captured_at
        except (UnreadableError, ValueError, RecursionError):
            said = None
        return parse_time(said) or datetime.fromtimestamp(folder.modified / 1e9, UTC)

    def _place(self, folder: _Folder) -> Place:
        index, role = split_turn(folder.name)
        shown = clean(self._target.layout.shown(Path(folder.path)))
        session = clean(folder.session)
        return Place(session, folder.path, shown, index, clean(role), folder.modified)

    def _read(self, folder: _Folder) -> Turn:
        place = self._place(folder)
        issue = read_head(place).issue or clean(folder.issue)
        report = self._report(Path(folder.path).parent.parent, place.session, folder.issue)
        contents = list_files(folder.path)
        turn = read_turn(place, contents, issue, report, active=False)
        if turn.verdict in _MAY_BE_AT_WORK and self._is_at_work(folder.session):
            return read_turn(place, contents, issue, report, active=True)
        return turn

    def _is_at_work(self, session: str) -> bool:
        if session not in self._at_work:
            self._at_work[session] = is_at_work(self._target, self._clock, session)
        return self._at_work[session]

    def _report(self, session_folder: Path, session: str, issue: str) -> Report | None:
        key = str(session_folder)
        if key not in self._reports:
            issues = {folder.name for folder in list_folders(session_folder).folders}
            self._reports = {key: read_reports(session_folder, session, issues, NO_REPORTS)}
        return self._reports[key].by_issue.get(issue)


def _folder(of: IssueTurns, name: str) -> _Folder:
    path = f"{of.path}/{name}"
    return _Folder(modified_of(path), of.session, of.issue, name, path)


def _entry(turn: Turn, at: datetime) -> Entry:
    said = f"{turn.ref.issue} #{turn.ref.index} {turn.ref.role} {turn_outcome(turn)}"
    what = shorten(f"{said} · {turn.asked}" if turn.asked else said, WIDEST)
    return Entry(at, Kind.TURN, turn.state, what, turn.ref, quiet=not turn.failed)
