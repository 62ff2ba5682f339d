"""Commands that the installation's own folder declares run only after its file was accepted.

Whoever can write there could else have the operator run anything under a harmless title. What
was accepted is kept, with its SHA-256, in the operator's own state folder: never where the
installation's settings say, since that would leave the decision to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from orket_console.actions.preconditions import Circumstances, Finding
from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, read_json, write_whole
from orket_console.target.declarations import Declarations

COMMAND = "orket-console actions accept"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The precondition that the file of a declaration is the operator's or was accepted."""

    declarations: Declarations

    def __call__(self, seen: Circumstances) -> Finding:
        file = self.declarations.file
        if is_accepted(self.declarations):
            return Finding("its file", met=True)
        changed = "has changed since it was accepted" if _known(file) else "was not accepted yet"
        return Finding(
            "its file",
            met=False,
            text=f"{file} is the installation's own, and {changed}: `{COMMAND}` shows it and asks",
        )


def is_accepted(declarations: Declarations) -> bool:
    """Whether the file, as it was read, may have its commands run."""
    return not declarations.in_root or _known(declarations.file) == declarations.digest


def accept(declarations: Declarations) -> None:
    """Let the commands of the file, as it was read, be run. Raises `ConsoleError`."""
    kept = {**_kept(), str(declarations.file): declarations.digest}
    try:
        write_whole(_place(), msgspec.json.encode(kept))
    except OSError as error:
        raise ConsoleError(
            f"{declarations.file} is not accepted: that can't be kept: {error.strerror}",
            where=str(_place()),
        ) from error


def _known(file: Path) -> object:
    return _kept().get(str(file))


def _kept() -> dict[str, object]:
    """What was accepted, digest by file; nothing where that can't be read."""
    try:
        document = read_json(_place())
    except UnreadableError:
        return {}
    return document if isinstance(document, dict) else {}


def _place() -> Path:
    return platformdirs.user_state_path("orket-console") / "accepted.json"
