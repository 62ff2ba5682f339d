"""What panes say to the app: a place to go to, a state to show in the header, an action to run,
what a look at everything saw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

from orket_console.base.refs import Ref
from orket_console.base.state import State

if TYPE_CHECKING:
    from orket_console.incidents.diagnosis.finding import Finding
    from orket_console.incidents.looking import Looked


class Jump(Message):
    """Go to the place of a session, turn, log line, pull request, probe or action."""

    def __init__(self, ref: Ref) -> None:
        super().__init__()
        self.ref = ref


class HealthSummary(Message):
    """The worst state and one line about it, for the header."""

    def __init__(self, state: State, line: str) -> None:
        super().__init__()
        self.state = state
        self.line = line


class RunAction(Message):
    """Run an action of the catalogue with these parameters, asking first where it writes."""

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None:
        super().__init__()
        self.name = name
        self.parameters = dict(parameters)


class Looks(Message):
    """A look at everything, for the open incidents."""

    def __init__(self, looked: Looked) -> None:
        super().__init__()
        self.looked = looked


class LookNow(Message):
    """Look at everything now, not only when the interval is over."""


class OpenIncident(Message):
    """Open an incident from a finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding


class AtMoment(Message):
    """Take Log, Runs and Webhooks to a moment."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at
