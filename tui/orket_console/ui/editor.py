"""A text in the operator's own editor, while the console steps aside."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App, SuspendNotSupported

from orket_console.base.errors import ConsoleError
from orket_console.base.files import make_private
from orket_console.base.text import clean


def edit(app: App[int], text: str, folder: Path, environment: Mapping[str, str]) -> str:
    """The text as it is when the editor ends.

    The console waits for it: the terminal is the editor's meanwhile. Raises `ConsoleError`
    where there is no editor, it fails, or the terminal can't be given away; the text is as it
    was then.
    """
    command = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise _failed(command, str(error)) from error
    path = _written(text, folder)
    try:
        with app.suspend():
            status = subprocess.call([*words, str(path)])  # noqa: S603  the operator's own editor
        if status:
            raise _failed(command, f"it ended with status {status}")
        return clean(path.read_text("utf-8", "replace"))
    except SuspendNotSupported as error:
        raise _failed(command, "this terminal can't be given to it") from error
    except OSError as error:
        raise _failed(command, error.strerror or str(error)) from error
    finally:
        path.unlink(missing_ok=True)


def _written(text: str, folder: Path) -> Path:
    try:
        number, name = tempfile.mkstemp(".md", "edit-", make_private(folder))
        with os.fdopen(number, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise ConsoleError(
            f"nothing can be given to the editor: {error.strerror}", where=str(folder)
        ) from error
    return Path(name)


def _failed(command: str, what: str) -> ConsoleError:
    return ConsoleError(f"editor {command}: {what}", remedy="set EDITOR, or edit it here: e")
