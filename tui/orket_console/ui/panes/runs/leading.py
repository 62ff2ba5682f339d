"""Where a run or a turn leads: to its log, to upstream's replay, to the clipboard, to a file."""

from __future__ import annotations

from orket_console.base.refs import LogFilterRef
from orket_console.logs.filter import term
from orket_console.runs.model import Turn
from orket_console.ui import copying
from orket_console.ui.messages import RunAction
from orket_console.ui.panes.pane import Pane
from orket_console.ui.widgets.turn_panel import TurnPanel


def log_of(session: str, turn: Turn | None = None) -> LogFilterRef:
    """The log, narrowed to the session, and to a turn of it."""
    words = [term("session", session)]
    if turn is not None:
        words += [term("issue", turn.ref.issue), term("turn", str(turn.ref.index))]
    return LogFilterRef(" ".join(words))


def upstream_replay(turn: Turn) -> RunAction:
    """Upstream's own replay command, which asks first: it writes lines in the run log."""
    return RunAction("replay-turn", {"key": str(turn.ref)})


def copy(pane: Pane, text: str, name: str = "run.txt") -> None:
    """Put `text` on the clipboard without its secrets; one too long for it into a file."""
    copying.copy(pane, name, lambda: text)


def copy_part(pane: Pane) -> None:
    """The part of a turn that is shown, or whatever else is."""
    taken = pane.query_one(TurnPanel).taken()
    if taken is None:
        pane.tell("nothing to copy yet")
    else:
        copying.copy(pane, *taken)


def write_part(pane: Pane) -> None:
    """The same into a file of the operator's own."""
    taken = pane.query_one(TurnPanel).taken()
    if taken is None:
        pane.tell("nothing to write yet")
    else:
        copying.write_out(pane, *taken)
