"""What the audit trail tells of actions: before the start, after the end, and what was refused.

Each goes to `<state>/audit.jsonl`, its secrets as dots.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orket_console.actions.origin import origin_of
from orket_console.actions.records import Record
from orket_console.actions.trail import append
from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError
from orket_console.base.text import one_line, shorten

if TYPE_CHECKING:
    from orket_console.target.target import Target

_LONGEST: Final = 500


def record_start(path: Path, record: Record, confirmation: str) -> None:
    """Before an action starts. Raises `OSError`: then it must not."""
    append(
        path,
        {
            "kind": "started",
            "at": stamp(record.started),
            "id": record.id,
            "action": record.action,
            "effect": record.effect,
            "confirmation": confirmation,
            "user": record.origin.user,
            "host": record.origin.host,
            "ssh": record.origin.ssh,
            "console": record.origin.console,
            "argv": record.argv,
            "cwd": record.cwd,
            "environment": record.environment,
            "backups": record.backups,
        },
    )


def record_end(path: Path, record: Record, digests: Mapping[str, str]) -> None:
    """After an action ended; `digests` are the SHA-256 of its kept output. Raises `OSError`."""
    append(
        path,
        {
            "kind": "ended",
            "at": stamp(record.ended) if record.ended else "",
            "id": record.id,
            "action": record.action,
            "verdict": record.word,
            "evidence": record.evidence,
            "exit_status": record.exit_status,
            "seconds": record.seconds,
            "survivors": record.survivors,
            "digests": dict(digests),
        },
    )


def record_acceptance(target: Target, file: str, digest: str, how: str, at: datetime) -> None:
    """A settings file of the installation whose commands may be run. Raises `ConsoleError`."""
    origin = origin_of(target.environment)
    fields: dict[str, object] = {
        "kind": "accepted",
        "at": stamp(at),
        "action": "accept",
        "file": _told(file),
        "sha256": digest,
        "confirmation": how,
        "user": origin.user,
        "host": origin.host,
        "ssh": origin.ssh,
        "console": origin.console,
    }
    try:
        append(target.state.audit, fields)
    except OSError as error:
        raise ConsoleError(
            f"{file} is not accepted: the audit trail can't be written: {error.strerror}",
            where=str(target.state.audit),
            remedy="make room, or see that it is a file which you may write",
        ) from error


def record_refusal(
    target: Target, action: str, given: Mapping[str, str], reason: str, at: datetime
) -> None:
    """An action that was asked for and not started, as far as that can be recorded.

    Nothing was done, so a trail that can't be written changes nothing: it says so itself when
    something is to be started.
    """
    redact = target.redactor().redact
    origin = origin_of(target.environment)
    fields: dict[str, object] = {
        "kind": "refused",
        "at": stamp(at),
        "action": _told(redact(action)),
        "parameters": {_told(redact(k)): _told(redact(v)) for k, v in given.items()},
        "reason": _told(redact(reason)),
        "user": origin.user,
        "host": origin.host,
        "ssh": origin.ssh,
        "console": origin.console,
    }
    with contextlib.suppress(OSError):
        append(target.state.audit, fields)


def _told(text: str) -> str:
    return shorten(one_line(text), _LONGEST)
