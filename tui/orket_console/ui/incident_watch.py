"""The open incidents, whatever tab is in view: what each look changes of them, and what is told."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from orket_console.base.errors import ConsoleError
from orket_console.base.refs import IncidentRef
from orket_console.ui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from orket_console.incidents.diagnosis.finding import Finding
    from orket_console.incidents.following import Followed, Follower
    from orket_console.incidents.looking import Looked
    from orket_console.ui.app import ConsoleApp

_ALL: Final = sys.maxsize
"""After the last step."""


class IncidentWatch:
    """`looked` is the last look at everything, `followed` what is open by it; both None before
    the first. `problem` says why the ledger can't be used, empty where it can."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._follower: Follower | None = None
        self._turn = asyncio.Lock()
        self._waits = False
        self._came_back: set[tuple[int, object]] = set()
        self._at: dict[int, int] = {}
        """The step that came next at the last look, by pass."""
        self.looked: Looked | None = None
        self.followed: Followed | None = None
        self.problem = ""

    def follower(self) -> Follower:
        """From a thread: it brings modules along that the first paint can do without."""
        if self._follower is None:
            from orket_console.incidents.following import Follower

            self._follower = Follower(self._app.context.target, self._app.context.clock)
        return self._follower

    def look(self, looked: Looked) -> None:
        """Let a look count; of several that wait for the ledger only the last one."""
        self.looked = looked
        if not self._waits:
            self._waits = True
            self._start(self._follow)

    def refresh(self) -> None:
        """Read what is open again, after something was written."""
        self._start(lambda: self.follower().known())

    def open_from(self, finding: Finding) -> None:
        """Open an incident from a finding, or lead to the one that is open for it."""
        looked = self.looked
        for one in self.followed.open if self.followed else ():
            if one.incident.signature == finding.signature:
                self._app.call_later(self._app.go, IncidentRef(one.incident.id))
                return
        if looked is None:
            self._app.notify("looking …: open it when the first look is over", severity="warning")
            return
        self._open(lambda: _opened(self.follower(), looked, finding))

    def open_by_hand(self, title: str) -> None:
        """Open one that the operator knows of."""
        looked = self.looked
        if looked is None:
            self._app.notify("looking …: open it when the first look is over", severity="warning")
            return
        self._open(lambda: _opened_by_hand(self.follower(), looked, title))

    def _open(self, make: Callable[[], int]) -> None:
        async def run() -> None:
            try:
                number = await asyncio.to_thread(make)
            except ConsoleError as error:
                self._app.notify(str(error), severity="warning", timeout=8)
                return
            self._app.notify(f"INC-{number} opened: b begins its recovery pass")
            self.refresh()
            await self._app.go(IncidentRef(number))

        self._app.run_worker(run(), group="incident-open", exit_on_error=False)

    def _follow(self) -> Followed:
        self._waits = False
        looked = self.looked
        return self.follower().known() if looked is None else self.follower().follow(looked)

    def _start(self, read: Callable[[], Followed]) -> None:
        async def run() -> None:
            async with self._turn:
                try:
                    followed = await asyncio.to_thread(read)
                except ConsoleError as error:
                    self._fail(str(error))
                    return
            self._take(followed)

        self._app.run_worker(run(), group="incidents", exit_on_error=False)

    def _fail(self, problem: str) -> None:
        """Told once, not at each look; the looks themselves go on without the ledger."""
        if problem != self.problem:
            self._app.notify(problem, severity="warning", timeout=8)
        self.problem = problem
        self._app.incidents_changed()

    def _tell_progress(self, followed: Followed) -> None:
        """Where to go on when a step was closed by what is done in another tab."""
        for one in followed.open:
            if one.stands is None:
                continue
            following = one.stands.next
            before = self._at.get(one.stands.of.id)
            self._at[one.stands.of.id] = now = following.position if following else _ALL
            if before is None or now <= before or self._app.current == "Incident":
                continue
            on = f"6 goes on with step {now}, {following.title}" if following else "6, then v"
            self._app.notify(f"{one.incident.name}: {on}", markup=False, timeout=8)

    def _take(self, followed: Followed) -> None:
        self.problem, self.followed = "", followed
        self._tell_progress(followed)
        if followed.notice:
            self._app.notify(followed.notice, severity="warning", timeout=15)
        back = [one for one in followed.open if one.came_back is not None]
        for one in back:
            assert one.came_back is not None  # noqa: S101  as chosen above
            key = (one.incident.id, one.came_back.at)
            if key not in self._came_back:
                self._came_back.add(key)
                self._app.notify(
                    f"REPEAT: {one.incident.name} came back after a clean pass: the runbook asks "
                    "for an escalation (6, then E)",
                    severity="error",
                    timeout=15,
                )
        line = self._app.query_one(StatusLine)
        first = (*back, *followed.open)[:1]
        word = first[0].incident.name if back else first[0].word if first else ""
        line.show_incident(word, came_back=bool(back))
        self._app.incidents_changed()


def _opened(follower: Follower, looked: Looked, finding: Finding) -> int:
    from orket_console.incidents.ledger.capture import opening_from
    from orket_console.incidents.ledger.incidents import open_incident
    from orket_console.incidents.operator import operator

    target, store = follower.target, follower.store()
    opening = opening_from(finding, target, looked.done, looked.diagnosis, operator())
    return open_incident(store, opening).id


def _opened_by_hand(follower: Follower, looked: Looked, title: str) -> int:
    from orket_console.incidents.ledger.capture import opening_by_hand
    from orket_console.incidents.ledger.incidents import open_incident
    from orket_console.incidents.operator import operator

    target, store = follower.target, follower.store()
    opening = opening_by_hand(title, target, looked.done, looked.diagnosis, operator())
    return open_incident(store, opening).id
