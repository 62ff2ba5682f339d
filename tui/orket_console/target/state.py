"""Where the console keeps its own: one folder a target, for this user alone."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from orket_console.base.files import make_private, typed_path

_APP = "orket-console"


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Paths of one target's state. Made (0700) when something is first kept, not before."""

    path: Path

    @property
    def actions(self) -> Path:
        """`<id>/` with stdout, stderr and the result of each action."""
        return self.path / "actions"

    @property
    def audit(self) -> Path:
        return self.path / "audit.jsonl"

    @property
    def ledger(self) -> Path:
        """What is remembered of incidents."""
        return self.path / "ledger.db"

    @property
    def health(self) -> Path:
        """What the probes saw so far."""
        return self.path / "health.json"

    @property
    def recorded(self) -> Path:
        """Readings of the probes that were taken elsewhere: there only for an opened bundle."""
        return self.path / "recorded.json"

    @property
    def copies(self) -> Path:
        """Copies of databases that can't be read in place."""
        return self.path / "copies"

    @property
    def servers(self) -> Path:
        """What the servers print that were started from here."""
        return self.path / "servers"

    @property
    def exports(self) -> Path:
        return self.path / "exports"

    @property
    def log_look(self) -> Path:
        """How the operator wants the log's lines to look."""
        return self.path / "log_look.json"

    @property
    def filters(self) -> Path:
        """The log filters that were used last."""
        return self.path / "log_filters.json"

    @property
    def statements(self) -> Path:
        """The SQL statements that were asked last."""
        return self.path / "statements.json"

    @property
    def bookmarks(self) -> Path:
        """The log lines that the operator marked, with their notes."""
        return self.path / "bookmarks.json"

    @property
    def runs_place(self) -> Path:
        """Where the operator was in the runs."""
        return self.path / "runs_place.json"

    def made(self) -> Path:
        return make_private(self.path)


def state_folder(root: Path, configured: str) -> StateFolder:
    """The folder of the target at `root`: its name for people, a digest to tell two apart."""
    base = typed_path(configured) if configured else platformdirs.user_state_path(_APP)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", root.name) or "root"
    digest = hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return StateFolder(base / f"{name}-{digest}")


def user_config_file() -> Path:
    return platformdirs.user_config_path(_APP) / "config.toml"


def crash_folder() -> Path:
    """Where a crash of the console itself leaves its report."""
    return platformdirs.user_state_path(_APP) / "crashes"
