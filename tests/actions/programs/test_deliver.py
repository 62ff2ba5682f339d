"""A signed test delivery: what is sent, what its answer means, what it left behind."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.actions.parameters import ParameterError
from orket_console.actions.plan import plan
from orket_console.actions.programs import deliver, trace
from orket_console.actions.request_actions import DELIVERY, HALT
from orket_console.target.target import Target

SECRET = b"canary-secret-of-env"


@pytest.fixture
def webhooks(site, played) -> Callable[[int, object], list]:
    """A webhook server that answers always the same, and logs what it got as Orket's does."""

    def serving(status: int, answer: object) -> list:
        def answers(request) -> tuple[int, object]:
            with (site.root / "orket.log").open("a") as log:
                log.write('{"event": "webhook", "data": {"message": "Received"}}\n')
            return status, answer

        return played(site.webhook_port, answers)

    return serving


def signed(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("event", "header", "has"),
    [
        ("push", "push", "commits"),
        ("opened", "pull_request", "pull_request"),
        ("approved", "pull_request_review", "review"),
        ("changes_requested", "pull_request_review", "review"),
    ],
)
def test_it_is_signed_and_built_as_gitea_does(
    site, webhooks, event: str, header: str, has: str
) -> None:
    asked = webhooks(200, {"status": "ignored", "message": "m"})
    done = site.call(deliver.work, event, "--repo", "acme/shop", "--number", "7")
    assert (done.status, done.last) == (0, "taken, ignored: m; lines and rows of it: 1")
    (one,) = asked
    assert one.line == "POST /webhook/gitea"
    assert one.headers["X-Gitea-Event"] == header
    assert one.headers["X-Gitea-Signature"] == signed(one.body)
    assert one.headers["X-Gitea-Delivery"]
    payload = json.loads(one.body)
    assert has in payload
    assert payload["repository"]["full_name"] == "acme/shop"
    assert payload["repository"]["owner"]["login"] == "acme"
    if has != "commits":
        assert payload["number"] == payload["pull_request"]["number"] == 7
    if has == "review":
        assert payload["review"]["state"] == event
    assert "canary" not in done.text


def test_the_new_version_gets_its_prefix(site, webhooks) -> None:
    (site.root / "scripts" / "governance").mkdir()
    asked = webhooks(200, {"status": "ignored"})
    done = site.call(deliver.work, "push")
    assert asked[0].headers["X-Gitea-Signature"] == f"sha256={signed(asked[0].body)}"
    assert "signed with sha256=, as version unknown wants, by GITEA_WEBHOOK_SECRET of .env" in (
        done.text
    )


def test_a_captured_body_goes_byte_for_byte(site, webhooks, tmp_path: Path) -> None:
    body = b'{"odd":  "\xff\\u0000",\n"repository":{"full_name":"a/b"},"number":3}\n'
    (tmp_path / "body").write_bytes(body)
    asked = webhooks(200, {"status": "success", "message": ""})
    assert site.call(deliver.work, "opened", "--file", str(tmp_path / "body")).status == 0
    assert asked[0].body == body
    assert asked[0].headers["X-Gitea-Signature"] == signed(body)
    assert site.call(deliver.work, "opened", "--file", "/nowhere").last.startswith(
        "the payload can't be read"
    )


def test_what_it_left_behind_is_found(site, played) -> None:
    database = site.root / ".orket" / "durable" / "db" / "webhook.db"
    log = site.root / "orket.log"
    log.write_text('{"event": "webhook", "data": {"message": "of before"}}\n')

    def handled(request) -> tuple[int, object]:
        with sqlite3.connect(database) as connection:
            connection.execute(
                "INSERT INTO pr_review_cycles VALUES ('a/b#7', 'a/b', 7, 1, 'active')"
            )
            connection.execute("INSERT INTO review_failures VALUES ('a/b#7')")
        connection.close()
        with log.open("a") as file:
            file.write(
                '{"event": "webhook", "data": {"message": "Received \\u001b", "repo": "a/b"}}\n'
            )
            file.write('{"event": "api_run", "data": {}}\nnot json\n')
            file.write('{"event": "pr_review", "data": {"state": "changes_requested"}}\n')
        return 200, {"status": "changes_requested", "message": "cycle 1/4"}

    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TABLE pr_review_cycles "
            "(pr_key TEXT, repo_full_name TEXT, pr_number INT, cycle_count INT, status TEXT)"
        )
        connection.execute("CREATE TABLE review_failures (pr_key TEXT)")
    connection.close()
    played(site.webhook_port, handled)
    done = site.call(deliver.work, "changes_requested", "--repo", "a/b", "--number", "7")
    assert done.status == 0
    assert [line for line in done.lines if line.startswith("left behind")] == [
        "left behind: root/orket.log at byte 55: webhook Received ␛ repo a/b",
        next(line for line in done.lines if "pr_review state" in line),
        "left behind: pr_review_cycles a/b#7: cycle 1, active",
        "left behind: review_failures row 1 of a/b#7",
    ]
    assert done.last == "taken, changes_requested: cycle 1/4; lines and rows of it: 4"


