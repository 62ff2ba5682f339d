"""What Gitea sends, as far as Orket reads it: the payloads of a test delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from orket_console.base.decoding import decode_json
from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, read_bytes

BODY_LIMIT: Final = 1 << 20
"""The server refuses more."""
_SENDER: Final = "orket-console"
_BODY: Final = "Test delivery of orket-console: no reviewer wrote this."
_COMMIT: Final = "0" * 40

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a delivery is about: `owner/name` and the number of a pull request."""

    repository: str
    number: int

    @property
    def repo(self) -> Json:
        owner, _, name = self.repository.partition("/")
        return {"name": name, "full_name": self.repository, "owner": {"login": owner}}

    def pull(self, title: str) -> Json:
        return {
            "number": self.number,
            "title": title,
            "merged": False,
            "state": "open",
            "head": {"ref": "orket-console-test", "sha": _COMMIT},
            "base": {"ref": "main", "sha": _COMMIT},
            "user": {"login": _SENDER},
        }


def _opened(subject: Subject) -> Json:
    # A title that names no issue: with one, Orket would start a run.
    return {
        "action": "opened",
        "number": subject.number,
        "pull_request": subject.pull("Test delivery of orket-console"),
        "repository": subject.repo,
        "sender": {"login": _SENDER},
    }


def _review(state: str) -> Callable[[Subject], Json]:
    def reviewed(subject: Subject) -> Json:
        return {
            "action": "reviewed",
            "number": subject.number,
            "pull_request": subject.pull("Test delivery of orket-console"),
            "repository": subject.repo,
            "review": {"user": {"login": _SENDER}, "state": state, "body": _BODY},
            "sender": {"login": _SENDER},
        }

    return reviewed


def _push(subject: Subject) -> Json:
    return {
        "ref": "refs/heads/main",
        "before": _COMMIT,
        "after": _COMMIT,
        "commits": [],
        "repository": subject.repo,
        "pusher": {"login": _SENDER},
        "sender": {"login": _SENDER},
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of test delivery: the `X-Gitea-Event` it has, and its payload."""

    event: str
    build: Callable[[Subject], Json]


KINDS: Final = {
    "push": Kind("push", _push),
    "opened": Kind("pull_request", _opened),
    "approved": Kind("pull_request_review", _review("approved")),
    "changes_requested": Kind("pull_request_review", _review("changes_requested")),
}


def built(kind: str, subject: Subject) -> bytes:
    """The body of a delivery, as Gitea would send it."""
    return msgspec.json.encode(KINDS[kind].build(subject))


def from_file(path: Path) -> bytes:
    """A body from a file, byte for byte. Raises `ConsoleError`."""
    try:
        return read_bytes(path, BODY_LIMIT)
    except UnreadableError as error:
        raise ConsoleError(f"the payload can't be read: {error}") from error


def subject_of(body: bytes) -> Subject | None:
    """What a body is about; None where it does not tell."""
    try:
        document = decode_json(body)
    except ValueError:
        return None
    repository = _at(document, "repository", "full_name")
    number = _at(document, "number") or _at(document, "pull_request", "number")
    if not isinstance(repository, str) or not isinstance(number, int):
        return None
    return Subject(repository, number)


def _at(document: object, *names: str) -> object:
    """What stands at that path in a document; None where there is no such path."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document
