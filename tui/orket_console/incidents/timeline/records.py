"""Log records that matter: errors, warnings, and the events that tell how a run or a server fares.

Source: all logs, merged, read from their ends or from a moment found by halving.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.files import UnreadableError
from orket_console.base.severity import Severity
from orket_console.base.text import shorten
from orket_console.incidents.timeline.entry import WIDEST, Entry, Kind, Pause
from orket_console.logs.history import View, open_view, read_back
from orket_console.logs.order import NEVER
from orket_console.logs.records import Marker, Record
from orket_console.logs.seek import Place, views_at
from orket_console.logs.sources import Source, find_sources
from orket_console.target.target import Target

WORTH: Final = frozenset(
    {
        "api_auth_rejected",
        "api_security_posture",
        "clear_logs_skipped",
        "dependency_block_propagated",
        "guard_rejected",
        "guard_terminal_failure",
        "logging_subscriber_failed",
        "orchestrator_stalled",
        "policy_violation_report_saved",
        "pr_escalated",
        "pr_merge_failed",
        "pr_merged",
        "pr_rejected",
        "sandbox_deploy_failed",
        "session_end",
        "session_halted",
        "session_start",
        "session_terminal_failure",
        "tool_call_blocked",
        "tool_call_exception",
        "turn_failed",
        "turn_non_progress",
        "webhook_security_warning",
    }
)
"""Events worth knowing whatever their level; turns and deliveries have rows of their own."""
_SLICE: Final = 2_000
_FAR: Final = 20_000
"""Records that are looked through before a pause."""


def log_entries(
    target: Target, clock: Clock, until: datetime | None, without: frozenset[str]
) -> Iterator[Entry | Pause]:
    """Newest first, from `until` back. A log that can't be read has none.

    Events of `without` are left out: what they tell stands in the timeline by other rows.
    """
    sources = find_sources(target.layout).chosen
    views = _views(sources, until)
    history = read_back(views, clock.now())
    scanned = 0
    try:
        while not history.ended:
            for placed in history.take(_SLICE):
                scanned += 1
                if placed.key == NEVER or (until is not None and placed.key > until):
                    continue
                item = placed.item
                if isinstance(item, Marker) or _matters(item, without):
                    scanned = 0
                    yield _entry(item, placed.key)
                elif scanned >= _FAR:
                    scanned = 0
                    yield Pause(placed.key)
    finally:
        history.close()


def _matters(record: Record, without: frozenset[str]) -> bool:
    event = record.head.event
    return event not in without and (record.severity >= Severity.WARN or event in WORTH)


def _views(sources: tuple[Source, ...], until: datetime | None) -> list[View]:
    if until is not None:
        return views_at(sources, Place(None, until, behind=False))
    views: list[View] = []
    for source in sources:
        try:
            views.append(open_view(source))
        except UnreadableError:
            # What can't be read is told by the log's probe, and by the Log tab.
            continue
    return views


def _entry(item: Record | Marker, at: datetime) -> Entry:
    if isinstance(item, Marker):
        what = item.sentence(f"{at:%H:%M:%S}")
        return Entry(at, Kind.LOG, Severity.WARN.state, what)
    what = f"{item.event}: {item.what}" if item.event and not item.head.malformed else item.what
    return Entry(at, Kind.LOG, item.severity.state, shorten(what, WIDEST), item.ref)
