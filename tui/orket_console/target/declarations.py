"""The operator's own commands as they stand in a settings file: `[[actions]]`, unread.

What they mean, and what is wrong with one, is told where actions are: a mistake in one of them
must keep nobody from looking at the installation.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLES: Final = "actions"
_HEADING: Final = re.compile(rf"^[ \t]*\[\[[ \t]*{TABLES}[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Declarations:
    """The commands that one file declares, in its order; each `[[actions]]` is one of `tables`.

    `in_root` tells that the file is the installation's and not the operator's. `digest` is the
    SHA-256 of the file as it was read. `lines` are those of the headings, counted from 1; empty
    where they can't be told.
    """

    file: Path
    in_root: bool
    digest: str
    tables: tuple[object, ...]
    lines: tuple[int, ...]

    def place(self, index: int) -> str:
        """Where the table of that index stands, for the operator."""
        where = f"line {self.lines[index]}" if self.lines else f"number {index + 1}"
        return f"{self.file}, [[{TABLES}]] {where}"


def declared_in(file: Path, content: bytes, tables: list[object], *, in_root: bool) -> Declarations:
    """What `content`, the whole of `file`, declares; `tables` is what TOML makes of it."""
    text = content.decode("utf-8", "replace")
    lines = tuple(text.count("\n", 0, found.start()) + 1 for found in _HEADING.finditer(text))
    return Declarations(
        file=file,
        in_root=in_root,
        digest=hashlib.sha256(content).hexdigest(),
        tables=tuple(tables),
        # A heading inside a text of several lines is none.
        lines=lines if len(lines) == len(tables) else (),
    )
