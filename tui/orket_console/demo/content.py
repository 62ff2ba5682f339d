"""What the demo's runs work on: epics with their issues, and what models say about them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Work:
    """One issue: what is asked for, and the file that the builder writes."""

    summary: str
    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Epic:
    """One epic. `builder` is the seat and role that does the work."""

    name: str
    slug: str
    prefix: str
    builder: str
    description: str
    work: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a guard sends work back."""

    rationale: str
    violation: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Content:
    """All of `content.toml`."""

    epics: tuple[Epic, ...]
    rejections: tuple[Rejection, ...]
    prose: tuple[str, ...]
    review_reasons: tuple[str, ...]


def _epic(table: dict[str, Any]) -> Epic:
    return Epic(**{**table, "work": tuple(Work(**item) for item in table["work"])})


@cache
def content() -> Content:
    """What `content.toml` of this package holds."""
    text = resources.files("orket_console.demo").joinpath("content.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    return Content(
        epics=tuple(map(_epic, tables["epics"])),
        rejections=tuple(Rejection(**table) for table in tables["rejections"]),
        prose=tuple(tables["prose"]),
        review_reasons=tuple(tables["review_reasons"]),
    )
