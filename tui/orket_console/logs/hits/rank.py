"""Which of all hits a line is: `3 of 1,204`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orket_console.base.files import UnreadableError
from orket_console.base.refs import LogRef
from orket_console.logs.filter import Filter
from orket_console.logs.hits.candidates import candidates_of
from orket_console.logs.hits.files import files_of
from orket_console.logs.hits.hitmap import HitMap
from orket_console.logs.hits.hunt import Hunt
from orket_console.logs.hits.job import hits_in
from orket_console.logs.packed import open_log
from orket_console.logs.pages import line_beginning
from orket_console.logs.seek import offset_at
from orket_console.logs.sources import Source


@dataclass(frozen=True, slots=True)
class Rank:
    number: int
    of: int


def rank_of(hunt: Hunt, sources: Sequence[Source], ref: LogRef, at: datetime | None) -> Rank | None:
    """Which of what is hunted for the line is, in all logs by time; None until all is searched.

    Reads a block of each log.
    """
    if not hunt.progress.whole:
        return None
    before = 0
    files = [file for source in sources for file in files_of(source)]
    for file in files:
        try:
            with open_log(Path(file.path)) as opened:
                fd = opened.fileno()
                hits = hunt.map_of(fd)
                if hits is None:
                    continue
                own = file.path == ref.path
                offset = ref.offset if own else offset_at(fd, at) if at is not None else 0
                before += _before(fd, hits, hunt.wanted, file.name, offset)
        except UnreadableError:
            continue
    return Rank(before + 1, max(before + 1, hunt.progress.hits))


def _before(fd: int, hits: HitMap, wanted: Filter, name: str, offset: int) -> int:
    count, block = hits.before_block(offset)
    start = line_beginning(fd, block, offset)
    chunk = os.pread(fd, offset - start, start)
    chunk = chunk[: chunk.rfind(b"\n") + 1]
    return count + sum(1 for _ in hits_in(chunk, wanted.test(name), candidates_of(wanted.tree)))
