"""Where a run or a turn leads: to its log, to the clipboard."""

from __future__ import annotations

from typing import Final

from orket_console.base.refs import LogFilterRef
from orket_console.logs.filter import term
from orket_console.runs.model import Turn
from orket_console.ui.panes.pane import Pane

_MOST_COPIED: Final = 100_000
"""Bytes that go to the clipboard: terminals drop longer OSC 52 sequences."""


def log_of(session: str, turn: Turn | None = None) -> LogFilterRef:
    """The log, narrowed to the session, and to a turn of it."""
    words = [term("session", session)]
    if turn is not None:
        words += [term("issue", turn.ref.issue), term("turn", str(turn.ref.index))]
    return LogFilterRef(" ".join(words))


def copy(pane: Pane, text: str) -> None:
    """Put `text` on the clipboard without its secrets, or tell why not."""
    redacted = pane.context.target.redactor().redact(text)
    length = len(redacted.encode("utf-8", "replace"))
    if not redacted:
        pane.tell("nothing to copy yet")
    elif length > _MOST_COPIED:
        pane.tell(f"not copied: {length} bytes, a terminal takes {_MOST_COPIED} at most")
    else:
        pane.app.copy_to_clipboard(redacted)
        pane.app.notify(f"copied {length} bytes", markup=False, timeout=2)
