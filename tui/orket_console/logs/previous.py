"""The record before another that says the same but for what changes from one to the next."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.files import UnreadableError
from orket_console.logs.forms import form_of
from orket_console.logs.packed import open_log
from orket_console.logs.records import Record
from orket_console.logs.seek import Place, views_at
from orket_console.logs.sources import Source
from orket_console.logs.survey.template import template_of

MOST_READ: Final = 64 << 20
"""Bytes that are read back."""
_SAMPLE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Previous:
    """`record` is None where none was found; `searched` says in what, for the operator."""

    record: Record | None
    searched: str


def previous_of(record: Record) -> Previous:
    """The last record of the same template before this one, in the same log.

    Reads back from its place, wherever a rotation has moved it, at most `MOST_READ` bytes.
    """
    try:
        views = views_at([_source_of(record)], Place.before(record))
    except UnreadableError as error:
        return Previous(None, str(error))
    if not views:
        return Previous(None, f"{record.source}, which can't be read any more")
    view = views[0]
    wanted, event, read = template_of(record.head, record.raw), record.head.event, 0
    try:
        for page in filter(None, view.before()):
            for candidate in reversed(page):
                same_event = candidate.head.event == event
                if same_event and template_of(candidate.head, candidate.raw) == wanted:
                    return Previous(candidate, record.source)
            read += sum(each.length for each in page or ())
            if read > MOST_READ:
                return Previous(None, f"the {MOST_READ >> 20} MB before it in {record.source}")
    finally:
        view.close()
    return Previous(None, record.source)


def _source_of(record: Record) -> Source:
    path = Path(record.ref.path)
    with open_log(path) as file:
        return Source(str(path), record.source, form_of(os.pread(file.fileno(), _SAMPLE, 0)))
