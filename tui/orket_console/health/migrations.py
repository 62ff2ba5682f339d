"""Migrations: the files of `scripts/migrations` against the rows of `_schema_migrations`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.files import folder_at
from orket_console.base.text import one_line

APPLIED: Final = "SELECT id FROM _schema_migrations ORDER BY id LIMIT 500"
VERSIONS: Final = (
    "SELECT namespace, max(version) FROM schema_migrations GROUP BY namespace ORDER BY namespace"
)
"""The new version's own bookkeeping: the highest version of each part of the schema."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """`pending` are files without a row, `unknown` rows without a file; both empty, and
    `compared` false, where there is no folder of migrations to compare with. `versions` is
    what the new version keeps beside it.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]
    versions: tuple[str, ...]
    compared: bool

    def __str__(self) -> str:
        return f"{len(self.applied)} migration{'' if len(self.applied) == 1 else 's'} applied"

    def lines(self) -> list[str]:
        lines = [f"migrations applied: {', '.join(self.applied) or 'none'}"]
        if self.pending:
            lines.append(f"not applied: {', '.join(self.pending)}")
        if self.unknown:
            lines.append(f"applied, but no such file: {', '.join(self.unknown)}")
        if not self.compared:
            lines.append("not compared: there is no scripts/migrations")
        if self.versions:
            lines.append(f"schema_migrations: {', '.join(self.versions)}")
        return lines


def compare(
    folder: Path, kind: str, applied: tuple[str, ...], versions: tuple[str, ...]
) -> Migrations:
    """`kind` is `runtime` or `webhook`: the files of each have it in their names."""
    try:
        compared = folder_at(folder)
        files = {one_line(p.name) for p in folder.glob("*.sql") if f"_{kind}_" in p.name}
    except OSError:
        compared, files = False, set()
    if not compared:
        return Migrations(applied, (), (), versions, compared=False)
    pending = tuple(sorted(files - set(applied)))
    unknown = tuple(name for name in applied if name not in files)
    return Migrations(applied, pending, unknown, versions, compared=True)
