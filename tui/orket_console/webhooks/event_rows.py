"""Rows of `webhook_events` as deliveries, should the table ever fill."""

from __future__ import annotations

from typing import Any, Final

from orket_console.base.clock import parse_time
from orket_console.base.decoding import decode_json
from orket_console.base.refs import TableRef
from orket_console.base.text import one_line, shorten
from orket_console.webhooks.model import EVENTS_TABLE, Delivery, Outcome
from orket_console.webhooks.tables import LONGEST, Table, text
from orket_console.webhooks.wording import pr_key

EVENTS: Final = Table(EVENTS_TABLE, ("event_type", "pr_key", "created_at"), ("payload", "result"))
# The `status` that the handlers of both versions answer with.
_RESULTS: Final = {
    "success": Outcome.ACCEPTED,
    "skipped": Outcome.ACCEPTED,
    "degraded": Outcome.ACCEPTED,
    "changes_requested": Outcome.COUNTED,
    "escalated": Outcome.COUNTED,
    "rejected": Outcome.COUNTED,
    "ignored": Outcome.IGNORED,
    "duplicate": Outcome.IGNORED,
    "error": Outcome.ERROR,
}


def read_event(record: dict[str, Any], database: str) -> Delivery:
    """A row, whatever its columns hold."""
    outcome, status, why = _outcome(text(record["result"]))
    payload = text(record["payload"])
    notes: tuple[str, ...] = ()
    if len(payload) >= LONGEST:
        notes = (f"only the first {LONGEST} characters of the payload were read",)
    return Delivery(
        key=f"row:{record['row']}",
        at=parse_time(record["created_at"]),
        event=shorten(text(record["event_type"]), 80),
        pr_key=pr_key({"pr": text(record["pr_key"])}) or one_line(text(record["pr_key"])),
        outcome=outcome,
        status=status,
        why=shorten(why, 300),
        reason="",
        notes=notes,
        payload=payload,
        refs=(TableRef(database, EVENTS.name, (record["row"],)),),
    )


def _outcome(result: str) -> tuple[Outcome, int | None, str]:
    """`result` is text that nothing yet writes: a status word, an answer as JSON, or a number."""
    word, why = result.strip(), ""
    if word.startswith("{"):
        try:
            answer = decode_json(word.encode("utf-8", "replace"))
        except ValueError:
            return Outcome.UNKNOWN, None, result
        if isinstance(answer, dict):
            word, why = text(answer.get("status")), text(answer.get("message"))
    if word.isdecimal() and len(word) == 3:
        status = int(word)
        kinds = {2: Outcome.ACCEPTED, 4: Outcome.REFUSED, 5: Outcome.ERROR}
        return kinds.get(status // 100, Outcome.UNKNOWN), status, why or f"answered {status}"
    return _RESULTS.get(word.lower(), Outcome.UNKNOWN), None, why or word or "no result recorded"
