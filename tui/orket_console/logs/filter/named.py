"""Filters that are kept under a name: those built in, and those of the configuration."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

BUILT_IN: Final = MappingProxyType(
    {
        "failures": "level:error",
    }
)
"""What each says, by name; `@name` in an expression stands for it."""
