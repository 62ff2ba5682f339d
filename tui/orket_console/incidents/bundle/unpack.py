"""A bundle taken apart: names, kinds, sizes and hashes are checked before anything is believed.

Whoever sent it may be anybody. What is written lies in the folder that was given, in files made
anew for this user alone; nothing in it is run.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, NoReturn, cast

import msgspec

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import UnreadableError, make_private, open_regular, read_bytes
from orket_console.base.text import clean_json, shorten
from orket_console.incidents.bundle.archive import CHUNK, FORM, MANIFEST
from orket_console.incidents.bundle.names import is_bundle_name

_SCHEMA: Final = "orket-console/bundle/v1"
_DOCUMENT: Final = 64 << 20
_HEADER: Final = 1 << 20
"""Bytes that one reading may ask for: a header that claims more is a trap."""


@dataclass(frozen=True, slots=True)
class Limits:
    """More than this is no bundle of ours. Sizes in bytes.

    One that unpacks to more than `usual` is not longer than `ratio` times its packed size.
    """

    packed: int = 1 << 30
    whole: int = 2 << 30
    usual: int = 256 << 20
    ratio: int = 100
    member: int = 128 << 20
    members: int = 20_000


@dataclass(frozen=True, slots=True)
class Unpacked:
    """`folder` holds its files; `faults` say what is not as the manifest has it, in words."""

    folder: Path
    manifest: dict[str, Any]
    files: tuple[str, ...]
    faults: tuple[str, ...]

    def document(self, name: str) -> Any:  # noqa: ANN401  any JSON value
        """One of its JSON documents, sanitised; None where it is missing or can't be read."""
        if name not in self.files:
            return None
        try:
            return clean_json(msgspec.json.decode(read_bytes(self.folder / name, _DOCUMENT)))
        except (UnreadableError, ValueError, RecursionError):
            return None


def unpack(path: Path, folder: Path, limits: Limits = Limits()) -> Unpacked:
    """Take the bundle at `path` apart into `folder`, which must be new and empty.

    Raises `ConsoleError` (exit 3) for what is no bundle, or holds what none of ours does.
    """
    try:
        packed = open_regular(path)
    except UnreadableError as error:
        raise ConsoleError(f"it can't be opened: {error.reason}", where=str(path)) from error
    with packed, tempfile.TemporaryFile(dir=make_private(folder)) as plain:
        try:
            _inflate(packed, plain, limits)
            plain.seek(0)
            hashes = _members(plain, folder, limits)
        except (tarfile.TarError, zlib.error, EOFError, ValueError, RecursionError) as error:
            _refuse(path, f"it is no whole tar.gz: {shorten(str(error), 200)}", error)
        except _ForbiddenError as error:
            _refuse(path, str(error), error)
        except OSError as error:
            _refuse(path, f"it can't be unpacked: {error.strerror or error}", error)
    manifest = _manifest(path, folder, hashes)
    return Unpacked(folder, manifest, tuple(hashes), tuple(_faults(manifest, hashes)))


class _ForbiddenError(Exception):
    """Something that no bundle of ours holds."""


