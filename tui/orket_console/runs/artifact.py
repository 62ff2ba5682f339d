"""One artifact of a turn: there, missing, or unreadable with the reason; never an exception."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from orket_console.base.decoding import decode_json
from orket_console.base.files import ARTIFACT_CAP, Unreadable, UnreadableError, read_bytes
from orket_console.base.text import DEPTH_CAP, clean, clean_json, decode

_MOST_FILES: Final = 2000
_SUSPECT: Final = re.compile(
    rb"[\x00-\x08\x0b-\x1f\x7f]|\\[ubfr]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2[\x80\x81]|\xef\xbb\xbf"
)
"""What any character that is not safe to show looks like in JSON: itself, or an escape."""


class Found(StrEnum):
    PRESENT = "present"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    MALFORMED = "malformed"
    TOO_LARGE = "too large"


_BY_REASON: Final = {
    Unreadable.MISSING: Found.MISSING,
    Unreadable.TOO_LARGE: Found.TOO_LARGE,
    Unreadable.MALFORMED: Found.MALFORMED,
}


class Artifact(msgspec.Struct, frozen=True):
    """A file of a turn folder. `value` is its JSON, or its text; sanitised.

    `detail` says what is wrong with one that is there and can't be shown.
    """

    name: str
    found: Found
    detail: str = ""
    size: int = 0
    value: Any = None

    @property
    def there(self) -> bool:
        return self.found is Found.PRESENT

    @property
    def problem(self) -> str:
        """What stands in its way, in words; empty for one that is there."""
        if self.there:
            return ""
        return f"{self.name}: {self.found}{f', {self.detail}' if self.detail else ''}"


class FileEntry(msgspec.Struct, frozen=True):
    """A file in a turn folder as the folder lists it. `odd` names what is no plain file."""

    name: str
    size: int
    modified: int
    odd: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """A turn folder's files by their name on disk, and why there are none."""

    files: dict[str, FileEntry]
    problem: str = ""

    @property
    def mark(self) -> str:
        """Changes when a file comes, goes, grows or is written again."""
        size = newest = total = 0
        for file in self.files.values():
            size += file.size
            newest = max(newest, file.modified)
            total ^= file.modified
        return f"{len(self.files)}.{size}.{newest:x}.{total:x}{self.problem}"

    @property
    def written(self) -> int:
        """The mtime of its newest file, ns; 0 for none."""
        return max((file.modified for file in self.files.values()), default=0)


def list_files(folder: Path | str) -> Contents:
    """What lies in a folder: name, size and mtime (ns); nothing is opened."""
    files: dict[str, FileEntry] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(files) >= _MOST_FILES:
                    return Contents(files, f"only {_MOST_FILES} files were looked at")
                info = entry.stat(follow_symlinks=False)
                odd = "" if stat.S_ISREG(info.st_mode) else _odd(info.st_mode)
                files[entry.name] = FileEntry(entry.name, info.st_size, info.st_mtime_ns, odd)
    except OSError as error:
        return Contents(files, f"can't be listed: {error.strerror or error}")
    return Contents(files)


def _odd(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link: not followed"
    return "a folder" if stat.S_ISDIR(mode) else "not a regular file"


def read_json_artifact(
    folder: Path | str, contents: Contents, name: str, cap: int = ARTIFACT_CAP
) -> Artifact:
    """A JSON file of `folder`, as Python's json reads it (upstream's reader)."""
    raw = _read(folder, contents, name, cap)
    if isinstance(raw, Artifact):
        return raw
    try:
        value = _decoded(raw)
    except RecursionError:
        return Artifact(clean(name), Found.MALFORMED, "nested too deep", len(raw))
    except ValueError as error:
        return Artifact(clean(name), Found.MALFORMED, clean(str(error)), len(raw))
    return Artifact(clean(name), Found.PRESENT, size=len(raw), value=value)


def _decoded(raw: bytes) -> object:
    """JSON made safe to show; what can hold nothing unsafe is not walked through."""
    if _SUSPECT.search(raw) or raw.count(b"[") + raw.count(b"{") >= DEPTH_CAP:
        return clean_json(json.loads(raw.decode("utf-8")))
    return decode_json(raw)


def read_text_artifact(
    folder: Path | str, contents: Contents, name: str, cap: int = ARTIFACT_CAP
) -> Artifact:
    """A text file of `folder`; what is not UTF-8 in it shows as U+FFFD."""
    raw = _read(folder, contents, name, cap)
    if isinstance(raw, Artifact):
        return raw
    text = decode(raw.replace(b"\r\n", b"\n"))
    return Artifact(clean(name), Found.PRESENT, size=len(raw), value=text)


def _read(folder: Path | str, contents: Contents, name: str, cap: int) -> bytes | Artifact:
    entry = contents.files.get(name)
    if entry is None:
        return Artifact(clean(name), Found.MISSING)
    if entry.odd:
        return Artifact(clean(name), Found.UNREADABLE, entry.odd)
    try:
        return read_bytes(f"{folder}/{name}", cap)
    except UnreadableError as error:
        found = _BY_REASON.get(error.reason, Found.UNREADABLE)
        detail = error.detail or (str(error.reason) if found is Found.UNREADABLE else "")
        return Artifact(clean(name), found, clean(detail), entry.size)
