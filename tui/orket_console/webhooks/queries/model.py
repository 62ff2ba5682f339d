"""What a query is, and what it answers with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from orket_console.base.clock import Clock
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """A table: `rows` of plain values, text sanitised and without secrets.

    `source` says what was read, `at` when, `seconds` how long it took. `cut` says which cap
    ended it, empty when it is whole; `notes` what else one should know, `problems` what could
    not be read. `given` are the values that the query was asked with, its defaults among them.
    """

    query: str
    statement: str
    source: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    at: datetime
    seconds: float
    cut: str = ""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> str:
        """`since=-1h`, what it was asked with; empty where it took nothing."""
        return " ".join(f"{name}={value}" for name, value in self.given.items())


class Kind(StrEnum):
    """What a value has to be."""

    TEXT = "text"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """One value that a query takes; `default` empty where it has to be given."""

    name: str
    help: str
    default: str = ""
    kind: Kind = Kind.TEXT


Run = Callable[[Target, Clock, Mapping[str, str], threading.Event], QueryAnswer]
"""The event, set by another thread, ends what still runs."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question under a name. `statement` is its SQL, empty where the log is read too;
    `origin` names the settings file of the operator's own ones."""

    name: str
    title: str
    purpose: str
    run: Run
    parameters: tuple[QueryParameter, ...] = ()
    statement: str = ""
    origin: str = ""
