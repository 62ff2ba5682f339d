"""Bundles, the history and what is run again, headless."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("no_action_outlives")
Console = Callable[..., Any]
SKIPPED = ("--param", "skip-docker", "--param", "skip-tests")


@pytest.fixture
def actions(console: Console, bare_root: Path) -> Console:
    def run(*words: str, group: str = "actions") -> Any:
        return console("--python", sys.executable, group, *words, here=bare_root)

    return run


@pytest.fixture
def canary(bare_root: Path) -> Callable[[str], None]:
    """Write the security canary's script; the release smoke passes."""
    scripts = bare_root / "scripts"
    scripts.mkdir()
    (scripts / "release_smoke.py").write_text("print('[release-smoke] SUCCESS')\n")

    def written(body: str) -> None:
        (scripts / "security_canary.py").write_text(body)

    return written


def test_a_bundle_fails_is_resumed_and_leads_on(
    actions: Console, canary: Callable[[str], None]
) -> None:
    canary("raise SystemExit('let in without a key')\n")
    failed = actions("run", "smoke-gates", *SKIPPED, "--yes")
    assert failed.status == 1
    assert "1 of 2 passed; Security canary failed: let in without a key" in failed.out
    assert "[release-smoke] SUCCESS" in failed.err
    assert "next      put right what its step says, then resume" in failed.out
    (way,) = re.findall(r"`orket-console actions run (--again \S+ --resume)`", failed.out)
    listed = actions("list").out
    assert "═ smoke-gates" in listed
    assert "✖ failed, 1 of 2" in listed
    assert "next: Security canary" in listed
    canary("print('[security-canary] SUCCESS')\n")
    resumed = actions("run", *way.split(), "--yes", "--json")
    assert resumed.status == 0
    assert resumed.document["data"]["evidence"] == "2 of 2 passed"
    assert resumed.document["data"]["after"]["action"] == "verification"
    assert "not run again" in resumed.err
    (step,) = resumed.document["data"]["steps"]
    assert (
        "step      Security canary  ● passed" in actions("show", resumed.document["data"]["id"]).out
    )
    assert "[security-canary] SUCCESS" in actions("attach", step).err
    nothing = actions("run", "smoke-gates", *SKIPPED, "--resume", "--yes")
    assert nothing.status == 3
    assert "nothing to resume" in nothing.err
    shown = actions("show", "smoke-gates", *SKIPPED).out
    assert "step 1    Release smoke  ● passed" in shown
    _history(actions, resumed.document["data"]["id"])


def _history(actions: Console, bundle: str) -> None:
    """What was run stands there once each, and can be found, shown and run again."""

    def found(*words: str) -> list[str]:
        records = actions("history", "--json", *words).document["data"]["records"]
        return [record["action"] for record in records]

    assert found() == [
        "security-canary",
        "smoke-gates",
        "security-canary",
        "release-smoke",
        "smoke-gates",
    ]
    assert found("--verdict", "failed") == ["security-canary", "smoke-gates"]
    assert found("--action", "smoke-gates", "--limit", "1") == ["smoke-gates"]
    assert len(found("--since", "-1h")) == 5
    assert actions("history", "--since", "never").status == 2
    assert actions("history", "--verdict", "good").status == 2
    again = actions("run", "--again", bundle, "--param", "resume=no", "--yes", "--json")
    assert again.document["data"]["parameters"] == {
        "skip-docker": "yes",
        "skip-tests": "yes",
        "resume": "no",
        "keep-going": "no",
    }
    assert actions("run", "--again", bundle, "smoke-gates").status == 2
    assert actions("run").status == 2
    assert "no readable record" in actions("run", "--again", "20261123-none").err
    exported = actions("export", "--id", bundle, "--format", "markdown", "--json", group="audit")
    data = exported.document["data"]
    assert (exported.status, data["records"], data["proved"]) == (0, 2, 2)
    assert Path(data["path"]).read_text().count(f'"id":"{bundle}"') == 2


def test_an_export_goes_nowhere_into_the_installation(
    actions: Console, canary: Callable[[str], None], bare_root: Path, tmp_path: Path
) -> None:
    canary("print('[security-canary] SUCCESS')\n")
    assert actions("run", "security-canary", "--yes").status == 0
    assert actions("export", "--out", str(bare_root / "a.json"), group="audit").status == 2
    out = tmp_path / "audit.json"
    assert actions("export", "--out", str(out), group="audit").status == 0
    assert len(json.loads(out.read_text())["data"]["records"]) == 2
    assert actions("export", "--id", "none", group="audit").status == 3


def test_progress_of_tests_instead_of_their_output(actions: Console, bare_root: Path) -> None:
    (bare_root / "tests").mkdir()
    (bare_root / "pytest.py").write_text(
        "print('.F')\nprint('=== short test summary info ===')\n"
        "print('FAILED tests/a.py::test_b - no')\nprint('1 failed, 1 passed in 0.1s')\n"
        "raise SystemExit(1)\n"
    )
    answer = actions("run", "test-suite", "--progress", "--confirm", bare_root.name, "--json")
    assert answer.status == 1
    assert "2 tests, 1 failed" in answer.err
    assert "FAILED tests/a.py::test_b - no" in answer.err
    assert "short test summary" not in answer.err
