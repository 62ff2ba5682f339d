"""What a console that watches does with each look: remember what it saw, close what it proves,
and say what came back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.ledger.capture import seen_in
from orket_console.incidents.ledger.clocks import set_back
from orket_console.incidents.ledger.incidents import incidents
from orket_console.incidents.ledger.model import Incident, RecoveryPass, Turn
from orket_console.incidents.ledger.passes import passes
from orket_console.incidents.ledger.signatures import record_look, signatures
from orket_console.incidents.ledger.store import Store, open_ledger
from orket_console.incidents.looking import Looked
from orket_console.incidents.operator import operator
from orket_console.incidents.recovery import guide
from orket_console.incidents.recovery.guide import Standing
from orket_console.incidents.recovery.returning import came_back, note_return, repeats
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Open:
    """An open incident: its last pass, how that stands if it is under way, and the turn in
    which its failure came back after the last clean one."""

    incident: Incident
    of: RecoveryPass | None
    stands: Standing | None
    came_back: Turn | None

    @property
    def word(self) -> str:
        """`INC-3 pass 1`, for the header."""
        if self.of is None:
            return self.incident.name
        return f"{self.incident.name} pass {self.of.number}{' clean' if self.of.clean else ''}"


@dataclass(frozen=True, slots=True)
class Followed:
    """The open incidents, the one that was opened last first; `notice` says what the operator
    should know of the ledger, `read_only` why nothing is written to it."""

    open: tuple[Open, ...]
    notice: str = ""
    read_only: str = ""


class Follower:
    """Keeps the ledger open for one console; each function reads or writes: from a thread."""

    def __init__(self, target: Target, clock: Clock) -> None:
        self.target, self._clock = target, clock
        self._store: Store | None = None
        self._notice = ""
        self._set_back = False

    def store(self) -> Store:
        """The ledger, made where there is none. In a console that is read-only it is read, and
        neither made nor mended. Raises `ConsoleError`."""
        target = self.target
        if target.read_only:
            if not self.has_ledger:
                raise ConsoleError("there is no ledger of incidents yet")
            return Store(target.state.ledger, target.redactor(), target.read_only_why)
        if self._store is None or not self._store.path.exists():
            self._store = open_ledger(target, self._clock)
            self._notice = self._store.notice or self._notice
        # A secret may have been changed since.
        return replace(self._store, redactor=target.redactor())

    @property
    def has_ledger(self) -> bool:
        """Whether anything was ever remembered."""
        return self.target.state.ledger.exists()

    def known(self) -> Followed:
        """What is open, by the ledger alone. Raises `ConsoleError`."""
        if not self.has_ledger:
            return Followed((), self._take_notice(), self._read_only())
        store = self._opened()
        found = [_open(store, one, None) for one in _still_open(store)]
        return Followed(tuple(found), self._take_notice(), store.read_only)

    def follow(self, looked: Looked) -> Followed:
        """What a look changes of what is open. Raises `ConsoleError`."""
        seen = seen_in(looked.diagnosis)
        if self._read_only() or not (seen or self.has_ledger):
            return self.known()
        store = self._opened()
        if store.read_only:
            return self.known()
        now = self._clock.now()
        self._note_clock(set_back(store, now))
        if seen or any(one.present for one in signatures(store)):
            record_look(store, seen, now)
        for repeat in repeats(store, looked):
            note_return(store, repeat, now, operator())
        found = [
            _open(store, one, self._advanced(store, one, looked)) for one in _still_open(store)
        ]
        return Followed(tuple(found), self._take_notice())

    def _opened(self) -> Store:
        try:
            store = self.store()
            with store.reading():
                return store
        except ConsoleError:
            # Looked at anew by the next: what is damaged is moved aside then, and said.
            self._store = None
            raise

    def _advanced(self, store: Store, one: Incident, looked: Looked) -> Standing | None:
        try:
            return guide.advance(store, self.target, one, looked, self._clock, operator())
        except ConsoleError as error:
            if error.exit_code is not ExitCode.USAGE:
                raise
            # Another console closed the same step just now: what is left is ours to see.
            return guide.advance(store, self.target, one, looked, self._clock, operator())

    def _note_clock(self, said: str) -> None:
        """Once, not at each look until it has caught up."""
        if said and not self._set_back:
            self._notice = self._notice or said
        self._set_back = bool(said)

    def _read_only(self) -> str:
        return self.target.read_only_why

    def _take_notice(self) -> str:
        notice, self._notice = self._notice, ""
        return notice


def _open(store: Store, one: Incident, stands: Standing | None) -> Open:
    found = passes(store, one.id)
    return Open(one, found[-1] if found else None, stands, came_back(store, one))


def _still_open(store: Store) -> list[Incident]:
    return [one for one in incidents(store) if one.closed is None]
