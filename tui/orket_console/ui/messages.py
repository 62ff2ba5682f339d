"""What panes say to the app: a place to go to, a state to show in the header, an action to run."""

from __future__ import annotations

from collections.abc import Mapping

from textual.message import Message

from orket_console.base.refs import Ref
from orket_console.base.state import State


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
