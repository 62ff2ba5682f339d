"""SQLite files that another process owns, read without ever changing or stalling them."""

from orket_console.base.sqlite.database import Answer, Caps, Database
from orket_console.base.sqlite.faults import DatabaseError, Fault
from orket_console.base.sqlite.read import Ask, read, reading

__all__ = [
    "Answer",
    "Ask",
    "Caps",
    "Database",
    "DatabaseError",
    "Fault",
    "read",
    "reading",
]
