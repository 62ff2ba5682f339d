"""SQLite files that another process owns, read without ever changing or stalling them."""

from orket_console.base.sqlite.database import Answer, Caps, Database
from orket_console.base.sqlite.faults import DatabaseError, Fault
from orket_console.base.sqlite.read import read, read_async

__all__ = ["Answer", "Caps", "Database", "DatabaseError", "Fault", "read", "read_async"]
