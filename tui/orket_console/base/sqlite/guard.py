"""The authorizer: what a statement may do on a database that is not ours."""

from __future__ import annotations

import sqlite3
from typing import Final

_ACTIONS: Final = {
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_PRAGMA: "PRAGMA",
    sqlite3.SQLITE_FUNCTION: "function",
    sqlite3.SQLITE_TRANSACTION: "transaction",
    sqlite3.SQLITE_SAVEPOINT: "SAVEPOINT",
    sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
    sqlite3.SQLITE_ANALYZE: "ANALYZE",
    sqlite3.SQLITE_REINDEX: "REINDEX",
    sqlite3.SQLITE_CREATE_TABLE: "CREATE TABLE",
    sqlite3.SQLITE_CREATE_TEMP_TABLE: "CREATE TEMP TABLE",
    sqlite3.SQLITE_CREATE_INDEX: "CREATE INDEX",
    sqlite3.SQLITE_CREATE_VIEW: "CREATE VIEW",
    sqlite3.SQLITE_CREATE_TRIGGER: "CREATE TRIGGER",
    sqlite3.SQLITE_CREATE_VTABLE: "CREATE VIRTUAL TABLE",
    sqlite3.SQLITE_DROP_TABLE: "DROP TABLE",
    sqlite3.SQLITE_DROP_INDEX: "DROP INDEX",
    sqlite3.SQLITE_DROP_VIEW: "DROP VIEW",
}
# What CREATE and DROP write to before they are asked about themselves.
_SCHEMAS: Final = frozenset({"sqlite_master", "sqlite_temp_master"})
# Those that answer without an argument, and would change something with one.
_PRAGMAS_BARE: Final = frozenset(
    {
        "application_id",
        "auto_vacuum",
        "database_list",
        "encoding",
        "freelist_count",
        "journal_mode",
        "page_count",
        "page_size",
        "schema_version",
        "table_list",
        "user_version",
    }
)
_PRAGMAS_NAMED: Final = frozenset(
    {
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "integrity_check",
        "quick_check",
        "table_info",
        "table_xinfo",
    }
)


class Guard:
    """Allows what only reads; keeps the name of what it denied last."""

    def __init__(self) -> None:
        self.denied = ""

    def __call__(
        self, action: int, first: str | None, second: str | None, _database: object, _inner: object
    ) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and second != "load_extension":
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_PRAGMA and self._reads(first or "", second):
            return sqlite3.SQLITE_OK
        name = _ACTIONS.get(action, f"action {action}")
        subject = second if action == sqlite3.SQLITE_FUNCTION else first
        self.denied = (
            "change of the schema" if subject in _SCHEMAS else f"{name} {subject or ''}".strip()
        )
        return sqlite3.SQLITE_DENY

    @staticmethod
    def _reads(pragma: str, argument: str | None) -> bool:
        name = pragma.lower()
        return name in _PRAGMAS_NAMED or (name in _PRAGMAS_BARE and argument is None)
