"""The runbook's four classes end to end: from red to a clean pass, the same fault again, and an
escalation whose command shows it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.ports import held_port

from orket_console.cli.main import main
from orket_console.demo.content import content
from orket_console.demo.deliveries import onward
from orket_console.demo.loopback import direct_opener
from orket_console.demo.running import DemoInstallation, running
from orket_console.demo.runs import tell_run
from orket_console.demo.scenarios import SCENARIOS, Outcome
from orket_console.demo.writer import DATABASES, Writer

FIELDS = {
    "failure signature",
    "repro command",
    "root-cause hypothesis",
    "proposed guard or test",
}
PENDING = "003_runtime_flows.sql"


@dataclass(frozen=True)
class Story:
    """One demo installation, and the console on it."""

    demo: DemoInstallation
    run: Callable[..., tuple[int, str, str]]

    @property
    def name(self) -> str:
        return self.demo.root.name

    def console(self, *words: str) -> tuple[int, str]:
        status, out, _ = self.run("--root", str(self.demo.root), *words)
        return status, out

    def document(self, *words: str) -> tuple[int, dict[str, Any]]:
        status, out = self.console(*words, "--json")
        return status, json.loads(out)["data"]

    def done(self, action: str, *parameters: str) -> None:
        given = [word for each in parameters for word in ("--param", each)]
        status, out = self.console("actions", "run", action, *given, "--confirm", self.name)
        assert status == 0, out

    def steps(self) -> dict[str, dict[str, Any]]:
        """Those of the pass under way, after a look."""
        status, data = self.document("incident", "step")
        assert status == 1
        return {step["key"]: step for step in data["steps"]}

    def begin(self, *words: str) -> None:
        """Red, and an incident with its first pass."""
        assert self.console("check")[0] == 1
        status, out = self.console("incident", "open", *words)
        assert status == 0, out
        assert "INC-1 opened" in out
        status, out = self.console("incident", "begin")
        assert status == 1
        assert "lacking: still found" in out

    def verified(self) -> None:
        """Clean, with every step closed by evidence, and the incident closed."""
        status, out = self.console("incident", "verify")
        assert (status, "lacking: test-suite was not run in this pass" in out) == (1, True)
        self.done("verification")
        status, data = self.document("incident", "verify")
        assert (status, data["clean"], data["lacking"]) == (0, True, [])
        assert {step["state"] for step in data["steps"]} == {"closed"}
        assert all(step["evidence"] and step["how"] is None for step in data["steps"])
        assert "REPEAT" not in self.console("check")[1]
        assert self.document("incident", "escalate")[1]["escalation"]["id"] == 1
        assert self.console("incident", "close", "--reason", "it is well")[0] == 0

    def came_back(self) -> str:
        """It is said everywhere, the incident is open again, and the four fields are there.

        Returns the command that shows the failure.
        """
        status, out = self.console("check")
        assert status == 1
        assert "▲ REPEAT INC-1: v1:" in out
        (repeat,) = self.document("check")[1]["repeats"]
        assert (repeat["incident"], repeat["clean_pass"]) == ("INC-1", 1)
        status, out = self.console("incident", "verify")
        assert status == 1
        assert "▲ REPEAT INC-1" in out
        status, out = self.console("incident", "status")
        assert status == 1
        assert "▲ REPEAT: v1:" in out
        assert " clean\n" in out.partition("tried before: ")[2]
        assert "orket-console incident escalate" in out
        status, out = self.console("incident", "list")
        assert out.split()[:2] == ["INC-1", "open"]
        # What is drafted before it came back would not tell of that.
        assert self.document("incident", "escalate")[1]["escalation"]["id"] == 2
        return self.escalated()

    def escalated(self) -> str:
        status, data = self.document("incident", "escalate")
        assert status == 0
        fields = data["fields"]
        assert set(fields) == FIELDS
        assert "What went in, as it was and as it counts:" in fields["failure signature"]
        hypothesis = fields["root-cause hypothesis"]
        assert "- pass 1, clean at " in hypothesis
        assert "after the clean pass 1 of INC-1" in hypothesis
        assert "- assert: " in fields["proposed guard or test"]
        command, expected, checked = (
            line for line in fields["repro command"].splitlines() if line.strip()
        )
        assert expected.startswith("Expected: ")
        assert checked.startswith(("Checked: found at ", "Checked: replayed at "))
        return command.strip()


def shell(command: str) -> tuple[int, str]:
    """What a person would see who types it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line here: a process for each word would take most of the time."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["orket-console", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture
def at(
    tmp_path: Path, told: Callable[..., tuple[int, str, str]], no_action_outlives: None
) -> Callable[[str], Any]:
    @contextmanager
    def at(scenario: str) -> Iterator[Story]:
        folder = tmp_path / f"{scenario}-demo"
        with (
            held_port() as api,
            held_port() as webhook,
            running(scenario, directory=folder, live=False, ports=(api, webhook)) as demo,
        ):
            yield Story(demo, told)

    return at


