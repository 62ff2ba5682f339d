"""What a pane offers in the palette where the operator is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Offer:
    """`title` is searched and shown, `help` says what it does."""

    title: str
    help: str
    run: Callable[[], Any]
