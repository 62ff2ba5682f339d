"""The installation's `.env`, read exactly as its Orket reads it, and what surprises in it.

Old: one `KEY=VALUE` a line, `#` only at the start, split at the first `=`, both sides
stripped, quotes kept as part of the value, no `export`, the first of two keys wins.
New: python-dotenv, with quotes, `export`, inline comments and `${NAME}`; the last of two
keys wins. Neither overrides what the process already has.
"""

from __future__ import annotations

import io
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orket_console.base.files import Unreadable, UnreadableError, read_bytes
from orket_console.base.secret import Secret
from orket_console.base.text import clean
from orket_console.target.identity import Generation

_CAP: Final = 1 << 20
_PLACEHOLDER: Final = re.compile(
    r"change-?me|^your-|-here$|^sk-(ant-)?your|^<.*>$|^xxx+$", re.IGNORECASE
)
_YES: Final = frozenset({"1", "true", "yes", "on"})


def is_yes(value: str) -> bool:
    """Whether Orket takes a variable's value for a yes."""
    return value.strip().lower() in _YES


@dataclass(frozen=True, slots=True)
class EnvWarning:
    """Something in `.env` that does not mean what it looks like. `line` counts from 1."""

    line: int
    key: str
    what: str


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What `.env` says. `problem` is set, and `values` empty, when it can't be read."""

    path: Path
    values: dict[str, Secret] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    warnings: tuple[EnvWarning, ...] = ()
    problem: str = ""


def read_env(path: Path, generation: Generation) -> EnvFile:
    """Parse `path`; a missing or unreadable file is a problem in words, never an exception."""
    try:
        text = read_bytes(path, _CAP).decode("utf-8", "replace")
    except UnreadableError as error:
        detail = f": {error.detail}" if error.detail and error.reason is Unreadable.FAILED else ""
        return EnvFile(path, problem=f"{error.reason}{detail}")
    return parse_new_env(path, text) if generation == "new" else parse_env(path, text)


def parse_new_env(path: Path, text: str) -> EnvFile:
    """As the new version reads it. `${NAME}` stands for what this console's process has."""
    # Not above: an old installation never pays for it.
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    # It would say on stderr, across the screen, what stands in `warnings`.
    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    lines: dict[str, int] = {}
    warnings: list[EnvWarning] = []
    for binding in parse_stream(io.StringIO(text)):
        number, key = binding.original.line, clean(binding.key or "")
        if binding.error:
            warnings.append(EnvWarning(number, key, "can't be parsed and is passed over"))
        if binding.key is None:
            continue
        if binding.key in lines:
            over = f"overrides line {lines[binding.key]}"
            warnings.append(EnvWarning(number, key, over))
        if _PLACEHOLDER.search(binding.value or ""):
            warnings.append(EnvWarning(number, key, "still a placeholder"))
        lines[binding.key] = number
    found = dotenv_values(stream=io.StringIO(text))
    values = {key: Secret(value) for key, value in found.items() if value is not None}
    return EnvFile(path, values, lines, tuple(warnings))


def parse_env(path: Path, text: str) -> EnvFile:
    """As the old version reads it."""
    values: dict[str, Secret] = {}
    lines: dict[str, int] = {}
    warnings: list[EnvWarning] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        shown = clean(key)
        warnings += [EnvWarning(number, shown, what) for what in _oddities(key, equals, value)]
        if key in values:
            warnings.append(
                EnvWarning(number, shown, f"already set in line {lines[key]}, which wins")
            )
            continue
        values[key] = Secret(value)
        lines[key] = number
    return EnvFile(path, values, lines, tuple(warnings))


def _oddities(key: str, equals: str, value: str) -> list[str]:
    found: list[str] = []
    if not equals:
        found.append("no `=`: Orket takes the whole line as a key with an empty value")
    if not key:
        found.append("no name before `=`: Orket stops at this line with an error")
    if key.startswith("\ufeff"):
        found.append("the byte order mark is taken as part of the key")
    if key.startswith("export "):
        found.append("`export` is taken as part of the key")
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        found.append("the quotes are taken as part of the value")
    elif " #" in value:
        found.append("the comment is taken as part of the value")
    if _PLACEHOLDER.search(value):
        found.append("still a placeholder")
    return found
