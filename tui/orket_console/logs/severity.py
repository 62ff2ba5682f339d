"""How bad a record is: see `base.severity`, which health counts errors by as well."""

from orket_console.base.severity import ENDINGS, LEVELS, NAMES, Severity, severity_of

__all__ = ["ENDINGS", "LEVELS", "NAMES", "Severity", "severity_of"]
