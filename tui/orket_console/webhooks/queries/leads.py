"""Which pull request a row of an answer names."""

from __future__ import annotations

import re
from typing import Any, Final

_KEY: Final = re.compile(r"[^\s/#]+/[^\s/#]+#[0-9]+")
_REPOSITORY: Final = ("repo_full_name", "repo", "repository")
_NUMBER: Final = ("pr_number", "pr", "number")


def pull_of(columns: tuple[str, ...], row: tuple[Any, ...]) -> str:
    """`acme/shop#7`, from such a cell, or a repository and a number; or empty."""
    for value in row:
        if isinstance(value, str) and _KEY.fullmatch(value):
            return value
    named = dict(zip(map(str.lower, columns), row, strict=True))
    repository = next((named[name] for name in _REPOSITORY if name in named), None)
    number = next((named[name] for name in _NUMBER if name in named), None)
    whole = f"{repository}#{number}"
    return whole if _KEY.fullmatch(whole) else ""
