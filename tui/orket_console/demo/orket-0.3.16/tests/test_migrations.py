"""Every migration file is applied."""

from __future__ import annotations

import unittest
from pathlib import Path

from orket.runtime_paths import runtime_db_path, webhook_db_path
from orket.store import rows

MIGRATIONS = Path("scripts/migrations")


def applied(path: Path) -> list[str]:
    """The ids recorded in a database."""
    return sorted(row["id"] for row in rows(path, "SELECT id FROM _schema_migrations"))


def files(target: str) -> list[str]:
    """The migrations of one target."""
    return sorted(file.name for file in MIGRATIONS.glob(f"*_{target}_*.sql"))


class Drift(unittest.TestCase):
    """Files against rows."""

    def test_runtime_files_are_applied(self) -> None:
        """No runtime migration waits."""
        self.assertEqual(sorted(set(files("runtime")) - set(applied(runtime_db_path()))), [])

    def test_webhook_files_are_applied(self) -> None:
        """No webhook migration waits."""
        self.assertEqual(applied(webhook_db_path()), files("webhook"))
