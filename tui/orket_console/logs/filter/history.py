"""The filters that were used last, for the next console too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, read_json, write_whole
from orket_console.base.secret import Redactor
from orket_console.logs.filter.words import LONGEST

MOST: Final = 200
_CAP: Final = 4 << 20


def read_history(path: Path) -> tuple[str, ...]:
    """The kept filters, oldest first; none where there is no such file or it is damaged."""
    try:
        kept = read_json(path, _CAP)
    except UnreadableError:
        return ()
    if not isinstance(kept, list):
        return ()
    fitting = [each for each in kept if isinstance(each, str) and 0 < len(each) <= LONGEST]
    return tuple(fitting[-MOST:])


def keep(path: Path, expression: str, redactor: Redactor) -> tuple[str, ...]:
    """Put `expression` behind those that are kept, without secrets; what is kept then.

    The file is read again before, as another console may have written to it. Raises
    `ConsoleError` where it can't be written.
    """
    expression = redactor.redact(expression)
    before = read_history(path)
    if not expression:
        return before
    kept = [*(each for each in before if each != expression), expression][-MOST:]
    try:
        write_whole(path, json.dumps(kept, indent=0).encode())
    except OSError as error:
        raise ConsoleError(
            f"the filters used can't be kept, {error.strerror}", where=str(path)
        ) from error
    return tuple(kept)
