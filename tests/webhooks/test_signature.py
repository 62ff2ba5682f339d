"""A captured signature: whether it matches, and if not, which usual mistake it is."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.secret import Secret
from orket_console.target.signing import KnownSecret, hmac_sha256, signature
from orket_console.webhooks.signature import Checked, check_signature

BODY = b'{"action":"reviewed","review":{"state":"approved"},"n":[1,2]}'
ENV = KnownSecret(Secret("canary-in-env"), ".env")
RUNNING = KnownSecret(Secret("canary-of-the-process"), "the running server, pid 7")


def bare(body: bytes = BODY, secret: str = "canary-in-env") -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def old(body: bytes, given: str, event: str = "") -> Checked:
    return check_signature(body, given, event, [ENV], "old")


def new(body: bytes, given: str, event: str = "") -> Checked:
    return check_signature(body, given, event, [ENV], "new")


def test_it_is_accepted_as_each_version_wants_it() -> None:
    for generation in ("old", "new", "unknown"):
        made = signature(ENV.secret, BODY, generation)
        found = check_signature(BODY, made, "pull_request_review", [ENV], generation)
        assert found.accepted
        assert (found.mistake, found.event, found.origin) == ("", "", ".env")
    assert signature(ENV.secret, BODY, "old") == bare()
    assert signature(ENV.secret, BODY, "new") == f"sha256={bare()}"


@pytest.mark.parametrize(
    ("found", "mistake"),
    [
        (new(BODY, bare()), "it is bare hex, and this version wants sha256="),
        (old(BODY, f"sha256={bare()}"), "it has the prefix sha256=, and this version wants bare"),
        (old(BODY, f" {bare()}"), "blanks stand around it"),
        (old(BODY, bare().upper()), "its hex is in upper case"),
        (old(BODY + b"\n", bare()), "the body has a newline at its end that was not signed"),
        (old(BODY, bare(BODY + b"\n")), "a newline at the body's end was signed and is missing"),
        (old(b"{\r\n}", bare(b"{\n}")), "the body has CRLF line ends where LF were signed"),
        (old(b"{\n}", bare(b"{\r\n}")), "the body has LF line ends where CRLF were signed"),
        (old(b"\xef\xbb\xbf{}", bare(b"{}")), "the body begins with a byte order mark"),
        (
            old(json.dumps(json.loads(BODY), indent=4).encode(), bare()),
            "the body was written anew as JSON after it was signed",
        ),
        (old(BODY, bare(secret='"canary-in-env"')), "it was made with quotes around the secret"),
        (old(BODY, bare(secret="canary-in-env\n")), "it was made with a newline after the secret"),
        (old(BODY, bare(secret="")), "it was made with an empty secret"),
        (
            old(BODY, hmac.new(b"canary-in-env", BODY, "sha1").hexdigest()),
            "it is an HMAC by sha1, not SHA-256",
        ),
        (old(BODY, hashlib.sha256(BODY).hexdigest()), "it is the body's plain SHA-256"),
        (old(BODY, bare(secret="another")), "it was made with another secret, or of another body"),
        (old(BODY, "0" * 40), "it has 40 hex digits, as SHA-1 has; SHA-256 has 64"),
        (old(BODY, "p4ssw0rd\x1b"), "it is no hex: p4ssw0rd␛"),
        (old(BODY, "ä" * 64), "it is no hex"),
        (old(BODY, " "), "there is no signature"),
        (check_signature(BODY, bare(), "", [], "old"), "no secret is known to check with"),
    ],
)
def test_the_usual_mistakes_are_named(found: Checked, mistake: str) -> None:
    assert not found.accepted
    assert found.mistake.startswith(mistake)
    assert found.remedy
    assert "canary" not in repr(found)


def test_two_mistakes_at_once_are_both_named() -> None:
    found = new(BODY + b"\n", bare())
    assert found.mistake == (
        "it is bare hex, and this version wants sha256= before it; "
        "the body has a newline at its end that was not signed"
    )


def test_a_secret_that_the_server_does_not_use_is_named() -> None:
    found = check_signature(BODY, bare(), "", [RUNNING, ENV], "old")
    assert not found.accepted
    assert found.mistake == (
        "it is signed by the secret of .env, not by that of the running server, pid 7"
    )
    assert "restart the webhook server" in found.remedy
    assert found.tried == (
        f"the running server, pid 7 (#{RUNNING.secret.digest()})",
        f".env (#{ENV.secret.digest()})",
    )


def test_quotes_that_the_old_version_keeps_in_its_secret() -> None:
    quoted = KnownSecret(Secret('"canary"'), ".env")
    found = check_signature(BODY, bare(secret="canary"), "", [quoted], "old")
    assert found.mistake.startswith("it was made without the quotes or blanks")


@pytest.mark.parametrize(
    ("body", "event", "mistake"),
    [
        (BODY, "pull_request_review", ""),
        (BODY, "push", "X-Gitea-Event is push, and the payload is that of pull_request_review"),
        (b'{"pull_request":{}}', "push", "X-Gitea-Event is push, and the payload is that of pull"),
        (b'{"commits":[]}', "push", ""),
        (b"[1]", "push", "the body is no JSON object"),
        (b"{", "push", "the body is no JSON"),
        (b"{}", "ping", ""),
    ],
)
def test_the_event_that_no_signature_covers(body: bytes, event: str, mistake: str) -> None:
    found = old(body, bare(body), event)
    assert found.accepted
    assert found.event.startswith(mistake)
    assert bool(found.event) is bool(mistake)


@given(body=st.binary(max_size=200), given=st.text(max_size=80), event=st.text(max_size=20))
def test_nothing_crashes_it_and_nothing_else_is_accepted(
    body: bytes, given: str, event: str
) -> None:
    found = old(body, given, event)
    assert found.accepted is (given == hmac_sha256(ENV.secret, body))
