"""What every pane is given: the installation, the time, and how times are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from orket_console.base.clock import Clock
from orket_console.runs.index import TurnIndex
from orket_console.target.target import Target
from orket_console.ui.reads import Reads


@dataclass(frozen=True, slots=True)
class UiContext:
    target: Target
    clock: Clock
    turns: TurnIndex = field(init=False, repr=False, compare=False)
    """Every turn there is, kept from one search to the next."""
    reads: Reads = field(init=False, repr=False, compare=False, default_factory=Reads)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", TurnIndex(self.target))

    @property
    def zone_name(self) -> str:
        return "UTC" if self.is_utc else datetime.now(UTC).astimezone().strftime("%Z")

    def time_of_day(self, at: datetime) -> str:
        """`05:17:37` in the chosen zone."""
        return self._local(at).strftime("%H:%M:%S")

    def day_and_time(self, at: datetime) -> str:
        """`2026-11-23 05:17:37` in the chosen zone."""
        return self._local(at).strftime("%Y-%m-%d %H:%M:%S")

    @property
    def is_utc(self) -> bool:
        return self.target.settings.text("ui.time") != "local"

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(UTC) if self.is_utc else at.astimezone()
