"""How far a search of whole logs has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hunted:
    """How far all logs are searched, in bytes, and how many lines were found so far."""

    done: int = 0
    of: int = 0
    hits: int = 0
    problem: str = ""

    @property
    def whole(self) -> bool:
        return self.done == self.of and not self.problem
