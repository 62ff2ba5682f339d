"""Finding the installation: as told, else by `ORKET_ROOT`, else upward from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import folder_at, something_at, typed_path

MARKERS: Final = (
    ".orket/durable",
    "orket/webhook_server.py",
    "workspace/default/orket.log",
    "workspace/default/observability",
)
"""Any of these makes a folder an installation: a fresh checkout has one, a bare copy of the
data another, and an incident may have destroyed the rest."""


@dataclass(frozen=True, slots=True)
class Root:
    """An installation's folder, absolute, and where the choice of it came from."""

    path: Path
    origin: str


def find_root(
    argument: str | None,
    option: str | None,
    environment: Mapping[str, str],
    here: Path,
    *,
    anywhere: bool = False,
) -> Root:
    """The installation to look at. Raises `ConsoleError` (exit 3) that says what was looked for.

    With `anywhere` it is the current folder where none was named and none is found.
    """
    for chosen, origin in (
        (argument, "ROOT argument"),
        (option, "--root"),
        (environment.get("ORKET_ROOT", "").strip() or None, "ORKET_ROOT"),
    ):
        if chosen is not None:
            return _checked(here / typed_path(chosen), origin)
    for folder in (here, *here.parents):
        if found_markers(folder):
            origin = "current folder" if folder == here else "nearest folder upward"
            return Root(folder, origin)
    if anywhere:
        return Root(here, "no installation")
    raise ConsoleError(
        f"no Orket installation here or above: looked for {_list()}",
        where=str(here),
        remedy="name it: orket-console ROOT, --root DIR or ORKET_ROOT; or try `orket-console demo`",
    )


def found_markers(folder: Path) -> tuple[str, ...]:
    """Which of the markers lie in `folder`."""
    return tuple(marker for marker in MARKERS if something_at(folder / marker))


def _checked(path: Path, origin: str) -> Root:
    try:
        folder = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ConsoleError(f"{origin} is no usable path: {error}") from error
    if not folder_at(folder):
        what = "is not a folder" if something_at(folder) else "does not exist"
        raise ConsoleError(
            f"{origin} {what}", where=str(folder), remedy="check the path for a typing error"
        )
    if not found_markers(folder):
        raise ConsoleError(
            f"{origin} is no Orket installation: looked for {_list()}",
            where=str(folder),
            remedy="name the folder that holds server.py and workspace/",
            exit_code=ExitCode.CANNOT_TELL,
        )
    return Root(folder, origin)


def _list() -> str:
    return ", ".join(MARKERS[:-1]) + " or " + MARKERS[-1]
