"""Carries steps out: appends to logs, writes artifacts, changes rows."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from orket_console.demo.records import line, runtime_event
from orket_console.demo.steps import RUNS_LOG, Artifact, LogLine, Sql, Step

DATABASES = {
    "runtime": ".orket/durable/db/orket_persistence.db",
    "webhook": ".orket/durable/db/webhook.db",
}
RUNTIME_EVENTS = "workspace/default/agent_output/observability/runtime_events.jsonl"
_COPIED_EVENTS = {
    "turn_start", "turn_complete", "turn_failed", "guard_retry_scheduled", "guard_terminal_failure",
}  # fmt: skip


class Writer:
    """Applies steps in order. Logs and databases are open from the first use to `flush`.

    `flush` commits, closes, and gives each log the time of its last line. An artifact gets the
    time of its step at once.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._logs: dict[str, TextIO] = {}
        self._last_line: dict[str, datetime] = {}
        self._connections: dict[str, sqlite3.Connection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()

    def apply(self, steps: Iterable[Step]) -> None:
        """Carry out every effect of every step."""
        for step in steps:
            for effect in step.effects:
                match effect:
                    case LogLine():
                        self._append_record(step.at, effect)
                    case Artifact(path, text):
                        self._write(step.at, path, text)
                    case Sql(database, statement, parameters):
                        self.database(database).execute(statement, parameters)

    def database(self, name: str) -> sqlite3.Connection:
        """The open connection to `runtime` or `webhook`."""
        if name not in self._connections:
            path = self._root / DATABASES[name]
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connections[name] = sqlite3.connect(path, timeout=5)
            self._connections[name].execute("PRAGMA synchronous = OFF")
        return self._connections[name]

    def flush(self) -> None:
        """Let everything be seen by others."""
        while self._logs:
            path, stream = self._logs.popitem()
            stream.close()
            _set_time(self._root / path, self._last_line[path])
        while self._connections:
            _, connection = self._connections.popitem()
            connection.commit()
            connection.close()

    def _append_record(self, at: datetime, entry: LogLine) -> None:
        self._append(at, entry.file, line(at, entry))
        if entry.file == RUNS_LOG and entry.event in _COPIED_EVENTS:
            block = runtime_event(entry.event, entry.role, entry.data)
            self._append(at, RUNTIME_EVENTS, json.dumps(block, ensure_ascii=False) + "\n")

    def _append(self, at: datetime, path: str, text: str) -> None:
        if path not in self._logs:
            target = self._root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            self._logs[path] = target.open("a", encoding="utf-8")
        self._logs[path].write(text)
        self._last_line[path] = at

    def _write(self, at: datetime, path: str, text: str) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        _set_time(target, at)


def _set_time(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))
