"""Lines that the operator typed last, kept in the state folder for the next console too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, read_json, write_whole
from orket_console.base.secret import Redactor

MOST: Final = 200
_CAP: Final = 4 << 20


def read_used(path: Path, longest: int) -> tuple[str, ...]:
    """The kept lines, oldest first; none where there is no such file or it is damaged."""
    try:
        kept = read_json(path, _CAP)
    except UnreadableError:
        return ()
    if not isinstance(kept, list):
        return ()
    fitting = [each for each in kept if isinstance(each, str) and 0 < len(each) <= longest]
    return tuple(fitting[-MOST:])


def keep_used(path: Path, line: str, redactor: Redactor, longest: int) -> tuple[str, ...]:
    """Put `line` behind those that are kept, without secrets; what is kept then.

    The file is read again before, as another console may have written to it. Raises
    `ConsoleError` where it can't be written.
    """
    line = redactor.redact(line)
    before = read_used(path, longest)
    if not line or len(line) > longest:
        return before
    kept = [*(each for each in before if each != line), line][-MOST:]
    try:
        write_whole(path, json.dumps(kept, indent=0).encode())
    except OSError as error:
        raise ConsoleError(
            f"what was typed can't be kept, {error.strerror}", where=str(path)
        ) from error
    return tuple(kept)