def test_one_that_leaves_nothing_is_told(site, played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_WITHIN", 0.2)
    played(site.webhook_port, lambda request: (200, {"status": "ignored", "message": "m"}))
    done = site.call(deliver.work, "push")
    assert (done.status, done.last) == (0, "taken, ignored: m; no line or row of it is found")


@pytest.mark.parametrize(
    ("status", "answer", "exit_status", "evidence"),
    [
        (401, {"detail": "Invalid signature"}, 1, "refused with 401, the signature is not taken"),
        (429, {"detail": "limit"}, 1, "refused with 429, more than its limit"),
        (500, b"Internal Server Error", 1, "refused with 500, its handler failed: Gitea"),
        (302, b"", 1, "refused with 302, not what a webhook server answers"),
        (200, {"status": "error", "message": "m"}, 1, "taken, and its handler failed: error: m"),
        (200, b"<html>", 3, "200, but not as Orket answers: <html>"),
    ],
)
def test_what_an_answer_means(
    site, webhooks, status: int, answer: object, exit_status: int, evidence: str
) -> None:
    webhooks(status, answer)
    done = site.call(deliver.work, "push")
    assert done.status == exit_status
    assert done.last.startswith(evidence)


def test_a_401_names_the_other_secret(site, webhooks) -> None:
    webhooks(401, {"detail": "Invalid signature"})
    done = site.call(deliver.work, "push", GITEA_WEBHOOK_SECRET="canary-of-the-shell")
    assert "signed by that of .env; another one stands in the console's own environment" in (
        done.last
    )
    done = site.call(deliver.work, "push")
    assert done.last.endswith("perhaps .env was changed since the server started: restart it")
    assert "canary" not in done.text


def test_without_a_secret_or_a_server_nothing_is_sent(site, site_target: Target) -> None:
    assert plan(site_target, DELIVERY, {}).blocked == (
        f"the webhook server is not running: nothing listens on port {site.webhook_port}"
    )
    assert site.call(deliver.work, "push").last.startswith("no answer: nothing listens there")
    (site.root / ".env").write_text("")
    assert site.call(deliver.work, "push").last.startswith("no GITEA_WEBHOOK_SECRET is known")
    assert plan(site_target, DELIVERY, {}).blocked.endswith(
        "no GITEA_WEBHOOK_SECRET in .env or environment"
    )


@pytest.mark.parametrize(
    ("action", "given"),
    [
        (DELIVERY, {"event": "closed"}),
        (DELIVERY, {"repo": "--help/x"}),
        (DELIVERY, {"repo": "../x"}),
        (DELIVERY, {"repo": "a/b/c"}),
        (DELIVERY, {"repo": "a/b\n"}),
        (DELIVERY, {"number": "-1"}),
        (DELIVERY, {"number": "1e3"}),
        (DELIVERY, {"file": "--file"}),
        (DELIVERY, {"file": "/nowhere"}),
        (DELIVERY, {"file": "/etc/\0passwd"}),
        (HALT, {"session": "-x"}),
        (HALT, {"session": ".."}),
        (HALT, {"session": "a/b"}),
        (HALT, {"session": "a b"}),
        (HALT, {"session": "a\nb"}),
    ],
)
def test_parameters_that_are_refused(site_target: Target, action, given: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        plan(site_target, action, given)
