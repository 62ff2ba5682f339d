"""The demo's API server is down, and is repaired from the command line; deliveries are sent."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.ports import held_port

from orket_console.demo.loopback import direct_opener
from orket_console.demo.running import DemoInstallation, running

Console = Callable[..., Any]


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoInstallation]:
    with (
        held_port() as api,
        held_port() as webhook,
        running("api-down", live=False, ports=(api, webhook)) as installation,
    ):
        yield installation


def test_an_api_that_is_down_is_repaired_by_restart(
    demo: DemoInstallation, console: Console, no_action_outlives: None
) -> None:
    root = ("--root", str(demo.root))
    assert console("actions", "run", "stop-api", *root, "--yes").status == 3
    unasked = console("actions", "run", "restart-api", *root, "--yes")
    assert unasked.status == 2
    assert f"--confirm {demo.root.name}" in unasked.err

    repaired = console(
        "actions", "run", "restart-api", *root, "--confirm", demo.root.name, "--json"
    )
    assert repaired.status == 0, repaired.err
    record = repaired.document["data"]
    assert record["verdict"] == "passed"
    assert record["survivors"] == []
    assert "the API server is started: pid" in record["evidence"]
    with direct_opener().open(f"http://127.0.0.1:{demo.api_port}/health", timeout=30) as answer:
        assert json.loads(answer.read())["organization"] == "Orket"

    check = console("check", *root, "--json")
    readings = {reading["probe"]: reading for reading in check.document["data"]["readings"]}
    assert readings["api"]["word"] == "ok"
    assert readings["api-key"]["word"] == "ok"
    stopped = console("actions", "run", "stop-api", *root, "--confirm", demo.root.name)
    assert stopped.status == 0, stopped.err


def test_a_delivery_is_sent_and_followed(
    demo: DemoInstallation, console: Console, no_action_outlives: None
) -> None:
    root = ("--root", str(demo.root))
    unasked = console("webhooks", "send", *root)
    assert unasked.status == 2
    assert "--yes" in unasked.err
    sent = console(
        *("webhooks", "send", "changes_requested", "--repo", "acme/console-test"),
        *("--number", "41", "--yes", "--json", *root),
    )
    assert sent.status == 0, sent.err
    assert sent.document["data"]["verdict"] == "passed"
    assert "left behind: root/orket.log at byte" in sent.err
    assert "left behind: pr_review_cycles acme/console-test#41: cycle 1, active" in sent.err
    secret = _secret(demo.root)
    assert secret not in sent.err + sent.out
    told = console("webhooks", "deliveries", "--filter", "pr:acme/console-test#41", *root)
    assert "counted" in told.out


def test_a_changed_secret_is_told_and_mended_by_a_restart(
    demo: DemoInstallation, console: Console, no_action_outlives: None
) -> None:
    root = ("--root", str(demo.root))
    env = demo.root / ".env"
    env.write_text(env.read_text().replace(_secret(demo.root), "canary-rotated-secret"))
    refused = console("webhooks", "send", "--yes", *root)
    assert refused.status == 1
    assert "refused with 401" in refused.out
    assert "the server runs with another GITEA_WEBHOOK_SECRET than .env has: restart" in refused.out
    name = demo.root.name
    restarted = console("actions", "run", "restart-webhook", "--confirm", name, *root)
    assert restarted.status == 0, restarted.err
    assert console("webhooks", "send", "--yes", *root).status == 0


def test_a_captured_signature_is_verified(
    demo: DemoInstallation, console: Console, tmp_path: Path
) -> None:
    body = tmp_path / "body.json"
    body.write_bytes(b'{"commits": []}\n')
    given = hmac.new(_secret(demo.root).encode(), b'{"commits": []}\n', hashlib.sha256).hexdigest()
    arguments = ("webhooks", "verify-signature", str(body))
    root = ("--root", str(demo.root))
    good = console(*arguments, given, "--event", "push", *root)
    assert good.status == 0, good.err
    assert "accepted: it matches the secret of the environment of the running server" in good.out
    bad = console(*arguments, f"sha256={given}", "--event", "pull_request", "--json", *root)
    assert bad.status == 1
    assert bad.document["data"]["mistake"].startswith("it has the prefix sha256=")
    assert "the payload is that of push" in bad.document["data"]["event"]
    gone = console("webhooks", "verify-signature", "/nowhere", given, *root)
    assert gone.status == 2
    assert "the body can't be read" in gone.err


def _secret(root: Path) -> str:
    lines = (root / ".env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("GITEA_WEBHOOK_SECRET"))
