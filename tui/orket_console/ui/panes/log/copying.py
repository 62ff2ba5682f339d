"""A record to the clipboard, or where it is too long for that to a file of the operator's own."""

from __future__ import annotations

from collections.abc import Callable

from orket_console.logs.records import Record
from orket_console.ui import copying
from orket_console.ui.panes.pane import Pane


def copy(pane: Pane, record: Record, suffix: str, text_of: Callable[[], str]) -> None:
    """Copy what `text_of` gives, made in a thread."""
    copying.copy(pane, _file_name(record, suffix), text_of)


def _file_name(record: Record, suffix: str) -> str:
    """`workspace_default_orket.log-290.json`."""
    place = f"{record.ref.line or f'byte{record.ref.offset}'}.{suffix}"
    return copying.file_name(record.source[-80:], place)
