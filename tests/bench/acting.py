"""What running an action on record costs over its command: to begin, to follow, to audit."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psutil
from tests.bench.measure import Result, at_most, compare

from orket_console.actions.catalogue import find
from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import Record, folder_of, history
from orket_console.actions.runner import start
from orket_console.actions.trail import append
from orket_console.target.target import Target, open_target

_KEPT: Final = 500
"""Runs that the history holds already."""
_BYTES: Final = 100 << 20
_SUCCESS: Final = "print('[security-canary] SUCCESS', flush=True)\n"
_LINES: Final = f"""
line = "2026-11-23T14:00:00 INFO something happened in module_abc with value 123456 and more text"
for _ in range({_BYTES} // (len(line) + 1)): print(line)
"""
_BLOCKS: Final = f"""
import sys
block = "x" * 99 + chr(10)
for _ in range({_BYTES} // (655 * len(block))): sys.stdout.write(655 * block)
"""
_LOOK: Final = 0.02


def benchmarks(folder: Path, rounds: int) -> Iterator[Result]:
    target = _target(folder / "acting")
    yield from _beginning(target, rounds)
    yield from _following(target, min(rounds, 3))
    yield _audit(folder, rounds)


def _target(root: Path) -> Target:
    """A small installation, with secrets to be redacted from all that is printed."""
    (root / ".orket" / "durable" / "db").mkdir(parents=True)
    (root / "workspace" / "default").mkdir(parents=True)
    (root / "scripts").mkdir()
    (root / ".env").write_text(
        "ORKET_API_KEY=bench-4f1d-api-key\nGITEA_WEBHOOK_SECRET=bench-77ab-secret\n"
        "GITEA_ADMIN_PASSWORD=bench-0c2e-password\n"
    )
    environment = {**os.environ, "XDG_STATE_HOME": str(root.parent / "state")}
    flags = {"target.python": sys.executable}
    return open_target(option=str(root), environment=environment, here=root, flags=flags)


def _planned(target: Target, body: str) -> Plan:
    (target.path / "scripts" / "security_canary.py").write_text(body + _SUCCESS)
    return plan(target, find("security-canary"), {})


def _beginning(target: Target, rounds: int) -> Iterator[Result]:
    made = _planned(target, "")

    def compared(what: str) -> Result:
        return compare(
            f"an action's first output{what}",
            lambda: _first_output(target, made),
            lambda: _first_line(made),
            against="its command, run bare",
            times=1.0,
            plus=0.150,
            rounds=rounds,
        )

    yield compared("")
    _fill(target)
    yield compared(f", {_KEPT} runs in the history")


def _fill(target: Target) -> None:
    """As many records as a history holds, copies of one that ended."""
    (record, *_) = history(target, 1).records
    result = (folder_of(target, record.id) / "result.json").read_bytes()
    for number in range(_KEPT):
        copy = folder_of(target, f"20260101T000000.{number:06d}-security-canary-0000")
        copy.mkdir(mode=0o700)
        (copy / "result.json").write_bytes(result.replace(record.id.encode(), copy.name.encode()))


def _first_output(target: Target, made: Plan) -> float:
    async def run() -> float:
        begun = time.perf_counter()
        seen: list[float] = []

        def listener(piece: Piece) -> None:
            seen.append(time.perf_counter() - begun)

        running = await start(target, made, listener)
        await running.ended()
        return seen[0]

    taken = asyncio.run(run())
    # Its supervisor lets go of the installation a moment after the record has its end.
    time.sleep(0.2)
    return taken


def _first_line(made: Plan) -> float:
    begun = time.perf_counter()
    with subprocess.Popen(
        made.argv, cwd=made.cwd, env=made.environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        taken = time.perf_counter() - begun
        process.stdout.read()
    return taken


def _following(target: Target, rounds: int) -> Iterator[Result]:
    made = dataclasses.replace(_planned(target, _LINES), timeout=600)
    yield compare(
        "100 MB printed by an action, kept and followed",
        lambda: asyncio.run(_followed(target, made)),
        lambda: _into_a_file(made),
        against="its command through cat to a file",
        times=2.0,
        rounds=rounds,
    )
    peak = Peak()
    asyncio.run(_followed(target, made, peak))
    at_once = dataclasses.replace(_planned(target, _BLOCKS), timeout=600)
    yield compare(
        "100 MB written in blocks, kept and followed",
        lambda: asyncio.run(_followed(target, at_once)),
        lambda: _into_a_file(at_once),
        against="its command through cat to a file, which does nothing else",
        times=None,
        rounds=rounds,
    )
    asyncio.run(_followed(target, at_once, peak))
    against = "what it has when the first of it was seen"
    yield at_most("memory that its supervisor takes more", peak.supervisor, "MB", 24, against)
    yield at_most("memory that who follows takes more", peak.console, "MB", 24, against)


@dataclasses.dataclass(slots=True)
class Peak:
    """Megabytes that were taken at most beyond those at the first look of a run."""

    supervisor: float = 0.0
    console: float = 0.0


async def _followed(target: Target, made: Plan, peak: Peak | None = None) -> float:
    """Seconds; `peak` is measured meanwhile, which takes as long as following does."""
    begun = time.perf_counter()
    length = 0

    def listener(piece: Piece) -> None:
        nonlocal length
        length += len(piece.text)

    run = await start(target, made, listener)
    ending = asyncio.create_task(run.ended())
    first: tuple[float, float] | None = None
    while not ending.done():
        await asyncio.wait([ending], timeout=_LOOK)
        if peak is not None and length and (now := _held(run.record)):
            first = first or now
            peak.supervisor = max(peak.supervisor, now[0] - first[0])
            peak.console = max(peak.console, now[1] - first[1])
    record = await ending
    assert record.word == "passed", record.evidence
    assert length > _BYTES - (1 << 16)
    return time.perf_counter() - begun


def _held(record: Record) -> tuple[float, float] | None:
    try:
        pids = (record.supervisor or 0, os.getpid())
        supervisor, console = (psutil.Process(pid).memory_full_info().uss for pid in pids)
    except psutil.Error:
        return None
    return supervisor / (1 << 20), console / (1 << 20)


def _into_a_file(made: Plan) -> float:
    path = made.cwd / "output"
    begun = time.perf_counter()
    with (
        path.open("wb") as file,
        subprocess.Popen(
            made.argv, cwd=made.cwd, env=made.environment, stdout=subprocess.PIPE
        ) as process,
    ):
        subprocess.run(["cat"], stdin=process.stdout, stdout=file, check=True)
    taken = time.perf_counter() - begun
    path.unlink()
    return taken


def _audit(folder: Path, rounds: int) -> Result:
    trail, bare = folder / "audit" / "audit.jsonl", folder / "audit" / "bare.jsonl"
    fields: dict[str, object] = {"kind": "started", "argv": ["python"] * 10, "text": "x" * 500}
    append(trail, fields)
    line = trail.read_bytes()
    return compare(
        "a record of the audit trail, on disk",
        lambda: _seconds_of_many(lambda: append(trail, fields)),
        lambda: _seconds_of_many(lambda: _bare_append(bare, line)),
        against="the same line, appended and fsynced",
        times=2.0,
        rounds=rounds,
    )


def _bare_append(path: Path, line: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, line)
        os.fsync(fd)
    finally:
        os.close(fd)


def _seconds_of_many(appending: Callable[[], None], count: int = 50) -> float:
    """Of one, on average: how long a disk takes differs much."""
    begun = time.perf_counter()
    for _ in range(count):
        appending()
    return (time.perf_counter() - begun) / count
