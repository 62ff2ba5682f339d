"""Where things lie in an installation, on both versions."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.files import file_at

SCRIPTS: Final = {
    "failure-report": ("scripts/report_failure_modes.py", "scripts/replay/report_failure_modes.py"),
    "replay-turn": ("main.py", "main.py"),
    "migrations": ("scripts/run_migrations.py", "scripts/governance/run_migrations.py"),
    "release-smoke": ("scripts/release_smoke.py", "scripts/governance/release_smoke.py"),
    "security-canary": ("scripts/security_canary.py", "scripts/security/security_canary.py"),
    "volatility-gate": (
        "scripts/check_volatility_boundaries.py",
        "scripts/benchmarks/check_volatility_boundaries.py",
    ),
    "cli-smoke": (
        "scripts/run_cli_regression_smoke.py",
        "scripts/governance/run_cli_regression_smoke.py",
    ),
}
"""The runbook's scripts: path on the old version, path on the new one."""

_MOST_FOLDERS: Final = 2000
"""Workspaces, runs or agents that are looked through for logs."""


def default_durable(root: Path) -> Path:
    return root / ".orket" / "durable"


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of one installation, absolute. None of them need exist."""

    root: Path
    durable: Path
    webhook_durable: Path | None = None
    """Where the webhook server keeps its database, if not in `durable`."""

    @property
    def env_file(self) -> Path:
        return self.root / ".env"

    @property
    def runtime_db(self) -> Path:
        return self.durable / "db" / "orket_persistence.db"

    @property
    def webhook_db(self) -> Path:
        return (self.webhook_durable or self.durable) / "db" / "webhook.db"

    @property
    def workspace(self) -> Path:
        return self.root / "workspace" / "default"

    @property
    def run_log(self) -> Path:
        """Runs, webhook database and command-line start-up."""
        return self.workspace / "orket.log"

    @property
    def server_log(self) -> Path:
        """The API and webhook processes: webhook trouble is here, not in the run log."""
        return self.root / "orket.log"

    @property
    def crash_log(self) -> Path:
        return self.workspace / "orket_crash.log"

    @property
    def trace_roots(self) -> tuple[Path, Path]:
        """Turn artifacts: of runs, and of runs that a webhook started."""
        return (self.workspace / "observability", self.root / "observability")

    @property
    def migrations(self) -> Path:
        return self.root / "scripts" / "migrations"

    def script(self, name: str) -> Path | None:
        """The script by its name in `SCRIPTS`, at whichever of its paths it lies."""
        for relative in SCRIPTS[name]:
            if file_at(self.root / relative):
                return self.root / relative
        return None

    def shown(self, path: Path) -> str:
        """`path` relative to the root where it lies in it, as the operator knows it."""
        try:
            relative = path.relative_to(self.root)
        except ValueError:
            return str(path)
        return f"root/{relative}" if len(relative.parts) == 1 else str(relative)

    def logs(self) -> list[Path]:
        """The JSON-lines logs of this installation: the two main ones first, there or not,
        then those that exist of other workspaces, runs, agents and runtime events."""
        known = [self.run_log, self.server_log]
        found = {path for path in self._other_logs() if path not in known}
        return known + sorted(found)

    def crash_logs(self) -> list[Path]:
        """Text of Python's logging with the tracebacks of processes that died, where there are
        such: of the servers and the command line, and of other workspaces."""
        workspaces = _folders(self.root / "workspace")
        return [path for folder in workspaces for path in _present(folder / "orket_crash.log")]

    def _other_logs(self) -> Iterator[Path]:
        workspaces = _folders(self.root / "workspace")
        for workspace in workspaces:
            yield from _log_in(workspace)
            yield from _present(
                workspace / "agent_output" / "observability" / "runtime_events.jsonl"
            )
            yield from _present_in(workspace / "agents", ".log")
        for run in _folders(self.root / "workspace" / "runs"):
            yield from _log_in(run)
        yield from _present(self.root / "agent_output" / "observability" / "runtime_events.jsonl")


def _folders(folder: Path) -> list[Path]:
    """Sub-folders of `folder`, links not followed; none where it can't be read."""
    found: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.append(folder / entry.name)
                    if len(found) >= _MOST_FOLDERS:
                        break
    except OSError:
        return []
    return sorted(found)


def _log_in(folder: Path) -> Iterator[Path]:
    """The log of a folder, if there is one; also where that may not be looked at, which is then
    told of it."""
    path = folder / "orket.log"
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            yield path
    except PermissionError:
        yield path
    except OSError:
        return


def _present(path: Path) -> Iterator[Path]:
    """A regular file that is there, and no link."""
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            yield path
    except OSError:
        return


def _present_in(folder: Path, suffix: str) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.name.endswith(suffix))
    except OSError:
        return
    for name in names[:_MOST_FOLDERS]:
        yield from _present(folder / name)
