"""What an operator's own command needs: its folder, and its program."""

from __future__ import annotations

import shutil
from pathlib import Path

from orket_console.actions.preconditions import Circumstances, Finding
from orket_console.base.files import folder_at, is_inside


def folder_inside(seen: Circumstances) -> Finding:
    """The folder that it runs in is there, and inside the installation."""
    if not folder_at(seen.cwd):
        return Finding("folder", met=False, text=f"{seen.cwd} is no folder")
    if not is_inside(seen.cwd, seen.target.path):
        return Finding("folder", met=False, text=f"{seen.cwd} is outside the installation")
    return Finding("folder", met=True)


def program_found(seen: Circumstances) -> Finding:
    """Its program can be executed: by its path from the folder, or by its name in PATH."""
    program = seen.program
    if not program:
        return Finding("program", met=False, text="it has no program: there is no interpreter")
    if "/" not in program:
        found = shutil.which(program, path=seen.search_path)
        text = "" if found else f"{program} is not in PATH"
    else:
        found = shutil.which(Path(seen.cwd, program))
        text = "" if found else f"{program} is not there, or not executable"
    return Finding("program", met=bool(found), text=text)
