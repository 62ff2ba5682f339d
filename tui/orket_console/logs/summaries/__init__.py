"""What happened, in one line: a sentence per kind of event, a general form for the rest.

The wording never repeats time, role or event, which have columns of their own. All of it is
sanitised and bounded here, so that a record can be shown as it is.
"""

from __future__ import annotations

from typing import Final

from orket_console.base.events import Event
from orket_console.base.text import shorten
from orket_console.logs.summaries.general import general
from orket_console.logs.summaries.runs import RUNS
from orket_console.logs.summaries.sentences import Kind, say
from orket_console.logs.summaries.servers import SERVERS
from orket_console.logs.summaries.turns import TURNS
from orket_console.logs.summaries.values import FIELD

WIDEST: Final = 1000
"""Characters of a summary."""

KINDS: Final[dict[str, Kind]] = {**TURNS, **RUNS, **SERVERS}


def summary(event: Event) -> str:
    """One sanitised line, empty only for an event that says nothing beyond its name."""
    kind = KINDS.get(event.name)
    said = _said(kind, event) if kind is not None else ""
    return shorten(said or general(event) or event.session[:FIELD], WIDEST)


def _said(kind: Kind, event: Event) -> str:
    return say(kind, event) if isinstance(kind, tuple) else kind(event)
