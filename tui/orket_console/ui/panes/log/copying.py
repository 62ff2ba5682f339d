"""A record to the clipboard, or where it is too long for that to a file of the operator's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.base.files import write_whole
from orket_console.logs.records import Record

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane

MOST_COPIED: Final = 74_000
"""Bytes that go to the clipboard: terminals drop OSC 52 sequences of more than 100,000, and
the base64 that they are in takes four characters for three bytes."""


def copy(pane: LogPane, record: Record, suffix: str, text_of: Callable[[], str]) -> None:
    """Copy what `text_of` gives, without secrets, made in a thread."""
    path = pane.context.target.state.exports / _file_name(record, suffix)

    def kept() -> tuple[str, int, Path | None]:
        text = text_of()
        content = text.encode("utf-8", "replace")
        if len(content) <= MOST_COPIED:
            return text, len(content), None
        _write(path, content)
        return str(path), len(content), path

    def done(result: tuple[str, int, Path | None]) -> None:
        copied, length, written = result
        pane.app.copy_to_clipboard(copied)
        if written is None:
            pane.app.notify(f"copied {size(length)}", timeout=3)
        else:
            said = f"{size(length)} are more than terminals copy: written to {written}"
            pane.app.notify(f"{said} (its path is copied)", timeout=10)

    pane.load("copy", kept, done)


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        raise ConsoleError(
            f"too long for the clipboard, and can't be written, {error.strerror}", where=str(path)
        ) from error


def _file_name(record: Record, suffix: str) -> str:
    """`workspace_default_orket.log-290.json`."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", record.source)[-80:].lstrip(".")
    return f"{name}-{record.ref.line or f'byte{record.ref.offset}'}.{suffix}"
