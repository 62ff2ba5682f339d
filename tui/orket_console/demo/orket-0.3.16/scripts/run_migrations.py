"""Applies `scripts/migrations/NNN_<target>_*.sql` to the two databases, once each.

Run from the root with PYTHONPATH=. (without it there is no module named `orket`).
"""

from __future__ import annotations

import argparse
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from orket.runtime_paths import runtime_db_path, webhook_db_path

RECORD = (
    "CREATE TABLE IF NOT EXISTS _schema_migrations (id TEXT PRIMARY KEY, applied_at TEXT NOT NULL)"
)


def apply(connection: sqlite3.Connection, migration: Path) -> bool:
    """Apply one file, unless its row says that it was; whether it was applied now."""
    connection.execute(RECORD)
    query = "SELECT 1 FROM _schema_migrations WHERE id = ?"
    if connection.execute(query, (migration.name,)).fetchone():
        return False
    with connection:
        connection.executescript(migration.read_text(encoding="utf-8"))
        connection.execute(
            "INSERT INTO _schema_migrations (id, applied_at) VALUES (?, ?)",
            (migration.name, datetime.now(UTC).isoformat()),
        )
    return True


def migrate(database: Path, folder: Path, target: str) -> None:
    """Apply the target's migrations in order."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(database) as connection:
        for migration in sorted(folder.glob(f"*_{target}_*.sql")):
            if apply(connection, migration):
                print(f"[MIGRATE] Applied {migration.name} to {database}")
            else:
                print(f"[MIGRATE] Skipped {migration.name} (already applied) on {database}")


def main() -> None:
    """Migrate both."""
    parser = argparse.ArgumentParser(description="Run SQLite schema migrations.")
    parser.add_argument("--runtime-db", default=str(runtime_db_path()))
    parser.add_argument("--webhook-db", default=str(webhook_db_path()))
    parser.add_argument("--migration-dir", default="scripts/migrations")
    arguments = parser.parse_args()
    folder = Path(arguments.migration_dir)
    if not folder.exists():
        raise SystemExit(f"Migration directory not found: {folder}")
    migrate(Path(arguments.runtime_db), folder, "runtime")
    migrate(Path(arguments.webhook_db), folder, "webhook")


if __name__ == "__main__":
    main()
