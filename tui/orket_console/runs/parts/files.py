"""The turn's files as they lie there: listed, and read one by one, its beginning at most."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from orket_console.base.clock import size
from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.state import State
from orket_console.base.text import clean, decode
from orket_console.runs.artifact import FileEntry, list_files
from orket_console.runs.parts.block import Block, Passage, note
from orket_console.runs.parts.prose import json_in, laid_out
from orket_console.runs.turn import TurnDetail

MOST_READ: Final = 256 << 10
"""Bytes of one file that are read to be seen."""
_MOST_INNER: Final = 500


def file_blocks(detail: TurnDetail) -> tuple[Block, ...]:
    """A block a file, folded; `file_passages` reads what it holds."""
    listed = list_files(detail.turn.path)
    blocks = [note("folder", detail.turn.shown)]
    for name, entry in sorted(listed.files.items()):
        if entry.odd == "a folder":
            blocks += _inner(detail.turn.path, name)
        else:
            blocks.append(_file(f"{detail.turn.path}/{name}", clean(name), entry))
    if detail.report is not None:
        path = Path(detail.report.path)
        entries = list_files(path.parent).files
        if path.name in entries:
            blocks.append(_file(str(path), f"agent_output/{path.name}", entries[path.name]))
    blocks += [
        Block(f"missing {name}", name, remark="missing", state=State.DEGRADED)
        for name in detail.turn.missing
        if name not in listed.files
    ]
    if listed.problem:
        blocks.append(note("problem", listed.problem, State.DEGRADED))
    return tuple(blocks)


def _inner(folder: str, name: str) -> Iterator[Block]:
    listed = list_files(f"{folder}/{name}")
    entries = sorted(listed.files.items())
    for each, entry in entries[:_MOST_INNER]:
        yield _file(f"{folder}/{name}/{each}", clean(f"{name}/{each}"), entry)
    if len(entries) > _MOST_INNER:
        yield note(f"{name} more", f"… {len(entries) - _MOST_INNER} more files in {clean(name)}/")
    if not entries:
        problem = listed.problem or "an empty folder"
        yield Block(f"file {clean(name)}", f"{clean(name)}/", remark=problem)


def _file(path: str, name: str, entry: FileEntry) -> Block:
    if entry.odd:
        return Block(f"file {name}", name, remark=entry.odd, state=State.DEGRADED)
    remark = size(entry.size)
    if entry.size > MOST_READ:
        remark = f"{remark}, its first {size(MOST_READ)} are shown"
    return Block(f"file {name}", name, remark=remark, opened=False, file=path)


def file_passages(path: str) -> tuple[Passage, ...]:
    """The beginning of a file: JSON laid out where it is whole, else its text.

    A file that can't be read says why.
    """
    try:
        with open_regular(path) as file:
            raw = file.read(MOST_READ + 1) or b""
            total = os.fstat(file.fileno()).st_size
    except UnreadableError as error:
        problem = f"{error.reason}{f', {error.detail}' if error.detail else ''}"
        return (Passage(clean(problem), state=State.DEGRADED),)
    except OSError as error:
        return (Passage(f"can't be read: {error.strerror}", state=State.DEGRADED),)
    if not raw:
        return (Passage("it is empty", state=State.DEGRADED),)
    text = decode(raw[:MOST_READ].replace(b"\r\n", b"\n"))
    cut = len(raw) > MOST_READ
    value = None if cut else json_in(text.strip(), shortest=2)
    if value is not None:
        return (Passage(laid_out(value), "json"),)
    shown = [Passage(text, "json" if path.endswith(".json") else "")]
    if cut:
        told = f"… cut here: {size(MOST_READ)} of {size(total)}"
        shown.append(Passage(told, state=State.DEGRADED))
    elif path.endswith(".json"):
        shown.append(Passage("it is not JSON", state=State.DEGRADED))
    return tuple(shown)
