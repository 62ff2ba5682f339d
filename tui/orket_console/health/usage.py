"""Whether something has been in use here: what never was is unknown, what is gone is trouble."""

from __future__ import annotations

import os

from orket_console.base.events import Event, decode_event
from orket_console.base.files import UnreadableError
from orket_console.base.lines import last_lines
from orket_console.target.target import Target

_WINDOW = 1 << 18
_LINES = 200


def has_run(target: Target) -> bool:
    """Whether a run has left traces."""
    return any(_has_entries(str(root)) for root in target.layout.trace_roots)


def uses_webhooks(target: Target) -> bool:
    """Whether webhooks are set up or have come in: a secret, the database, or log lines."""
    secret = target.variable("GITEA_WEBHOOK_SECRET")
    if secret is not None and secret[0]:
        return True
    if os.path.lexists(target.layout.webhook_db):
        return True
    try:
        lines = last_lines(target.layout.server_log, _LINES, _WINDOW)
    except UnreadableError:
        return False
    events = (decode_event(line.raw) for line in lines)
    return any(isinstance(e, Event) and e.name.startswith(("webhook", "pr_")) for e in events)


def _has_entries(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.is_dir(follow_symlinks=False) for entry in entries)
    except OSError:
        return False
