"""The logs: there, growing, readable as records, and free of errors lately."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from orket_console.base.clock import since, size
from orket_console.base.files import Unreadable, UnreadableError
from orket_console.base.lines import Line
from orket_console.base.refs import LogRef, Ref
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.records import WINDOW, Tail, read_tail
from orket_console.target.target import Target

_MINUTES: Final = int(WINDOW.total_seconds() // 60)
_OTHERS_READ: Final = 12
_AHEAD: Final = timedelta(minutes=1)
"""What clocks may differ by."""
_CRASHED_LATELY: Final = timedelta(days=1)


async def probe_server_log(look: Look) -> Reading:
    """Source: `orket.log` in the root, where the API and the webhook server write."""
    path = look.target.layout.server_log
    return await look.in_thread("server log", lambda: _read(look, path))


async def probe_run_log(look: Look) -> Reading:
    """Source: `workspace/default/orket.log`, where runs write."""
    path = look.target.layout.run_log
    return await look.in_thread("run log", lambda: _read(look, path))


async def probe_other_logs(look: Look) -> Reading:
    """Source: logs of other workspaces, runs and agents, runtime events, and the crash log."""
    return await look.in_thread("other logs", lambda: _read_others(look))


def _read(look: Look, path: Path) -> Reading:
    shown = look.target.layout.shown(path)
    try:
        tail = read_tail(path, look.clock.now())
    except UnreadableError as error:
        return _unreadable(error, shown)
    return _judge(tail, str(path), shown, look.clock.now())


def _judge(tail: Tail, path: str, shown: str, now: datetime) -> Reading:
    lines = (*_lines(tail, shown, now), *_rotated(Path(path)))
    evidence = _evidence(path, tail)
    if tail.errors:
        more = "+" if tail.full else ""
        before = f" (was {tail.before})" if tail.before is not None else ""
        return Reading(
            State.DEGRADED,
            "errors",
            f"{tail.errors}{more} in {_MINUTES} min{before}: {shorten(tail.error_said, 60)}",
            lines,
            evidence,
            remedy="open its last error (l), and read on from there",
        )
    if tail.size == 0:
        return Reading(State.INFO, "empty", "0 bytes: cleared, or nothing written yet", lines)
    if tail.lines == 0:
        seen = f"no complete line in the last of its {size(tail.size)}"
        return Reading(State.DEGRADED, "malformed", seen, lines)
    if tail.malformed:
        return Reading(
            State.DEGRADED,
            "malformed",
            f"{tail.malformed} of the last {tail.lines} lines are no records",
            lines,
            evidence,
            remedy="something else writes into this log, or it was damaged",
        )
    if tail.last and tail.last - now > _AHEAD:
        return Reading(
            State.DEGRADED,
            "clock",
            f"its newest record is {since(now, tail.last)} ahead of this host's clock",
            lines,
            evidence,
            remedy="set the clocks of both hosts: what is recent can't be told",
        )
    return Reading(State.OK, "ok", _healthy(tail, now), lines, evidence)


def _healthy(tail: Tail, now: datetime) -> str:
    amount = f"{tail.records} records" if tail.records is not None else size(tail.size)
    if tail.last:
        return f"{amount}, last {since(tail.last, now)} ago"
    return f"{amount}, written {since(tail.written, now)} ago"


def _lines(tail: Tail, shown: str, now: datetime) -> tuple[str, ...]:
    records = f", {tail.records} lines" if tail.records is not None else ""
    lines = [f"{shown}: {size(tail.size)}{records}"]
    if tail.last:
        lines.append(f"newest record {tail.last:%Y-%m-%d %H:%M:%S} UTC ({since(tail.last, now)})")
    more = "+" if tail.full else ""
    lines.append(
        f"{tail.lately / _MINUTES:.1f}{more} records a minute in the last {_MINUTES} min, "
        f"{tail.errors}{more} errors in all"
    )
    lines.append(f"the last {tail.lines} lines were read, {tail.malformed} of them no records")
    return tuple(lines)


def _rotated(path: Path) -> list[str]:
    """What was rotated away from a log and still lies beside it."""
    try:
        with os.scandir(path.parent) as entries:
            beside = [one for one in entries if one.name.startswith(f"{path.name}.")]
            whole = sum(one.stat(follow_symlinks=False).st_size for one in beside)
    except OSError:
        return []
    files = f"{len(beside)} rotated file{'' if len(beside) == 1 else 's'}"
    return [f"{files} beside it, {size(whole)}"] if beside else []


def _evidence(path: str, tail: Tail) -> tuple[Ref, ...]:
    found: list[Line] = [line for line in (tail.newest_error, tail.newest) if line is not None]
    return tuple(LogRef(path, line.offset) for line in dict.fromkeys(found))


def _unreadable(error: UnreadableError, shown: str) -> Reading:
    if error.reason is Unreadable.MISSING:
        seen = f"waiting for {shown}"
        return Reading(State.UNKNOWN, "missing", seen, remedy="Orket makes it when it first writes")
    return Reading(
        State.DEGRADED,
        "unreadable",
        f"{shown}: {error.reason}",
        (error.detail,) if error.detail else (),
        remedy="Orket can't write there either, unless it is another user: look at the path",
    )


def _read_others(look: Look) -> Reading:
    """The newest of the other logs, by when they were last written."""
    target, now = look.target, look.clock.now()
    main = (target.layout.run_log, target.layout.server_log)
    others = sorted((p for p in target.layout.logs() if p not in main), key=_written, reverse=True)
    read = [_read(look, path) for path in others[:_OTHERS_READ]]
    crash = _crash(target, now)
    if crash:
        read.append(crash)
    if not read:
        return Reading(State.INFO, "none", "no other workspace, run or agent has a log")
    names = [target.layout.shown(path) for path in others[:_OTHERS_READ]]
    names += [target.layout.shown(target.layout.crash_log)] if crash else []
    lines = [f"{n}: {r.word}, {r.seen}" for n, r in zip(names, read, strict=True)]
    if len(others) > _OTHERS_READ:
        lines.append(f"{len(others) - _OTHERS_READ} more, written earlier, were not read")
    bad = [i for i, reading in enumerate(read) if reading.state is State.DEGRADED]
    chosen = read[bad[0]] if bad else read[0]
    count = f"{len(others)} log{'' if len(others) == 1 else 's'}"
    if bad:
        word, seen = chosen.word, f"{names[bad[0]]}: {chosen.seen}"
    else:
        word, seen = "ok", f"{count}, {names[0]}: {chosen.seen}"
    state = State.DEGRADED if bad else State.OK
    return Reading(state, word, seen, tuple(lines), chosen.evidence, remedy=chosen.remedy)


def _crash(target: Target, now: datetime) -> Reading | None:
    """The crash log of Orket itself, which is Python's logging text and no records."""
    path = target.layout.crash_log
    try:
        info = path.stat()
    except OSError:
        return None
    if info.st_size == 0:
        return None
    written = datetime.fromtimestamp(info.st_mtime, UTC)
    seen = f"{size(info.st_size)}, written {since(written, now)} ago"
    if now - written < _CRASHED_LATELY:
        return Reading(State.DEGRADED, "crash", seen, remedy=f"read {path}")
    return Reading(State.OK, "ok", seen)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
