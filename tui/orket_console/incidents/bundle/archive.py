"""The archive as it is written: member by member, each without secrets, with its SHA-256."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

import msgspec

from orket_console.base.files import make_private
from orket_console.base.jsontext import printed
from orket_console.incidents.bundle.censor import Censor

CHUNK: Final = 1 << 20
MANIFEST: Final = "MANIFEST.json"
REDACTION: Final = "redaction.json"
FORM: Final = 1
"""Goes up when what a bundle holds, or how, is no longer understood by an older console."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of it; `removed` counts secrets by their variable's name."""

    name: str
    size: int
    sha256: str
    removed: dict[str, int]


class Archive:
    """A tar.gz under `top/`, made beside its place and put there whole when it is finished.

    No more than a piece of a member is in memory at a time: each goes through a file without a
    name, as its length is known only when its secrets are out. Raises `OSError`.
    """

    def __init__(self, path: Path, top: str, censor: Censor, at: datetime) -> None:
        make_private(path.parent)
        self._path, self._top, self._censor, self._at = path, top, censor, at
        self.members: list[Member] = []
        self._new = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        fd = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(fd, "wb")
        self._packed = gzip.GzipFile("", "wb", 6, self._file, int(at.timestamp()))
        packed = cast("IO[bytes]", self._packed)
        self._tar = tarfile.TarFile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT)

    def add(self, name: str, chunks: Iterable[bytes], at: float | None = None) -> Member:
        """A member from its bytes; `at` is its time, that of the bundle where none is given."""
        removed: dict[str, int] = {}
        digest = hashlib.sha256()
        with tempfile.TemporaryFile(dir=self._path.parent) as spool:
            for piece in self._censor.pieces(chunks, removed):
                digest.update(piece)
                spool.write(piece)
            safe = self._censor.text(name)
            info = tarfile.TarInfo(f"{self._top}/{safe}")
            info.size = spool.tell()
            info.mode = 0o600
            info.mtime = int(self._at.timestamp()) if at is None else at
            spool.seek(0)
            self._tar.addfile(info, spool)
        member = Member(safe, info.size, digest.hexdigest(), removed)
        self.members.append(member)
        return member

    def add_json(self, name: str, document: object) -> Member:
        text = printed(msgspec.to_builtins(document))
        return self.add(name, [text.encode("utf-8", "replace")])

    def finish(self, about: dict[str, object]) -> None:
        """Add what was removed, and last the manifest, which has `about` in it."""
        told = {each.name: each.removed for each in self.members if each.removed}
        total = sum(sum(removed.values()) for removed in told.values())
        how = "each value of a variable that is a secret by its name was replaced by dots"
        self.add_json(REDACTION, {"how": how, "removed": told, "total": total})
        files = {each.name: {"size": each.size, "sha256": each.sha256} for each in self.members}
        self.add_json(MANIFEST, {"form": FORM, **about, "files": files})
        self._tar.close()
        self._packed.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._new.replace(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Of one that was not finished nothing is left."""
        self._file.close()
        self._new.unlink(missing_ok=True)
