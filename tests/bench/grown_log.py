"""Large logs: the demo's runs and servers told over and over, with times and ids of their own.

A log is the same for the same size, is made once, and is kept in the user's cache folder.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import platformdirs

from orket_console.demo.records import line
from orket_console.demo.runs import tell_run
from orket_console.demo.scenarios import Outcome
from orket_console.demo.steps import LogLine

CACHE: Final = platformdirs.user_cache_path("orket-console-bench", appauthor=False)
_FORM: Final = 1
"""Goes up when what is written changes, so that a log kept from before is not taken for it."""
_BEGINS: Final = datetime(2026, 11, 1, tzinfo=UTC)
_TIMESTAMP: Final = b'{"timestamp": "'
_COMMON: Final = 4
"""How often a run ends well for each that goes wrong in one of the other ways."""
_BATCH: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class _Told:
    """The lines of one run without their times, and the second of the run of each."""

    session: bytes
    lines: tuple[tuple[float, bytes], ...]


def grown_log(size: int) -> Path:
    """A log of whole lines, `size` bytes or a line more, in the cache folder."""
    path = CACHE / f"orket-{size}-{_FORM}.log"
    if path.exists():
        return path
    CACHE.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    with scratch.open("wb") as file:
        for batch in _batches(size):
            file.write(batch)
    scratch.replace(path)
    return path


def root_around(log: Path | None, folder: Path) -> Path:
    """The least that is an installation, with `log` (None: an empty one) as the log of its runs.

    The log is linked to, for copies of it would take longer than what is measured.
    """
    root = folder / f"root-{log.stem if log else 'empty'}"
    shutil.rmtree(root, ignore_errors=True)
    (root / ".orket" / "durable" / "db").mkdir(parents=True)
    workspace = root / "workspace" / "default"
    (workspace / "observability").mkdir(parents=True)
    (root / "orket-console.toml").write_text("[api]\nport = 9\n[webhook]\nport = 11\n")
    if log is None:
        (workspace / "orket.log").touch()
    else:
        (workspace / "orket.log").symlink_to(log)
    return root


def lines(seed: int) -> Iterator[bytes]:
    """Lines of runs without end, newline and all, in order of time."""
    rng = random.Random(seed)
    told = _told_runs()
    at = _BEGINS
    while True:
        run = rng.choice(told)
        session = b"%08x" % rng.getrandbits(32)
        for second, rest in run.lines:
            moment = (at + timedelta(seconds=second)).isoformat().encode()
            yield _TIMESTAMP + moment + rest.replace(run.session, session)
        at += timedelta(seconds=run.lines[-1][0] + rng.uniform(0.5, 30))


def _batches(size: int) -> Iterator[bytes]:
    written = 0
    batch: list[bytes] = []
    held = 0
    for text in lines(1):
        batch.append(text)
        held += len(text)
        if held >= _BATCH or written + held >= size:
            yield b"".join(batch)
            written += held
            batch, held = [], 0
        if written >= size:
            return


def _told_runs() -> list[_Told]:
    outcomes = [Outcome.DONE] * (_COMMON * len(Outcome)) + list(Outcome)
    return [_told(index, outcome) for index, outcome in enumerate(outcomes)]


def _told(index: int, outcome: Outcome) -> _Told:
    run = tell_run(Path("/srv/orket"), "bench", index, outcome, _BEGINS)
    entries = [
        ((step.at - _BEGINS).total_seconds(), line(step.at, effect).encode())
        for step in run.steps
        for effect in step.effects
        if isinstance(effect, LogLine)
    ]
    after = len(_TIMESTAMP) + len(_BEGINS.isoformat())
    cut = [(second, text[text.index(b'"', after - 8) :]) for second, text in entries]
    return _Told(run.session_id.encode(), tuple(cut))
