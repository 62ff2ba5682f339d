"""Which Orket this is: version, generation and commit, read from its files alone."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from orket_console.base.files import UnreadableError, file_at, folder_at, read_bytes
from orket_console.base.text import clean

Generation = Literal["old", "new", "unknown"]
"""`old` is 0.3.x (bare-hex webhook signatures, scripts/ flat); `new` wants `sha256=`."""

_HEX: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_CAP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Identity:
    """`version` and `commit` are empty where the files don't tell."""

    version: str
    generation: Generation
    commit: str


def identify(root: Path) -> Identity:
    version = _version(root)
    return Identity(version, _generation(root, version), _commit(root / ".git"))


def _version(root: Path) -> str:
    """`project.version` of `pyproject.toml`, if that project is Orket."""
    try:
        document = tomllib.loads(read_bytes(root / "pyproject.toml", _CAP).decode("utf-8"))
    except (UnreadableError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return ""
    project = document.get("project")
    if not isinstance(project, dict) or project.get("name") != "orket":
        return ""
    return clean(str(project.get("version", "")))


def _generation(root: Path, version: str) -> Generation:
    """By where the scripts lie, which is what differs; else by version."""
    if folder_at(root / "scripts" / "governance"):
        return "new"
    if file_at(root / "scripts" / "run_migrations.py"):
        return "old"
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers:
        return "old" if (int(numbers[1]), int(numbers[2])) < (0, 4) else "new"
    return "unknown"


def _commit(git: Path) -> str:
    """The commit that HEAD names, read without git, whose configuration could run something."""
    head = _line(git / "HEAD")
    if not head.startswith("ref: "):
        return head if _HEX.fullmatch(head) else ""
    name = head.removeprefix("ref: ")
    if not name.startswith("refs/") or ".." in name:
        return ""
    loose = _line(git / name)
    if _HEX.fullmatch(loose):
        return loose
    return _packed(git / "packed-refs", name)


def _packed(path: Path, name: str) -> str:
    try:
        text = read_bytes(path).decode("utf-8", "replace")
    except UnreadableError:
        return ""
    for line in text.splitlines():
        commit, _, ref = line.partition(" ")
        if ref == name and _HEX.fullmatch(commit):
            return commit
    return ""


def _line(path: Path) -> str:
    try:
        return read_bytes(path, 4096).decode("utf-8", "replace").strip()
    except UnreadableError:
        return ""
