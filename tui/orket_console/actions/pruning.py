"""Old copies of the databases, taken away by a stated rule, and said on record.

Kept are the copies of the newest `backups.keep` runs, as long as they have `backups.megabytes`
together; whatever their number and size those of the newest run of each action, since it is
these that a record refers to as what undoes it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from orket_console.actions.copies import backed_up_by, copies_of
from orket_console.actions.records import Record, folder_of, save
from orket_console.base.clock import size
from orket_console.target.target import Target

_MEGABYTE = 1_000_000


def prune(target: Target) -> list[str]:
    """Take away what the rule does not keep; what is to be noted about it.

    The records that lose their copies say so from then on.
    """
    try:
        gone = list(_outside(target))
    except OSError as error:
        return [f"old copies could not be looked at: {error.strerror}"]
    notes: list[str] = []
    freed = 0
    for record, length in gone:
        try:
            for path in copies_of(target, record.id):
                path.unlink()
            note = f"its copies of the databases were removed later: {_rule(target)}"
            kept = msgspec.structs.replace(record, backups=[], notes=[*record.notes, note])
            save(folder_of(target, record.id), kept)
            freed += length
        except OSError as error:
            notes.append(f"old copies of {record.id} can't be removed: {error.strerror}")
    if freed:
        named = ", ".join(record.id for record, _ in gone)
        notes.append(f"removed old copies, {size(freed)}, by {_rule(target)}: {named}")
    return notes


def _outside(target: Target) -> Iterator[tuple[Record, int]]:
    """The runs whose copies the rule does not keep, with the bytes that these have."""
    settings = target.settings
    most = settings.whole("backups.keep")
    room = settings.seconds("backups.megabytes") * _MEGABYTE
    newest: set[str] = set()
    for number, record in enumerate(backed_up_by(target), start=1):
        length = sum(path.stat().st_size for path in copies_of(target, record.id))
        room -= length
        first = record.action not in newest
        newest.add(record.action)
        if not first and not record.running and (number > most or room < 0):
            yield record, length


def _rule(target: Target) -> str:
    settings = target.settings
    keep, room = settings.whole("backups.keep"), settings.seconds("backups.megabytes")
    return f"backups.keep = {keep}, backups.megabytes = {room:g}"
