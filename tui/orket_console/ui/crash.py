"""A crash of the console itself: one line for the operator, a redacted file for us."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import UTC, datetime

from orket_console import __version__
from orket_console.base.files import write_whole
from orket_console.base.text import clean, one_line
from orket_console.target.state import crash_folder
from orket_console.target.target import Target


def fault_line(error: BaseException) -> str:
    """An error that nobody thought of, in words: what is not told would be believed done."""
    return one_line(f"a fault of the console: {type(error).__name__}: {error}")


def write_crash(target: Target | None) -> str:
    """Write the error being handled to a file, without locals and redacted; say it in a line."""
    error = sys.exc_info()[1]
    summary = f"{type(error).__name__}: {error}"
    text = f"orket-console {__version__}, Python {sys.version.split()[0]}\n\n"
    text += traceback.format_exc()
    if target is not None:
        redactor = target.redactor()
        summary, text = redactor.redact(summary), redactor.redact(text)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path = crash_folder() / f"crash-{moment}-{os.getpid()}.txt"
    try:
        write_whole(path, clean(text).encode())
    except OSError as problem:
        return f"crashed: {one_line(summary)} (no report: {problem})"
    return f"crashed: {one_line(summary)} (report: {path})"
