"""Why a database gave no answer, in states that an operator acts on differently."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from pathlib import Path

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.text import one_line


class Fault(StrEnum):
    MISSING = "missing"
    DENIED = "permission denied"
    NOT_A_DATABASE = "not a database"
    EMPTY = "empty"
    LOCKED = "locked by a writer"
    CORRUPT = "corrupt"
    SCHEMA = "schema differs"
    NEEDS_RECOVERY = "needs recovery by its owner"
    REFUSED = "statement refused"
    WRONG_STATEMENT = "statement in error"
    TOO_SLOW = "stopped at the time cap"
    TOO_BIG = "value too big"
    FAILED = "can't be read"


_REMEDIES = {
    Fault.MISSING: "Orket makes it on first use; check ORKET_DURABLE_ROOT",
    Fault.DENIED: "give this user read permission on the file and its folder",
    Fault.NOT_A_DATABASE: "the file was overwritten by something else; restore it from a backup",
    Fault.EMPTY: "a file of 0 bytes; restore it, or let Orket make it anew",
    Fault.LOCKED: "a writer holds it; it is tried again",
    Fault.CORRUPT: "restore it from a backup; keep the file for `sqlite3 .recover`",
    Fault.SCHEMA: "compare the installation's version with its migrations",
    Fault.NEEDS_RECOVERY: "start its server once, which rolls it back",
    Fault.REFUSED: "only reading statements are allowed here",
    Fault.TOO_SLOW: "narrow the query",
    Fault.TOO_BIG: "select fewer or shorter columns",
}


class DatabaseError(ConsoleError):
    """A database fault, with the file and what to do."""

    def __init__(self, fault: Fault, path: Path, detail: str = "") -> None:
        exit_code = (
            ExitCode.TIMED_OUT
            if fault is Fault.TOO_SLOW
            else ExitCode.USAGE
            if fault in (Fault.REFUSED, Fault.WRONG_STATEMENT)
            else ExitCode.CANNOT_TELL
        )
        super().__init__(
            f"{path.name}: {fault}{f', {one_line(detail)}' if detail else ''}",
            where=str(path),
            remedy=_REMEDIES.get(fault, ""),
            exit_code=exit_code,
        )
        self.fault = fault
        self.path = path
        self.detail = one_line(detail)


_BY_CODE = {
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_CORRUPT: Fault.CORRUPT,
    sqlite3.SQLITE_NOTADB: Fault.NOT_A_DATABASE,
    sqlite3.SQLITE_CANTOPEN: Fault.NEEDS_RECOVERY,
    sqlite3.SQLITE_READONLY: Fault.NEEDS_RECOVERY,
    sqlite3.SQLITE_INTERRUPT: Fault.TOO_SLOW,
    sqlite3.SQLITE_TOOBIG: Fault.TOO_BIG,
    sqlite3.SQLITE_AUTH: Fault.REFUSED,
    sqlite3.SQLITE_PERM: Fault.DENIED,
}


def classify(error: Exception) -> Fault:
    """The fault that an error of SQLite, or of its Python module, stands for."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and (fault := _BY_CODE.get(code & 0xFF)):
        return fault
    message = str(error)
    if "no such table" in message or "no such column" in message:
        return Fault.SCHEMA
    # pysqlite's own complaints (two statements at once, wrong number of parameters) have no code.
    if code in (None, sqlite3.SQLITE_ERROR):
        return Fault.WRONG_STATEMENT
    return Fault.FAILED
