"""Who would start a server again when it ends: systemd, supervisord and their like.

A server that has such a guardian is not stopped by the console: it would be back at once, with
another environment than was asked for, and nobody would know why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from orket_console.base.files import UnreadableError, read_bytes
from orket_console.base.text import decode, one_line

_CAP: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Guardian:
    """`name` for people; `tool` starts, stops and restarts what it knows as `service`."""

    name: str
    tool: str
    service: str

    def command(self, verb: str) -> str:
        """What to use instead of the console; `verb` is start, stop or restart."""
        return f"{self.tool} {verb} {self.service}"


@dataclass(frozen=True, slots=True)
class Seen:
    """A process as its guardian is known by: its environment, its control group's path, and its
    ancestors, the nearest first: each one's number and command line."""

    pid: int
    environment: Mapping[str, str]
    group: str
    ancestors: Sequence[tuple[int, Sequence[str]]]


def guardian(process: psutil.Process) -> Guardian | None:
    """Who watches over it; None where nobody is known to. Source: `/proc`, by psutil."""
    return guardian_of(_look(process))


def guardian_of(seen: Seen) -> Guardian | None:
    if seen.pid == 1:
        return Guardian("its container, whose first process it is", "docker", "CONTAINER")
    return next(filter(None, (known(seen) for known in _KNOWN)), None)


def _systemd(seen: Seen) -> Guardian | None:
    """By the unit of its control group, if systemd started it or what it came from.

    A shell's children may lie in a unit too, that of sshd or cron, and have its marks.
    """
    unit = _unit(seen.group)
    if not unit or "INVOCATION_ID" not in seen.environment:
        return None
    living = {seen.pid, *(pid for pid, _ in seen.ancestors)}
    started = seen.environment.get("SYSTEMD_EXEC_PID", "")
    parent = seen.ancestors[0] if seen.ancestors else (0, ())
    by_systemd = parent[0] == 1 or _runs(parent[1], "systemd")
    if not (int(started) in living if started.isdecimal() else by_systemd):
        return None
    user = " --user" if "/user@" in seen.group else ""
    return Guardian(f"systemd, as {unit}", f"systemctl{user}", unit)


def _unit(group: str) -> str:
    """`orket.service` of a control group's path; empty where it is a session's or none."""
    for part in reversed(group.split("/")):
        if part.endswith((".scope", ".slice")) or part.startswith("user@"):
            return ""
        if part.endswith(".service"):
            return one_line(part)
    return ""


def _supervisord(seen: Seen) -> Guardian | None:
    if not any(_runs(command, "supervisord") for _, command in seen.ancestors):
        return None
    group, name = (
        one_line(seen.environment.get(f"SUPERVISOR_{part}_NAME", ""))
        for part in ("GROUP", "PROCESS")
    )
    program = f"{group}:{name}" if group and group != name else name or "PROGRAM"
    return Guardian("supervisord", "supervisorctl", program)


def _runit(seen: Seen) -> Guardian | None:
    command = seen.ancestors[0][1] if seen.ancestors else ()
    if not _runs(command, "runsv"):
        return None
    name = one_line(command[1]) if len(command) > 1 else "SERVICE"
    return Guardian("runit", "sv", name)


def _pm2(seen: Seen) -> Guardian | None:
    command = seen.ancestors[0][1] if seen.ancestors else ()
    if not command or not command[0].startswith("PM2"):
        return None
    return Guardian("pm2", "pm2", one_line(seen.environment.get("pm_id", "ID")))


_KNOWN: Final[tuple[Callable[[Seen], Guardian | None], ...]] = (
    _systemd,
    _supervisord,
    _runit,
    _pm2,
)


def _runs(command: Sequence[str], program: str) -> bool:
    """Whether a command line is `program`, or an interpreter that runs it."""
    return any(Path(word).name == program for word in command[:2])


def _look(process: psutil.Process) -> Seen:
    try:
        environment = process.environ()
    except (psutil.Error, OSError):
        environment = {}
    return Seen(process.pid, environment, _group(process.pid), tuple(_ancestors(process)))


def _ancestors(process: psutil.Process) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        for parent in process.parents():
            try:
                yield parent.pid, parent.cmdline()
            except psutil.Error:
                yield parent.pid, ()
    except psutil.Error:
        return


def _group(pid: int) -> str:
    """The path of its control group: of the one hierarchy, else of systemd's own."""
    try:
        lines = decode(read_bytes(Path(f"/proc/{pid}/cgroup"), _CAP)).split("\n")
    except UnreadableError:
        return ""
    found = [line.split(":", 2) for line in lines if line.count(":") >= 2]
    named = [path for _, hierarchy, path in found if hierarchy in ("", "name=systemd")]
    return max(named, key=len, default="")
