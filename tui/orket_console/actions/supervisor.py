"""The process under which an action runs, so that it outlives the console that started it.

`python -c 'from orket_console.actions.supervisor import main; main()'` with an `assignment` on
stdin. It leaves its parent at once, has a session of its own, inherits the action's locks, and
keeps the record and the output. It answers one line on stdout: empty once the action runs, else
why it does not.

What is imported up here is there when Python is: the action starts first, and what it takes to
watch and to judge it is loaded while it does.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from collections.abc import Mapping, Sequence

NOTE_LENGTH = 64
"""Bytes of the note, in the lock by which an action is known to run, of whose processes it is."""
_PR_SET_CHILD_SUBREAPER = 36
_SIGPIPE, _SIGXFSZ = 13, 25
_IGNORED_BY_PYTHON = (_SIGPIPE, _SIGXFSZ)


def assignment(
    argv: Sequence[str],
    cwd: str,
    environment: Mapping[str, str],
    locks: Sequence[int],
    *,
    folder: str,
    lent: Sequence[int] = (),
    adopts: bool,
    secrets: Sequence[str],
    timeout: float,
    job: bytes,
) -> bytes:
    """What goes to a supervisor's stdin; paths in it are absolute.

    `locks` are the descriptors that it inherits, the one in the action's `folder` last; those
    `lent` are handed on to the action. One that `adopts` has what the action leaves behind
    without a parent as its own children, by which that is found. `secrets` are to be redacted,
    `timeout` is in seconds, `job` is an encoded `Job`: what the end needs.
    """
    command = (list(argv), cwd, dict(environment))
    held = (list(locks), list(lent))
    return marshal.dumps((command, held, folder, adopts, list(secrets), timeout, job))


def main() -> None:
    """Start what is assigned, part from the console, and stay with the action to its end."""
    # It comes from the console, through a pipe of its own.
    command, (locks, lent), folder, adopts, secrets, timeout, job = marshal.loads(  # noqa: S302
        sys.stdin.buffer.read()
    )
    if os.fork():
        os._exit(0)
    answer = _answering()
    for lock in locks:
        os.set_inheritable(lock, lock in lent)
    if adopts:
        _adopt()
    began = time.monotonic()
    try:
        pid, stdout, stderr = _spawned(*command)
    except (OSError, ValueError) as error:
        from orket_console.actions.ending import never_ran

        reason = f"could not be started: {error}"
        never_ran(job, reason)
        _answer(answer, reason)
        return
    _note(locks[-1], pid)
    _answer(answer, "")
    from pathlib import Path

    from orket_console.actions.supervision import Pipes, supervise

    pipes: Pipes = {"stdout": stdout, "stderr": stderr}
    supervise(Path(folder), secrets, timeout, job, pid, pipes, began, locks[:-1])


def _adopt() -> None:
    """Become the parent of what loses its own among the descendants, where Linux allows it."""
    import ctypes

    try:  # noqa: SIM105  as in `_note`
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (AttributeError, OSError):
        pass


def _note(lock: int, pid: int) -> None:
    """Say in the action's folder whose processes run it, where those look who find it running."""
    try:  # noqa: SIM105  contextlib takes as long to load as all that is loaded here
        # In place of blanks of one length, so that a full disk takes it too.
        os.pwrite(lock, b"%d %d" % (os.getpid(), pid), 0)
    except OSError:
        pass


def _answering() -> int:
    """Where the console waits for a line; the standard streams are let go of."""
    answer = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return answer


def _answer(descriptor: int, line: str) -> None:
    """Say one line to the console, if that is still there, and let go of it."""
    try:
        os.write(descriptor, line.replace("\n", " ").encode("utf-8", "replace") + b"\n")
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _spawned(argv: list[str], cwd: str, environment: dict[str, str]) -> tuple[int, int, int]:
    """The process, and where its two streams are read.

    In a session of its own, so no terminal is in its reach, and with nothing to read. Raises
    `OSError` or `ValueError` where it can't be started.
    """
    out, stdout = os.pipe()
    err, stderr = os.pipe()
    try:
        os.chdir(cwd)
        pid = os.posix_spawn(
            _program(argv[0], environment),
            argv,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, stdout, 1),
                (os.POSIX_SPAWN_DUP2, stderr, 2),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=_IGNORED_BY_PYTHON,
        )
    finally:
        os.chdir("/")  # no folder is held that someone may want to remove or unmount
        os.close(stdout)
        os.close(stderr)
    return pid, out, err


def _program(name: str, environment: dict[str, str]) -> str:
    """Where the program is: a name without a folder is looked for as its own PATH has it."""
    if "/" in name:
        return name
    places = (f"{folder}/{name}" for folder in os.get_exec_path(environment))
    return next((place for place in places if os.access(place, os.X_OK)), name)
