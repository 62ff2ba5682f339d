"""The runbook's classes by the command line: one from red to a clean pass, the same fault again and
an escalation whose command shows it; of the others what each step is done by, and the record."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.incidents.faults import change_secret, deliver, kill_listeners, shell
from tests.ports import held_port

from orket_console.cli.main import main
from orket_console.demo.generate import generate
from orket_console.demo.running import DemoInstallation, running

FIELDS = {
    "failure signature",
    "repro command",
    "root-cause hypothesis",
    "proposed guard or test",
}
Told = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True)
class Story:
    """One demo installation, and the console on it."""

    root: Path
    run: Told

    @property
    def name(self) -> str:
        return self.root.name

    def console(self, *words: str) -> tuple[int, str]:
        status, out, _ = self.run("--root", str(self.root), *words)
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


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Told:
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
def demo(no_action_outlives: None) -> Iterator[DemoInstallation]:
    with (
        held_port() as api,
        held_port() as webhook,
        running("webhook-secret", live=False, ports=(api, webhook)) as installation,
    ):
        try:
            yield installation
        finally:
            kill_listeners(webhook)


def test_webhook_failures(demo: DemoInstallation, told: Told) -> None:
    story = Story(demo.root, told)
    story.begin("--finding", "webhook-secret-mismatch")
    assert story.steps()["probe:env"]["how"]["action"] == "restart-webhook"
    story.done("restart-webhook")
    story.done("test-delivery")
    assert story.steps()["delivered:"]["state"] == "open"
    assert deliver(demo) == 200
    story.verified()
    change_secret(demo)
    assert [deliver(demo) for _ in range(3)] == [401] * 3
    command = story.came_back()
    assert command.endswith("actions run test-delivery --yes")
    status, out = shell(command)
    assert (status, "refused with 401" in out) == (1, True)
    begun = story.console("incident", "begin")[1]
    assert "before: 1 of 1 passes with it were clean" in begun


@pytest.mark.parametrize(
    ("scenario", "finding", "step", "done_by", "repro"),
    [
        ("api-down", "api-port-taken", "probe:api", "restart-api", "curl -fsS "),
        ("stalled-run", "no-progress", "action:failure-report", "failure-report", " replay "),
        (
            *("schema-drift", "migration-pending", "action:migrations", "migrations"),
            "check --explain migration-pending",
        ),
    ],
)
def test_what_the_others_are_done_by(
    scenario: str, finding: str, step: str, done_by: str, repro: str, tmp_path: Path, told: Told
) -> None:
    with held_port() as api, held_port() as webhook:
        now, python = datetime.now(UTC), sys.executable
        root = tmp_path / f"{scenario}-demo"
        ports = {"api_port": api, "webhook_port": webhook}
        generate(root, scenario, seed=1, now=now, python=python, **ports)
        story = Story(root, told)
        assert story.console("incident", "open", "--finding", finding)[0] == 0
        assert story.console("incident", "begin")[0] == 1
        steps = story.steps()
        assert f"actions run {done_by} --" in steps[step]["how"]["command"]
        gates = ("gate:test-suite", "gate:volatility-gate", "gate:cli-smoke")
        assert [steps[gate]["state"] for gate in gates] == ["open"] * 3
        fields = story.document("incident", "escalate")[1]["fields"]
        assert set(fields) == FIELDS
        assert repro in fields["repro command"]
        assert "- assert: " in fields["proposed guard or test"]
