"""Whether a captured body and its signature match the secret; if not, which usual mistake it is."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from orket_console.base.secret import Secret
from orket_console.base.text import clean
from orket_console.target.identity import Generation
from orket_console.target.signing import PREFIX, KnownSecret, hmac_sha256

_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_LENGTHS: Final = {32: "MD5", 40: "SHA-1", 96: "SHA-384", 128: "SHA-512"}
_SHA256: Final = 64
_EVENTS: Final = {
    "review": "pull_request_review",
    "pull_request": "pull_request",
    "commits": "push",
}
"""What a payload has, the most telling first, and the event that it then is."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`accepted` tells that the running version takes the signature, by the secret of `origin`.

    Otherwise `mistake` says in one line what is wrong, `remedy` what to do; `tried` are the
    secrets that were tried, by place and digest. `event` is a second mistake, of the event's
    name, which no signature covers; empty where there is none.
    """

    accepted: bool
    mistake: str
    remedy: str
    origin: str
    tried: tuple[str, ...]
    event: str


@dataclass(frozen=True, slots=True)
class _Change:
    """What was otherwise when the signature was made: in words, and what to do about it."""

    what: str
    remedy: str


_AS_IT_IS: Final = _Change("", "")


def check_signature(
    body: bytes,
    given: str,
    event: str,
    secrets: Sequence[KnownSecret],
    generation: Generation,
) -> Checked:
    """Check `given` as the server of that generation would, with the likeliest secret first.

    `event` is the `X-Gitea-Event` that came with it, empty where it is not known.
    """
    tried = tuple(f"{one.origin} (#{one.secret.digest()})" for one in secrets)
    odd_event = _event_mistake(body, event)

    def answer(mistake: str, remedy: str, origin: str = "") -> Checked:
        accepted = not mistake
        return Checked(accepted, mistake, remedy, origin, tried, odd_event)

    if not given.strip():
        return answer("there is no signature", "set the secret in Gitea's webhook settings")
    if not secrets:
        return answer("no secret is known to check with", "set GITEA_WEBHOOK_SECRET in .env")
    form = _form_mistake(given, generation)
    digest = given.strip().removeprefix(PREFIX).removeprefix("sha256:")
    for at, known in enumerate(secrets):
        for change in _found(body, digest.lower(), known.secret):
            return answer(*_said([form, change, *_elsewhere(secrets, at)]), known.origin)
    malformed = _malformed(digest)
    if malformed:
        return answer(malformed, "give the X-Gitea-Signature header as it came")
    return answer(
        "it was made with another secret, or of another body",
        "compare the secret in Gitea's webhook settings with .env (changed since the server "
        "started? restart it); capture the body byte for byte",
    )


def _said(changes: Sequence[_Change | None]) -> tuple[str, str]:
    found = [change for change in changes if change and change.what]
    what = "; ".join(change.what for change in found)
    return what, "; ".join(dict.fromkeys(change.remedy for change in found))


def _elsewhere(secrets: Sequence[KnownSecret], at: int) -> list[_Change]:
    """What it means that the secret which fits is not the one that the server checks with."""
    if at == 0:
        return []
    what = f"it is signed by the secret of {secrets[at].origin}, not by that of {secrets[0].origin}"
    return [_Change(what, "restart the webhook server, or set the same secret in Gitea")]


def _form_mistake(given: str, generation: Generation) -> _Change | None:
    """How the header is written, apart from what it says."""
    if given != given.strip():
        return _Change("blanks stand around it", "send it without them")
    if generation == "old" and given.startswith(PREFIX):
        return _Change(
            "it has the prefix sha256=, and this version wants bare hex",
            "send bare hex, or update Orket",
        )
    if generation != "old" and not given.startswith(PREFIX):
        return _Change(
            "it is bare hex, and this version wants sha256= before it",
            "send sha256=<hex>: a proxy before the server can add it",
        )
    if given != given.lower():
        return _Change("its hex is in upper case", "send it in lower case")
    return None


def _found(body: bytes, digest: str, secret: Secret) -> Iterator[_Change]:
    """With what change of body or secret that digest comes out: the first, if any."""
    for change, changed in _bodies(body):
        if hmac.compare_digest(
            hmac_sha256(secret, changed).encode(), digest.encode("utf-8", "replace")
        ):
            yield change
            return
    for change, other in _secrets(secret):
        if hmac.compare_digest(
            hmac_sha256(other, body).encode(), digest.encode("utf-8", "replace")
        ):
            yield change
            return
    key = secret.reveal().encode("utf-8", "surrogateescape")
    for name in ("sha1", "sha512"):
        if hmac.new(key, body, name).hexdigest() == digest.removeprefix(f"{name}="):
            yield _Change(
                f"it is an HMAC by {name}, not SHA-256", "send the X-Gitea-Signature header"
            )
            return
    if hashlib.sha256(body).hexdigest() == digest:
        yield _Change("it is the body's plain SHA-256, made without the secret", "sign it by HMAC")


def _bodies(body: bytes) -> Iterator[tuple[_Change, bytes]]:
    """The body as it is, then as it is often changed on the way to a file or back."""
    as_it_came = "send and capture the body byte for byte"
    yield _AS_IT_IS, body
    if body.endswith(b"\n"):
        what = "the body has a newline at its end that was not signed"
        yield _Change(what, "as an editor or echo adds: " + as_it_came), body.rstrip(b"\r\n")
    yield _Change("a newline at the body's end was signed and is missing", as_it_came), body + b"\n"
    if b"\r\n" in body:
        what = "the body has CRLF line ends where LF were signed"
        yield _Change(what, as_it_came), body.replace(b"\r\n", b"\n")
    elif b"\n" in body:
        what = "the body has LF line ends where CRLF were signed"
        yield _Change(what, as_it_came), body.replace(b"\n", b"\r\n")
    if body.startswith(b"\xef\xbb\xbf"):
        yield _Change("the body begins with a byte order mark", as_it_came), body[3:]
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return
    what = "the body was written anew as JSON after it was signed"
    remedy = "sign what is sent, not what was parsed"
    for separators in ((",", ":"), (", ", ": ")):
        for escaped in (False, True):
            text = json.dumps(document, separators=separators, ensure_ascii=escaped)
            yield _Change(what, remedy), text.encode("utf-8", "surrogatepass")
    yield (
        _Change(what, remedy),
        json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    )


def _secrets(secret: Secret) -> Iterator[tuple[_Change, Secret]]:
    """The secret as it is often mistaken."""
    value = secret.reveal()
    bare = value.strip().strip("\"'")
    if bare != value:
        what = "it was made without the quotes or blanks that the server's secret has"
        yield _Change(what, "take them out of .env and restart the webhook server"), Secret(bare)
    for quote in ('"', "'"):
        what = "it was made with quotes around the secret"
        remedy = "take them out of Gitea's webhook settings"
        yield _Change(what, remedy), Secret(f"{quote}{value}{quote}")
    what = "it was made with a newline after the secret"
    yield _Change(what, "as echo or a file's end adds: take it out"), Secret(value + "\n")
    yield _Change("it was made with an empty secret", "set the secret in Gitea"), Secret("")


def _malformed(digest: str) -> str:
    if not _HEX.fullmatch(digest):
        return f"it is no hex: {clean(digest)[:20]}"
    if len(digest) != _SHA256:
        other = _LENGTHS.get(len(digest))
        of = f", as {other} has" if other else ""
        return f"it has {len(digest)} hex digits{of}; SHA-256 has {_SHA256}"
    return ""


def _event_mistake(body: bytes, event: str) -> str:
    """Whether the event named is another than the payload's, by what that has in it."""
    if not event:
        return ""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "the body is no JSON: it would be answered with 400"
    if not isinstance(document, dict):
        return "the body is no JSON object: it would be answered with 400"
    told = next((name for key, name in _EVENTS.items() if key in document), "")
    if not told or told == event:
        return ""
    return (
        f"X-Gitea-Event is {clean(event)}, and the payload is that of {told}: it would be ignored"
    )
