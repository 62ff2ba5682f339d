"""Names that a file in a bundle may have: such as can do no harm where they become paths."""

from __future__ import annotations

import re
from typing import Final

from orket_console.base.text import is_clean

_COMPONENT: Final = re.compile(r"[^./\\\t\n][^/\\\t\n]{0,199}")
_KINDS: Final = re.compile(
    r"stdout|stderr|order|.+\.(json|jsonl|txt|log|md|html)(\.[0-9]+)?"
    # What was rotated away may have its day in its name.
    r"|.+\.log[.-]([0-9][0-9_-]{0,40}|old|bak)"
)
_DEEPEST: Final = 24
_LONGEST: Final = 1000


def is_bundle_name(name: str) -> bool:
    """Whether it is relative, goes nowhere up, hides nothing, shows as it is, and is of a kind
    that is read and never run."""
    parts = name.split("/")
    if len(parts) > _DEEPEST or not is_clean(name) or len(name.encode("utf-8")) > _LONGEST:
        return False
    return all(map(_COMPONENT.fullmatch, parts)) and _KINDS.fullmatch(parts[-1]) is not None
