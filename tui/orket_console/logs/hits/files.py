"""The files of a log that are searched: itself, and what was rotated away and not packed."""

from __future__ import annotations

from pathlib import Path

from orket_console.logs.history import source_of
from orket_console.logs.rotation import generations, log_of
from orket_console.logs.sources import Source


def files_of(source: Source) -> list[Source]:
    """Each file as a source, the log itself first, then the newest of the others."""
    if source.alone:
        return [source]
    found = [each.path for each in generations(log_of(Path(source.path)))]
    others = [path for path in reversed(found) if str(path) != source.path]
    return [source, *(source_of(path, source) for path in others)]
