"""One session that is open: listed at once, judged as it is asked, read again where it changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import islice

from orket_console.base.clock import Clock
from orket_console.base.text import clean
from orket_console.runs.issues import join_issues, own_rows
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import IssueRow, Ledger
from orket_console.runs.model import Run, RunDetail
from orket_console.runs.outline import Leaf, Outline
from orket_console.runs.resolve import no_session
from orket_console.runs.sessions import RunRow
from orket_console.runs.tally import tally_of
from orket_console.runs.traces import session_folders
from orket_console.target.target import Target

FIRST = 60
"""Turns that are judged at once; a run of so few is never seen half read."""
_LOOKED_AGAIN = 200
"""Settled turns that each refresh looks at in turn, by two stats each."""


class OpenedRun:
    """A session by its exact id, from the databases and its trace folders alone.

    Opening costs a name and a stat a turn, `judge` what is asked of it, `refresh` what
    changed. Its methods may be called from any thread; each answer is whole in itself.
    Raises `ConsoleError` (exit 1) for a session that no source knows.
    """

    def __init__(self, target: Target, clock: Clock, session: str) -> None:
        self._target = target
        self._clock = clock
        self._lock = threading.Lock()
        self.session = session
        self._row = RunRow(target, clock, session)
        self._known: RunDetail | None = None
        self._shown_changes = 0
        self._problems: tuple[str, ...] = ()
        self._rows: list[IssueRow] = []
        self._recorded = ""
        self._run = self._read_run()
        self._outline = Outline(target.path, session)
        self._list()
        self._judge_some(self._outline.leaves[:FIRST])

    @property
    def detail(self) -> RunDetail:
        """The run as far as it is read."""
        with self._lock:
            return self._detail()

    def judge(self, wanted: Iterable[str] = (), most: int | None = None) -> RunDetail:
        """Judge turns that are pending: `wanted` ones (by path) first, then in order of time.

        At most `most` of them; None for all.
        """
        with self._lock:
            pending = self._outline.pending
            chosen = {path: pending[path] for path in wanted if path in pending}
            for leaf in self._outline.leaves:
                if most is not None and len(chosen) >= most:
                    break
                if leaf.place.path in pending:
                    chosen[leaf.place.path] = leaf
            self._judge_some(list(chosen.values())[:most])
            return self._detail()

    def refresh(self, wanted: Iterable[str] = ()) -> RunDetail:
        """Read what changed: rows, folders that came or went, turns at work, `wanted` ones.

        Settled turns are looked at a few at a time, so that one that is written over in
        place is seen, too, some refreshes later.
        """
        with self._lock:
            self._run = self._read_run()
            self._list()
            outline = self._outline
            looked = [leaf for path in wanted if (leaf := outline.leaf(path)) is not None]
            looked += outline.watched.values()
            looked += [
                leaf
                for leaf in outline.some(_LOOKED_AGAIN)
                if leaf.turn.judged and outline.has_changed(leaf)
            ]
            if outline.pending:
                new = (leaf for leaf in outline.leaves if leaf.place.path in outline.pending)
                looked += islice(new, FIRST)
            self._judge_some(looked)
            return self._detail()

    def reread(self) -> RunDetail:
        """Look at every file of every turn, and read those turns of which one changed."""
        with self._lock:
            self._run = self._read_run()
            self._list()
            self._judge_some(list(self._outline.leaves))
            return self._detail()

    def _judge_some(self, leaves: Iterable[Leaf]) -> None:
        judge, active = self._outline.judge, self._run.active
        if sum([judge(leaf, active=active) for leaf in leaves]):
            self._outline.sort()

    def _read_run(self) -> Run:
        ledger = Ledger(self._target.runtime_db)
        with ledger.held():
            run = self._row.read(ledger)
            if run is None:
                raise no_session(self._target, ledger, self.session)
            row = ledger.runs([self.session]).get(self.session)
            self._recorded = row.traces if row else ""
            self._rows = own_rows(ledger.issues([self.session], [run.build]), run)
        self._problems = tuple(ledger.problems)
        return run

    def _list(self) -> None:
        self._folders = session_folders(self._target, self.session, self._recorded)
        known = {folder_name(row.issue): row.issue for row in self._rows}
        self._outline.take(self._folders, known)

    def _detail(self) -> RunDetail:
        outline, known = self._outline, self._known
        if known is None or outline.changes != self._shown_changes:
            self._shown_changes = outline.changes
            turns = tuple([leaf.turn for leaf in outline.leaves])
        else:
            turns = known.turns
        same = known is not None and (known.run, known.turns) == (self._run, turns)
        notes = []
        if self._recorded and not self._folders:
            notes.append(
                f"no traces in this installation; the ledger names {clean(self._recorded)}"
            )
        self._known = RunDetail(
            run=self._run,
            issues=join_issues(self._run, self._rows, outline.issues.values()),
            turns=turns,
            pending=len(outline.pending),
            tally=known.tally if known and same else tally_of(self._run, turns),
            notes=tuple(notes),
            problems=(*self._problems, *outline.problems),
        )
        return self._known


def open_run(target: Target, clock: Clock, session: str) -> RunDetail:
    """A session with all of its turns judged. Raises `ConsoleError` as `OpenedRun` does."""
    return OpenedRun(target, clock, session).judge()
