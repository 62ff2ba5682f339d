"""What happens in the demo installation, and when: the one form that history and live share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

RUNS_LOG = "workspace/default/orket.log"
SERVERS_LOG = "orket.log"


@dataclass(frozen=True, slots=True)
class LogLine:
    """A record to be appended to the log `file` (relative to the root)."""

    event: str
    data: dict[str, Any]
    role: str = "system"
    file: str = RUNS_LOG


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to be written at `path` (relative to the root)."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement for `runtime` or `webhook`."""

    database: str
    statement: str
    parameters: tuple[object, ...] = ()


Effect = LogLine | Artifact | Sql


@dataclass(frozen=True, slots=True)
class Step:
    """Effects that take place at one moment (aware UTC)."""

    at: datetime
    effects: tuple[Effect, ...]


@dataclass(slots=True)
class Timeline:
    """Collects steps while a cursor moves through time."""

    cursor: datetime
    steps: list[Step] = field(default_factory=list)

    def wait(self, seconds: float) -> datetime:
        """Move the cursor; the moment it is at then."""
        self.cursor += timedelta(seconds=seconds)
        return self.cursor

    def add(self, *effects: Effect) -> None:
        """Effects at the cursor."""
        self.steps.append(Step(self.cursor, effects))

    def log(self, event: str, data: dict[str, Any], role: str = "system") -> None:
        """One line in the log of the runs, at the cursor."""
        self.add(LogLine(event, data, role))


def sql_time(moment: datetime) -> str:
    """What SQLite's CURRENT_TIMESTAMP would have written: naive UTC in whole seconds."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")
