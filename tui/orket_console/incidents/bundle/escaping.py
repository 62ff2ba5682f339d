"""Text from outside in Markdown, where nothing of it is markup."""

from __future__ import annotations

import re
from typing import Final

from orket_console.base.text import one_line

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>~&])")


def escaped(text: str) -> str:
    """`text` within a line of Markdown: what is special at the beginning of one alone stays."""
    return _SPECIAL.sub(r"\\\1", one_line(text))