def test_api_unavailable(at: Callable[[str], Any]) -> None:
    with at("api-down") as story:
        story.begin()
        steps = story.steps()
        restart = steps["probe:api"]["how"]
        assert restart["command"] == (
            f"orket-console actions run restart-api --confirm {story.name}"
        )
        assert steps["gate:cli-smoke"]["how"]["action"] == "cli-smoke"
        assert shell(f"{restart['command']} --root {story.demo.root}")[0] == 0
        story.verified()
        story.done("stop-api")
        _take_the_port(story.demo)
        command = story.came_back()
        assert command.startswith("curl ")
        status, out = shell(command)
        assert (status, "Failed to connect" in out) == (7, True)
        begun = story.console("incident", "begin")[1]
        assert "before: 1 of 1 passes with it were clean" in begun


def _take_the_port(demo: DemoInstallation) -> None:
    """Start the server while another program has its port; then that goes away."""
    environment = {"ORKET_HOST": "127.0.0.1", "ORKET_PORT": str(demo.api_port)}
    with socket.create_server(("127.0.0.1", demo.api_port)):
        done = subprocess.run(
            [sys.executable, "server.py"],
            cwd=demo.root,
            env=environment,
            capture_output=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 3


def test_webhook_failures(at: Callable[[str], Any]) -> None:
    with at("webhook-secret") as story:
        story.begin("--finding", "webhook-secret-mismatch")
        assert story.steps()["probe:env"]["how"]["action"] == "restart-webhook"
        story.done("restart-webhook")
        story.done("test-delivery")
        assert story.steps()["delivered:"]["state"] == "open"
        assert _deliver(story.demo) == 200
        story.verified()
        # Changed in .env and in Gitea, and the server keeps the old one.
        env = story.demo.root / ".env"
        env.write_text(env.read_text().replace("demo-secret-", "demo-secret-again-"))
        assert [_deliver(story.demo) for _ in range(3)] == [401] * 3
        command = story.came_back()
        assert command.endswith("actions run test-delivery --yes")
        status, out = shell(command)
        assert (status, "refused with 401" in out) == (1, True)


def _deliver(demo: DemoInstallation) -> int:
    """The next delivery, signed with what `.env` says now; what is answered."""
    lines = (demo.root / ".env").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    delivery = next(onward("webhook-secret/1"))
    body = json.dumps(delivery.payload).encode()
    secret = values["GITEA_WEBHOOK_SECRET"].encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{demo.webhook_port}/webhook/gitea",
        data=body,
        headers={
            "Content-Type": "application/json",
            "X-Gitea-Event": delivery.event,
            "X-Gitea-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest(),
        },
    )
    try:
        with direct_opener().open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_run_stalls(at: Callable[[str], Any]) -> None:
    with at("stalled-run") as story:
        history = SCENARIOS["stalled-run"].history
        newest = max(i for i, outcome in enumerate(history) if outcome is Outcome.NO_PROGRESS)
        assert story.console("check")[0] == 1
        assert story.console("incident", "open", "--finding", "no-progress")[0] == 0
        assert story.console("incident", "begin")[0] == 1
        steps = story.steps()
        (ran,) = (step for key, step in steps.items() if key.startswith("ran:"))
        assert ran["state"] == "open"
        (turn,) = (step for key, step in steps.items() if key.startswith("turn:"))
        assert turn["state"] == "closed"
        story.done("failure-report")
        _tell(story.demo, newest, 1, Outcome.DONE)
        story.verified()
        _tell(story.demo, newest, 2, Outcome.NO_PROGRESS)
        command = story.came_back()
        assert " replay " in command
        status, out = shell(command)
        assert status == 0
        assert '"model_response"' in out


def _tell(demo: DemoInstallation, index: int, again: int, outcome: Outcome) -> None:
    """A run of the same epic as number `index`, as it would be now."""
    epics = len(content().epics)
    run = tell_run(demo.root, "stalled-run/1", index + again * epics, outcome, datetime.now(UTC))
    with Writer(demo.root) as writer:
        writer.apply(run.steps)


def test_schema_mismatch(at: Callable[[str], Any]) -> None:
    with at("schema-drift") as story:
        story.begin("--finding", "migration-pending")
        steps = story.steps()
        assert steps["action:migrations"]["how"]["command"].endswith(
            f"actions run migrations --confirm {story.name}"
        )
        story.done("migrations")
        story.done("release-smoke", "skip-docker=yes", "skip-tests=yes")
        story.done("security-canary")
        story.verified()
        database = story.demo.root / DATABASES["runtime"]
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("DELETE FROM _schema_migrations WHERE id = ?", (PENDING,))
        command = story.came_back()
        assert command.endswith("check --explain migration-pending")
        status, out = shell(command)
        assert (status, PENDING in out) == (1, True)
        story.done("migrations")
        status, out = shell(command)
        assert (status, "not found here" in out) == (0, True)
