"""The webhook database: review cycles, and those of them that are stuck."""

from __future__ import annotations

from typing import Final

from orket_console.base.refs import PullRef, TableRef
from orket_console.base.sqlite import Caps, Database, read
from orket_console.health import schema
from orket_console.health.databases import Contents, Subject, examine
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.usage import uses_webhooks

CYCLE_LIMIT: Final = 4
"""Cycles after which Orket rejects a pull request by itself; one that is still active then
means that Gitea could not be told."""
_NEWEST: Final = 20_000
_SHOWN: Final = 50
_STUCK: Final = """
    SELECT row, pr_key, cycle_count
    FROM (
        SELECT rowid AS row, pr_key, cycle_count, status
        FROM pr_review_cycles ORDER BY rowid DESC LIMIT ?
    )
    WHERE cycle_count >= ? AND status = 'active' ORDER BY row LIMIT ?
"""
_CYCLES: Final = """
    SELECT count(*), coalesce(sum(status = 'active'), 0)
    FROM (SELECT status FROM pr_review_cycles ORDER BY rowid DESC LIMIT ?)
"""


async def probe_webhook_db(look: Look) -> Reading:
    """Source: `webhook.db`: schema, `_schema_migrations`, `pr_review_cycles`."""
    return await look.in_thread("webhook database", lambda: _examine(look))


def _examine(look: Look) -> Reading:
    target = look.target
    used = uses_webhooks(target)
    return examine(look, Subject(target.webhook_db, "webhook", schema.WEBHOOK, used, _cycles))


def _cycles(database: Database, caps: Caps) -> Contents:
    ((total, active),) = read(database, _CYCLES, (_NEWEST,), caps).rows
    stuck = read(database, _STUCK, (_NEWEST, CYCLE_LIMIT, _SHOWN + 1), caps).rows
    name = database.path.name
    line = f"pr_review_cycles: {total} in all, {active} active, {len(stuck)} stuck"
    if not stuck:
        plural = "" if total == 1 else "s"
        return Contents(
            seen=f"{total} review cycle{plural}, {active} active",
            details=(line,),
            evidence=(TableRef(name, "pr_review_cycles"),),
        )
    shown = stuck[:_SHOWN]
    count = f"{_SHOWN}+" if len(stuck) > _SHOWN else str(len(stuck))
    return Contents(
        seen=f"{count} cycle{'' if len(stuck) == 1 else 's'} past {CYCLE_LIMIT}, still active",
        details=(line, *(f"{row[1]}: cycle {row[2]} of {CYCLE_LIMIT}, active" for row in shown)),
        evidence=(
            TableRef(name, "pr_review_cycles", tuple(row[0] for row in shown)),
            *(PullRef(str(row[1])) for row in shown),
        ),
        word="stuck",
        remedy="their rejection never reached Gitea: is it up, and its password right?",
    )
