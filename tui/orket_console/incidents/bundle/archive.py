"""The archive as it is written: member by member, each without secrets, with its SHA-256."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

import msgspec

from orket_console.base.files import make_private
from orket_console.base.jsontext import printed
from orket_console.incidents.bundle.censor import Censor, Removed

CHUNK: Final = 1 << 20
MANIFEST: Final = "MANIFEST.json"
REDACTION: Final = "redaction.json"
PORTS: Final = ("api.port", "webhook.port")
"""Settings of the installation by which its probes are named."""
FORM: Final = 1
"""Goes up when what a bundle holds, or how, is no longer understood by an older console."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of it; `removed` counts secrets by their variable's name."""

    name: str
    size: int
    sha256: str
    removed: Removed


class Archive:
    """A tar.gz under `top/`, made beside its place and put there whole when it is finished.

    No more than a piece of a member is in memory at a time: each goes through a file without a
    name, as its length is known only when its secrets are out. Raises `OSError`.
    """

    def __init__(self, path: Path, top: str, censor: Censor, at: datetime) -> None:
        make_private(path.parent)
        self._path, self._top, self._censor, self._at = path, top, censor, at
        self.members: list[Member] = []
        self._names: set[str] = set()
        self._new = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        fd = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(fd, "wb")
        self._packed = gzip.GzipFile("", "wb", 6, self._file, int(at.timestamp()))
        packed = cast("IO[bytes]", self._packed)
        self._tar = tarfile.TarFile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT)

    def add(
        self,
        name: str,
        chunks: Iterable[bytes],
        at: float | None = None,
        seen: Callable[[bytes], None] | None = None,
    ) -> Member:
        """A member from its bytes; `at` is its time, that of the bundle where none is given.

        `seen` is called with each piece as it is written. One whose name differs from another's
        in nothing but secrets, or in capitals, is named apart from it.
        """
        removed: Removed = {}
        digest = hashlib.sha256()
        with tempfile.TemporaryFile(dir=self._path.parent) as spool:
            for piece in self._censor.pieces(chunks, removed):
                digest.update(piece)
                spool.write(piece)
                if seen is not None:
                    seen(piece)
            safe = self._own_name(self._censor.redacted(name.encode(), removed).decode())
            info = tarfile.TarInfo(f"{self._top}/{safe}")
            info.size = spool.tell()
            info.mode = 0o600
            info.mtime = int(self._at.timestamp()) if at is None else at
            spool.seek(0)
            self._tar.addfile(info, spool)
        member = Member(safe, info.size, digest.hexdigest(), removed)
        self.members.append(member)
        return member

    def _own_name(self, name: str) -> str:
        folder, _, last = name.rpartition("/")
        stem, dot, kind = last.partition(".")
        own, number = name, 1
        while own.casefold() in self._names:
            number += 1
            own = f"{folder}{'/' if folder else ''}{stem}~{number}{dot}{kind}"
        self._names.add(own.casefold())
        return own

    def add_json(self, name: str, document: object, removed: Removed | None = None) -> Member:
        """A document; `removed` counts what was removed of it before."""
        text = printed(msgspec.to_builtins(document))
        member = self.add(name, [text.encode("utf-8", "replace")])
        for secret, count in (removed or {}).items():
            member.removed[secret] = member.removed.get(secret, 0) + count
        return member

    def finish(self, about: dict[str, object]) -> None:
        """Add what was removed, and last the manifest, which has `about` in it."""
        told = {each.name: each.removed for each in self.members if each.removed}
        total = sum(sum(removed.values()) for removed in told.values())
        how = (
            "each value of a variable that is a secret by its name, and each password in a URL, "
            "was replaced by dots in every form in which it is known to be written"
        )
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
        """Of one that was not finished nothing is left, of its writers neither: they would try
        to write its end when they are collected."""
        for each in (self._tar, self._packed, self._file):
            with contextlib.suppress(OSError, ValueError):
                each.close()
        self._new.unlink(missing_ok=True)
