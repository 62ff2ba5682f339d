"""The environment of an action: the operator's own, with what Orket's commands need.

None of the runbook's commands wants a secret handed to it: the canary and the tests set their
own, and the replay reads `.env` itself. What is missing when they are started by hand is
PYTHONPATH, the interpreter's folder in PATH, and the durable root where `.env` moves it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.secret import DOTS
from orket_console.target.settings import SETTINGS
from orket_console.target.target import Target, is_secret_name

_FOREIGN: Final = (
    "VIRTUAL_ENV",
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "FORCE_COLOR",
    "PY_COLORS",
    "CLICOLOR_FORCE",
)
"""They would bring in another environment's Python, or colours into what is read."""
_STATE_DIR: Final = "state.dir"


@dataclass(frozen=True, slots=True)
class Change:
    """One variable that an action has otherwise than the console; `value` None is taken away.

    `why` is for the operator. `brief` is what stands for a long value; `shown` is how it all
    may be told.
    """

    name: str
    value: str | None
    why: str
    brief: str = ""

    @property
    def shown(self) -> str:
        if self.value is None:
            return f"without {self.name}"
        return f"{self.name}={DOTS if is_secret_name(self.name) else self.brief or self.value}"


def changes(target: Target, interpreter: Path) -> tuple[Change, ...]:
    """What an action's environment has otherwise than the console's own."""
    present = target.environment
    found = [
        Change("PYTHONPATH", str(target.path), "its scripts import orket from the root"),
        Change(
            "PATH",
            _search_path(interpreter, present),
            "the interpreter's folder first",
            brief=f"{interpreter.parent}:$PATH",
        ),
        Change("PYTHONUNBUFFERED", "1", "output as it comes"),
    ]
    default = target.path / ".orket" / "durable"
    if target.layout.durable != default and "ORKET_DURABLE_ROOT" not in present:
        durable = str(target.layout.durable)
        found.append(Change("ORKET_DURABLE_ROOT", durable, "the scripts don't read .env"))
    found += [
        Change(name, None, "belongs to the console's surroundings")
        for name in _FOREIGN
        if name in present
    ]
    return tuple(found)


def settings_handed_on(target: Target) -> tuple[Change, ...]:
    """What a program of the console's own has to be told of how this console looks at the target.

    It reads files and environment as the console did, but has not its options, and stands in
    the root.
    """
    given: list[Change] = []
    for setting in SETTINGS:
        value = target.settings.values[setting.key]
        if setting.key == _STATE_DIR and value.value:
            place = str(target.state.path.parent.absolute())
            given.append(Change(setting.variable, place, "where the console keeps its state"))
        elif value.origin in (setting.flag, "flag"):
            given.append(Change(setting.variable, str(value.value), "as this console was told"))
    return tuple(given)


def apply(environment: Mapping[str, str], made: tuple[Change, ...]) -> dict[str, str]:
    """`environment` with the changes made."""
    result = dict(environment)
    for change in made:
        if change.value is None:
            result.pop(change.name, None)
        else:
            result[change.name] = change.value
    return result


def _search_path(interpreter: Path, environment: Mapping[str, str]) -> str:
    inherited = environment.get("PATH", os.defpath)
    return os.pathsep.join([str(interpreter.parent), inherited])
