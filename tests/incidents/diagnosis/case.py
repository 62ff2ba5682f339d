"""What a case of a cause is, and the list of them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.incidents.diagnosis.site import Site

Build = Callable[[Site], None]


@dataclass(frozen=True, slots=True)
class Case:
    """`has` tells whether the installation has the cause, or only looks like it."""

    cause: str
    what: str
    has: bool
    build: Build


CASES: list[Case] = []


def _case(cause: str, what: str, *, has: bool) -> Callable[[Build], Build]:
    def add(build: Build) -> Build:
        CASES.append(Case(cause, what, has, build))
        return build

    return add


def has(cause: str, what: str) -> Callable[[Build], Build]:
    return _case(cause, what, has=True)


def only_like(cause: str, what: str) -> Callable[[Build], Build]:
    return _case(cause, what, has=False)
