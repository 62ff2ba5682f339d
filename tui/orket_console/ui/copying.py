"""What an operator takes away: to the clipboard where a terminal takes it, else to a file.

Files lie in the state folder's `exports/`, for this user alone (0600).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.base.files import write_whole
from orket_console.ui.panes.pane import Pane

MOST_COPIED: Final = 74_000
"""Bytes that go to the clipboard: terminals drop OSC 52 sequences of more than 100,000, and
the base64 that they are in takes four characters for three bytes."""
_LONGEST_NAME: Final = 160


def copy(pane: Pane, name: str, text_of: Callable[[], str]) -> None:
    """Copy what `text_of` gives, without its secrets, made in a thread.

    What is longer than terminals take is written to a file called `name`, and its path copied.
    """
    path = pane.context.target.state.exports / name

    def kept() -> tuple[str, int, Path | None]:
        text = pane.context.target.redactor().redact(text_of())
        content = text.encode("utf-8", "replace")
        if len(content) <= MOST_COPIED:
            return text, len(content), None
        _write(path, content, "too long for the clipboard, and ")
        return str(path), len(content), path

    def done(result: tuple[str, int, Path | None]) -> None:
        copied, length, written = result
        if not length:
            pane.tell("nothing to copy yet")
            return
        pane.app.copy_to_clipboard(copied)
        if written is None:
            pane.app.notify(f"copied {size(length)}", timeout=3)
        else:
            said = f"{size(length)} are more than terminals copy: written to {written}"
            pane.app.notify(f"{said} (its path is copied)", markup=False, timeout=10)

    pane.load("copy", kept, done)


def write_out(pane: Pane, name: str, text_of: Callable[[], str]) -> None:
    """Write what `text_of` gives, without its secrets, to a file called `name`; say where."""
    path = pane.context.target.state.exports / name

    def kept() -> int:
        content = pane.context.target.redactor().redact(text_of()).encode("utf-8", "replace")
        _write(path, content, "")
        return len(content)

    def done(length: int) -> None:
        pane.app.notify(f"{size(length)} written to {path}", markup=False, timeout=10)

    pane.load("write", kept, done)


def file_name(*parts: str) -> str:
    """The parts as a file's name, whatever they hold: `34a2b001-ISS-02-0-1-prompt.txt`."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", "-".join(part for part in parts if part))
    return name[-_LONGEST_NAME:].lstrip(".-")


def _write(path: Path, content: bytes, why: str) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        raise ConsoleError(f"{why}can't be written, {error.strerror}", where=str(path)) from error