class _Guarded:
    """A file of which only little can be asked for at a time: headers claim their own length."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, length: int = -1) -> bytes:
        if not 0 <= length <= _HEADER:
            raise _ForbiddenError("it has a header that is far too long")
        return self._file.read(length)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _inflate(packed: BinaryIO, plain: IO[bytes], limits: Limits) -> None:
    """One gzip stream, no longer than is allowed, however much it claims to be."""
    length = os.fstat(packed.fileno()).st_size
    if length > limits.packed:
        raise _ForbiddenError(f"it is larger than {size(limits.packed)}")
    most = min(limits.whole, max(limits.usual, length * limits.ratio))
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    total = 0
    while not inflater.eof:
        raw = inflater.unconsumed_tail or packed.read(CHUNK)
        if not raw:
            raise EOFError("it ends in the middle")
        piece = inflater.decompress(raw, CHUNK)
        total += len(piece)
        if total > most:
            raise _ForbiddenError(f"it unpacks to more than {size(most)}")
        plain.write(piece)
    if inflater.unused_data or packed.read(1):
        raise _ForbiddenError("something stands behind its end")


def _members(plain: IO[bytes], folder: Path, limits: Limits) -> dict[str, tuple[int, str]]:
    """Write each member; its size and SHA-256 by its name below the top folder.

    A folder has the time of its newest file then: a turn without a checkpoint is dated by it.
    """
    newest: dict[Path, float] = {}
    found: dict[str, tuple[int, str]] = {}
    known: set[str] = set()
    top = ""
    guarded = cast("IO[bytes]", _Guarded(plain))
    with tarfile.TarFile.open(fileobj=guarded, mode="r:") as archive:
        for member in archive:
            if len(found) >= limits.members:
                raise _ForbiddenError(f"it has more than {limits.members} files")
            if not member.isreg() or member.issparse():
                raise _ForbiddenError(
                    f"{_shown(member.name)} is no plain file but a link or a device"
                )
            if member.size > limits.member:
                raise _ForbiddenError(f"{_shown(member.name)} is larger than {size(limits.member)}")
            first, name = _split(member.name)
            top = top or first
            if first != top or name.casefold() in known:
                raise _ForbiddenError(f"{_shown(member.name)} is there twice, or beside the others")
            known.add(name.casefold())
            source = archive.extractfile(member)
            if source is None:
                raise _ForbiddenError(f"{_shown(member.name)} has no content")
            path = folder / name
            found[name] = _written(source, path, member)
            newest[path.parent] = max(newest.get(path.parent, 0.0), _time(member))
    for parent, at in newest.items():
        os.utime(parent, (at, at))
    return found


def _time(member: tarfile.TarInfo) -> float:
    """One that a file can have, whatever is claimed."""
    return min(max(member.mtime, 0), 1 << 40)


def _split(name: str) -> tuple[str, str]:
    """The top folder and the rest of a name that may become a path."""
    top, _, rest = name.partition("/")
    if not is_bundle_name(f"{top}/{rest}"):
        raise _ForbiddenError(f"{_shown(name)} is no name, or of no kind, that a bundle has")
    return top, rest


def _written(source: IO[bytes], path: Path, member: tarfile.TarInfo) -> tuple[int, str]:
    make_private(path.parent)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    digest, length = hashlib.sha256(), 0
    with os.fdopen(fd, "wb") as file:
        while piece := source.read(min(CHUNK, member.size - length)):
            digest.update(piece)
            file.write(piece)
            length += len(piece)
    if length != member.size:
        raise EOFError("it ends in the middle of a file")
    at = _time(member)
    os.utime(path, (at, at))
    return length, digest.hexdigest()


def _manifest(path: Path, folder: Path, hashes: dict[str, tuple[int, str]]) -> dict[str, Any]:
    manifest = Unpacked(folder, {}, tuple(hashes), ()).document(MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("schema") != _SCHEMA:
        _refuse(path, "it is no bundle of an incident: it has no manifest")
    if manifest.get("form") != FORM:
        _refuse(path, f"it is of form {shorten(str(manifest.get('form')), 20)}: a newer console's")
    return manifest


def _faults(manifest: dict[str, Any], hashes: dict[str, tuple[int, str]]) -> list[str]:
    told = manifest.get("files")
    files: dict[str, Any] = told if isinstance(told, dict) else {}
    faults: list[str] = []
    for name, (length, digest) in hashes.items():
        if name == MANIFEST:
            continue
        said = files.get(name)
        if not isinstance(said, dict):
            faults.append(f"{name} is not in its manifest")
        elif (said.get("size"), said.get("sha256")) != (length, digest):
            faults.append(f"{name} was changed: its SHA-256 is not the manifest's")
    faults += [f"{shorten(name, 200)} is missing" for name in files if name not in hashes]
    return faults


def _shown(name: str) -> str:
    return repr(shorten(name, 120))


def _refuse(path: Path, what: str, error: Exception | None = None) -> NoReturn:
    raise ConsoleError(
        f"{what}: nothing of it is opened",
        where=str(path),
        exit_code=ExitCode.CANNOT_TELL,
    ) from error
