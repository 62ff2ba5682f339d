"""Sends one signed delivery, as Gitea would: `deliver EVENT --repo R --number N [--file F]`.

Signed as the running version wants it; request and answer are shown, and what it left behind.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from orket_console.actions.programs.payloads import KINDS, Subject, built, from_file, subject_of
from orket_console.actions.programs.program import run, say
from orket_console.actions.programs.trace import before, left_behind
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.base.errors import ConsoleError
from orket_console.base.text import decode, shorten
from orket_console.target.exchange import Answer, NoAnswerError, Request, ask
from orket_console.target.servers import WEBHOOK
from orket_console.target.signing import VARIABLE, KnownSecret, known_secrets, signature
from orket_console.target.target import Target

_SECONDS: Final = 30.0
_SHOWN: Final = 400
_REFUSED: Final = {
    400: "the payload is not what it takes",
    401: "the signature is not taken",
    413: "the payload is larger than 1 MB",
    429: "more than its limit of deliveries a minute: wait one",
    500: "its handler failed: Gitea can't be reached, or its log says why",
}


def work(target: Target, arguments: Sequence[str]) -> Judgement:
    """Raises `ConsoleError` where there is no secret, no payload or no answer."""
    given = _arguments(arguments)
    subject = Subject(given.repo, given.number)
    body = from_file(Path(given.file)) if given.file else built(given.event, subject)
    subject = subject_of(body) or subject
    secret = _secret(target)
    request = _request(target, KINDS[given.event].event, body, secret)
    was = before(target, subject)
    try:
        answer = ask(request, _SECONDS)
    except NoAnswerError as error:
        raise ConsoleError(f"no answer: {error}", where=request.url) from error
    say(f"answer {answer.status} after {answer.ms:g} ms: {shorten(answer.text, _SHOWN)}")
    traces = left_behind(target, subject, was)
    for line in traces:
        say(f"left behind: {line}")
    return _judged(target, answer, secret, traces)


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("deliver")
    parser.add_argument("event", choices=sorted(KINDS))
    parser.add_argument("--repo", default="orket-console/test-delivery")
    parser.add_argument("--number", type=int, default=1)
    parser.add_argument("--file", default="")
    return parser.parse_args(arguments)


def _secret(target: Target) -> KnownSecret:
    """What Gitea is most likely told to sign with: not what the server may still run with.

    Raises `ConsoleError` where none is known.
    """
    known = known_secrets(target)
    if not known:
        raise ConsoleError(
            f"no {VARIABLE} is known: a delivery can't be signed",
            where=str(target.layout.env_file),
            remedy=f"set {VARIABLE} in .env and restart the webhook server",
        )
    return min(known, key=lambda one: one.running)


def _request(target: Target, event: str, body: bytes, known: KnownSecret) -> Request:
    generation = target.identity.generation
    headers = {
        "Content-Type": "application/json",
        "X-Gitea-Event": event,
        "X-Gitea-Delivery": str(uuid.uuid4()),
        "X-Gitea-Signature": signature(known.secret, body, generation),
    }
    url = f"{WEBHOOK.url(target)}/webhook/gitea"
    say(f"POST {url}")
    for name, value in headers.items():
        say(f"{name}: {value}")
    form = "bare hex" if generation == "old" else "with sha256="
    say(f"signed {form}, as version {target.identity.version or 'unknown'} wants, by {VARIABLE} of "
        f"{known.origin} (#{known.secret.digest()})")  # fmt: skip
    say(f"body, {len(body)} bytes: {shorten(decode(body), _SHOWN)}")
    return Request("POST", url, headers, body)


def _judged(target: Target, answer: Answer, used: KnownSecret, traces: list[str]) -> Judgement:
    """The verdict of the answer; the new version says errors with status 200."""
    if answer.status != 200:
        why = _REFUSED.get(answer.status, "not what a webhook server answers")
        also = f"; {_other_secret(target, used)}" if answer.status == 401 else ""
        said = shorten(answer.text, 120)
        return Judgement(Verdict.FAILED, f"refused with {answer.status}, {why}: {said}{also}")
    document = answer.document
    status = document.get("status") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(status, str):
        return Judgement(Verdict.UNKNOWN, f"200, but not as Orket answers: {answer.text[:120]}")
    said = shorten(f"{status}: {document.get('message', '')}", 160)
    if status == "error":
        return Judgement(Verdict.FAILED, f"taken, and its handler failed: {said}")
    seen = f"; lines and rows of it: {len(traces)}" if traces else "; no line or row of it is found"
    return Judgement(Verdict.PASSED, f"taken, {said}{seen}")


def _other_secret(target: Target, used: KnownSecret) -> str:
    """Whether another secret than the one used might be the server's."""
    others = [one for one in known_secrets(target) if one.secret != used.secret]
    if others and others[0].running:
        return f"the server runs with another {VARIABLE} than {used.origin} has: restart it"
    if others:
        places = ", ".join(f"{one.origin} (#{one.secret.digest()})" for one in others)
        return f"signed by that of {used.origin}; another one stands in {places}"
    return f"perhaps {used.origin} was changed since the server started: restart it"


if __name__ == "__main__":
    sys.exit(run(work))
