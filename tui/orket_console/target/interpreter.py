"""The installation's own Python, which actions run with: never silently the console's."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orket_console.base.files import file_at, typed_path
from orket_console.target.settings import Settings


@dataclass(frozen=True, slots=True)
class Interpreter:
    """`path` is None when none was found; `origin` says where it came from, or what to do.

    The path is kept as it was found, links not followed: a virtual environment's `python`
    is a link, and following it would leave the environment.
    """

    path: Path | None
    origin: str


def find_interpreter(
    root: Path, settings: Settings, environment: Mapping[str, str], own_prefix: str = sys.prefix
) -> Interpreter:
    if configured := settings.text("target.python"):
        path = root / typed_path(configured)
        origin = settings.origin("target.python")
        if _runs(path):
            return Interpreter(path, origin)
        return Interpreter(None, f"target.python of {origin} can't be run: {path}")
    for name in (".venv", "venv"):
        path = root / name / "bin" / "python"
        if _runs(path):
            return Interpreter(path, f"{name} in the root")
    active = environment.get("VIRTUAL_ENV", "").strip()
    if active and Path(active).resolve() != Path(own_prefix).resolve():
        path = Path(active) / "bin" / "python"
        if _runs(path):
            return Interpreter(path, "VIRTUAL_ENV")
    return _from_path(environment, own_prefix)


def _from_path(environment: Mapping[str, str], own_prefix: str) -> Interpreter:
    for folder in environment.get("PATH", "").split(os.pathsep):
        # An activated console environment puts its own python first: that one is passed over.
        if not folder or Path(folder).resolve() == (Path(own_prefix) / "bin").resolve():
            continue
        if found := shutil.which("python3", path=folder):
            return Interpreter(Path(found), "PATH, as there is no virtual environment in the root")
    return Interpreter(None, "none found: set target.python, or make .venv in the root")


def _runs(path: Path) -> bool:
    return file_at(path) and os.access(path, os.X_OK)
