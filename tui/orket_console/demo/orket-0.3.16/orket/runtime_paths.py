"""Where the databases are: ORKET_DURABLE_ROOT, else `.orket/durable` in the working folder."""

from __future__ import annotations

import os
from pathlib import Path


def durable_root() -> Path:
    """The folder that holds `db/`."""
    configured = os.environ.get("ORKET_DURABLE_ROOT", "").strip()
    return Path(configured) if configured else Path.cwd() / ".orket" / "durable"


def runtime_db_path() -> Path:
    """The runtime database."""
    return durable_root() / "db" / "orket_persistence.db"


def webhook_db_path() -> Path:
    """The webhook database."""
    return durable_root() / "db" / "webhook.db"
