"""All runs there are: ledger, sessions table, trace folders and logs as one list."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from orket_console.base.clock import Clock
from orket_console.base.text import clean
from orket_console.runs.key import folder_name
from orket_console.runs.ledger import Ledger
from orket_console.runs.look import Looks
from orket_console.runs.mentions import Mentions, Said
from orket_console.runs.merge import Found, recorded_run
from orket_console.runs.model import Run, RunPage
from orket_console.runs.traces import is_settled, modified_of, session_folders
from orket_console.target.target import Target

PAGE: Final = 100


class RunList:
    """The runs there are, newest first: a page by rows and folder names, looked at as asked.

    `page` costs a listing of the trace folders' roots and a page of the tables, and nothing
    where neither changed. `look` reads what lies behind some of its rows; a run at rest whose
    rows and folders did not change is not looked at again. Never raises for what it reads: a
    source that is missing, locked or corrupt is named in `problems`. Any thread may ask.
    """

    def __init__(self, target: Target, clock: Clock) -> None:
        self._target = target
        self._clock = clock
        self._lock = threading.Lock()
        self._mentions = Mentions(target.layout)
        self._said: dict[str, Said] = {}
        self._roots = _Roots(target)
        self._asked: object = None
        self._found: list[Found] = []
        self._more = False
        self._looks = Looks(target, clock)
        self._problems: tuple[str, ...] = ()

    def page(self, limit: int = PAGE, skip: int = 0) -> RunPage:
        """The newest `limit` runs after the first `skip`, those that were looked at as seen."""
        with self._lock:
            self._list(limit, skip)
            return self._page()

    def look(self, sessions: Iterable[str] | None = None) -> RunPage:
        """The page, with those of `sessions` (None: all of it) looked at.

        Reads the ends of the logs first: a session that only they name is in the next page.
        """
        with self._lock:
            self._said = self._mentions.read()
            wanted = None if sessions is None else set(sessions)
            chosen = [
                replace(found, said=self._said.get(found.session))
                for found in self._found
                if wanted is None or clean(found.session) in wanted
            ]
            ledger = Ledger(self._target.runtime_db)
            self._looks.look(ledger, chosen)
            self._looks.keep({found.session for found in self._found})
            self._problems = tuple(dict.fromkeys((*self._problems, *ledger.problems)))
            return self._page()

    def _page(self) -> RunPage:
        runs = [
            self._looks.run(found)
            or recorded_run(replace(found, said=self._said.get(found.session)))
            for found in self._found
        ]
        return RunPage(tuple(runs), self._more, (*self._problems, *self._roots.problems))

    def _list(self, limit: int, skip: int) -> None:
        ledger = Ledger(self._target.runtime_db)
        names = self._roots.read()
        mark, now = ledger.mark(), time.time_ns()
        asked = (limit, skip, mark, names, len(self._said))
        if asked == self._asked and all(is_settled(one[2], now) for one in mark):
            return
        most = skip + limit + 1
        with ledger.held():
            runs, rows = ledger.newest_rows(most)
            known = ledger.ids()
        sessions = dict.fromkeys([*runs, *rows])
        found = [Found(session, runs.get(session), rows.get(session)) for session in sessions]
        orphans = _unknown(names, known)
        found += [Found(name, None, None, modified=self._roots.modified(name)) for name in orphans]
        only = _unknown(self._said, known | names)
        found += [Found(session, None, None, self._said[session]) for session in only]
        found.sort(key=lambda one: one.order, reverse=True)
        self._found, self._more = found[skip : skip + limit], len(found) > skip + limit
        self._problems = tuple(ledger.problems)
        self._asked = asked


def list_runs(target: Target, clock: Clock, limit: int = PAGE, skip: int = 0) -> RunPage:
    """A page of runs with everything that is known of each."""
    runs = RunList(target, clock)
    runs.look(())
    runs.page(limit, skip)
    return runs.look()


class RunRow:
    """One session's row by its exact id, read again at the cost of what changed."""

    def __init__(self, target: Target, clock: Clock, session: str) -> None:
        self._target = target
        self._session = session
        self._looks = Looks(target, clock)
        self._mentions = Mentions(target.layout)

    def read(self, ledger: Ledger) -> Run | None:
        """The run as it is now; None where no source knows it."""
        found = _rows(ledger, [self._session])[0]
        if not found.recorded or found.runs:
            found = replace(found, said=self._mentions.read().get(self._session))
        if found.said is None and not found.recorded:
            folders = session_folders(self._target, self._session)
            if not folders:
                return None
        self._looks.look(ledger, [found])
        return self._looks.run(found)


def is_at_work(target: Target, clock: Clock, session: str) -> bool:
    """Whether a session is recorded as running and has shown life lately, as in the list."""
    ledger = Ledger(target.runtime_db)
    # Of one that is not, which most are, nothing more is read.
    if not _rows(ledger, [session])[0].runs:
        return False
    run = RunRow(target, clock, session).read(ledger)
    return run is not None and run.active


def _rows(ledger: Ledger, sessions: Sequence[str]) -> list[Found]:
    runs, rows = ledger.plain_runs(sessions), ledger.sessions(sessions)
    return [Found(session, runs.get(session), rows.get(session)) for session in sessions]


def _unknown(names: Iterable[str], known: frozenset[str]) -> list[str]:
    """Those of `names` that are no known session, nor the folder of one."""
    rest = [name for name in names if name not in known and clean(name) not in known]
    if not rest:
        return rest
    folders = {folder_name(session) for session in known}
    return [name for name in rest if folder_name(name) not in folders]


class _Roots:
    """The session folders' names under both trace roots, listed again when a root changed."""

    def __init__(self, target: Target) -> None:
        self._roots = [str(root) for root in target.layout.trace_roots]
        self._listed: dict[str, tuple[int, int, dict[str, str]]] = {}
        self.problems: tuple[str, ...] = ()

    def read(self) -> frozenset[str]:
        problems: list[str] = []
        for root in self._roots:
            modified, taken = modified_of(root), time.time_ns()
            known = self._listed.get(root)
            if known is None or known[0] != modified or not is_settled(modified, known[1]):
                self._listed[root] = (modified, taken, _session_names(root, problems))
                self.problems = tuple(problems)
        return frozenset().union(*(names for _, _, names in self._listed.values()))

    def modified(self, name: str) -> int:
        """When a session's folder changed last, in ns."""
        paths = [names[name] for _, _, names in self._listed.values() if name in names]
        return max(map(modified_of, paths), default=0)


def _session_names(root: str, problems: list[str]) -> dict[str, str]:
    """Session folders by name; a missing root has none, links are named and not taken."""
    found: dict[str, str] = {}
    shown = clean(os.path.basename(root))  # noqa: PTH119  as text
    try:
        with os.scandir(root) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found[entry.name] = entry.path
                elif entry.is_symlink():
                    problems.append(f"{shown}/{clean(entry.name)} is a link: not followed")
    except FileNotFoundError:
        return found
    except OSError as error:
        problems.append(f"{clean(root)}: {error.strerror or error}")
    return found
