"""What a supervisor is told: all that it takes to run one action and judge it.

It goes through a pipe and is never written down, since it holds the secrets to be redacted.
"""

from __future__ import annotations

import msgspec

from orket_console.actions.records import Record
from orket_console.actions.reports import Mark
from orket_console.base.secret import Redactor, Secret

Raw = bytes
"""Text with its undecodable bytes, which no text format would take."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where the conditions are read from; `copies` is for databases that must be copied."""

    root: Raw
    env: Raw
    databases: list[Raw]
    copies: Raw


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """How one action is watched and judged. `audit` is the trail's file, `rule` names its rule.

    `report` is the file in `cwd` that it is to write, if any, and `before` its mark before it
    starts; `places` is None unless it is a gate. `grace` (between TERM and KILL) and `drain` (for
    output after the end) in seconds.
    """

    folder: Raw
    audit: Raw
    record: Record
    cwd: Raw
    rule: str
    report: Raw
    before: Mark | None
    places: Places | None
    grace: float
    drain: float
    secrets: list[Raw]

    def redactor(self) -> Redactor:
        return Redactor(Secret(text(value)) for value in self.secrets)


def raw(value: str) -> Raw:
    return value.encode("utf-8", "surrogatepass")


def text(value: Raw) -> str:
    return value.decode("utf-8", "surrogatepass")


def encoded(job: Job) -> bytes:
    return msgspec.msgpack.encode(job)


def decoded(content: bytes) -> Job:
    """Raises `msgspec.DecodeError` for one that did not come whole."""
    return msgspec.msgpack.decode(content, type=Job)
