"""An action that lost its supervisor and was stopped by an operator: its end put on record."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from orket_console.actions.audit import record_end
from orket_console.actions.origin import origin_of
from orket_console.actions.records import Record, close_folder, folder_of, load
from orket_console.actions.streams import NAMES
from orket_console.base.files import UnreadableError, open_regular
from orket_console.target.target import Target

_AT_ONCE: Final = 1 << 20


def concluded(target: Target, record_id: str, at: datetime) -> Record:
    """The record of what was interrupted, with who stopped what was left of it.

    How long it took and how it would have ended nobody saw. What can't be written is noted.
    """
    left = load(target, record_id)
    folder = folder_of(target, record_id)
    who = origin_of(target.environment).who
    record = msgspec.structs.replace(
        left, ended=at, evidence=f"{left.evidence}; what was left of it was stopped by {who}"
    )
    try:
        record_end(target.state.audit, record, _digests(folder))
        close_folder(folder, record)
    except OSError as error:
        note = f"its end is not on record: {error.strerror}"
        return msgspec.structs.replace(record, notes=[*record.notes, note])
    return record


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 in hex of what was kept of each stream."""
    found: dict[str, str] = {}
    for name in NAMES.values():
        with contextlib.suppress(UnreadableError, OSError), open_regular(folder / name) as file:
            digest = hashlib.sha256()
            while part := file.read(_AT_ONCE):
                digest.update(part)
            found[name] = digest.hexdigest()
    return found
