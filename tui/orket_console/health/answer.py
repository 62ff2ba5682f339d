"""Judging what answered `GET /health`: is it the service itself, and is it well?

Refused, timeout, unreachable, TLS, no answer, wrong service, unauthorised, bad body and an
error status are different words, since each wants something else of the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from orket_console.base.text import decode, shorten
from orket_console.health.http import Heard, Reply, Trouble


@dataclass(frozen=True, slots=True)
class Judged:
    """One address's answer: `word` is `ok` or says what is wrong, `what` in some words."""

    heard: Heard
    word: str
    what: str

    @property
    def well(self) -> bool:
        return self.word == "ok"


@dataclass(frozen=True, slots=True)
class BadBody:
    word: str
    what: str


def judge(heard: Heard, is_own: Callable[[object], bool]) -> Judged:
    """What an answer to `GET /health` means; `is_own` knows the service's JSON body."""
    if isinstance(heard, Trouble):
        return Judged(heard, heard.word, heard.what)
    if 300 <= heard.status < 400:
        target = shorten(heard.headers.get("location", "nowhere"), 40)
        return Judged(heard, "wrong service", f"redirects to {target} ({heard.status})")
    if heard.status in (401, 403):
        return Judged(heard, "unauthorised", f"answers {heard.status} to /health")
    if heard.status >= 500:
        return Judged(heard, f"error {heard.status}", f"answers {heard.status}: {excerpt(heard)}")
    if heard.status != 200:
        return Judged(heard, "wrong service", f"answers {heard.status} to /health")
    body = read_body(heard)
    if isinstance(body, BadBody):
        return Judged(heard, body.word, body.what)
    if not is_own(body):
        return Judged(heard, "wrong service", f"another program answers: {excerpt(heard)}")
    return Judged(heard, "ok", "healthy")


def read_body(reply: Reply) -> object | BadBody:
    """The JSON that a reply carries."""
    encoding = reply.headers.get("content-encoding", "identity")
    if encoding != "identity":
        return BadBody("bad body", f"packed as {shorten(encoding, 20)}, which was not asked for")
    if reply.cut:
        return BadBody("bad body", "longer than 64 KiB")
    try:
        body: object = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if "json" in reply.headers.get("content-type", ""):
            return BadBody("bad body", f"not the JSON it claims to be: {excerpt(reply)}")
        return BadBody("wrong service", f"another program answers: {excerpt(reply)}")
    return body


def excerpt(reply: Reply, width: int = 48) -> str:
    """The beginning of a body, safe to show."""
    return shorten(decode(reply.body[: width * 4]), width) or "an empty body"
