"""`audit` headless: what was run, refused and how it ended; and whether it is as it was written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("no_action_outlives")
SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
SECRET = "canary-5e2b-value"
Console = Callable[..., Any]


@pytest.fixture
def root(bare_root: Path) -> Path:
    (bare_root / "scripts").mkdir()
    (bare_root / "scripts" / "security_canary.py").write_text(SUCCESS)
    return bare_root


@pytest.fixture
def run(console: Console, root: Path) -> Console:
    """Run `orket-console WORDS` on the small installation."""

    def ran(*words: str, **environment: str) -> Any:
        return console("--python", sys.executable, *words, here=root, **environment)

    return ran


@pytest.fixture
def audit(own_environment: Path) -> Callable[[], Path]:
    return lambda: next(own_environment.glob("state/orket-console/*/audit.jsonl"))


def records(run: Console) -> list[dict[str, Any]]:
    """Oldest first."""
    shown = run("audit", "show", "--json")
    assert shown.status == 0
    assert shown.document["schema"] == "orket-console/audit-show/v1"
    return shown.document["data"]["records"][::-1]


def test_a_record_before_the_start_and_one_after_the_end(run: Console, root: Path) -> None:
    run("actions", "run", "security-canary", "--yes", SSH_CLIENT="192.0.2.7 50022 22")
    before, after = records(run)
    assert before["kind"] == "started"
    assert before["confirmation"] == "--yes"
    assert before["argv"] == [sys.executable, "scripts/security_canary.py"]
    assert before["cwd"] == str(root)
    assert before["effect"] == "writes log"
    assert before["ssh"] == "192.0.2.7"
    assert before["user"]
    assert "PYTHONPATH" in before["environment"]
    assert after["kind"] == "ended"
    assert after["id"] == before["id"]
    assert (after["verdict"], after["exit_status"]) == ("passed", 0)
    assert after["seconds"] > 0
    assert after["digests"]["stdout"] == sha256(b"[security-canary] SUCCESS\n").hexdigest()
    assert after["digests"]["stderr"] == sha256(b"").hexdigest()
    assert run("audit", "verify").status == 0
    told = run("audit", "show").out
    assert "verdict: passed" in told
    assert f"command: {sys.executable} scripts/security_canary.py\n" in told


@pytest.mark.parametrize(
    ("words", "action", "reason"),
    [
        (("test-suite", "--yes", "--param", "path=--rootdir=/"), "test-suite", "like an option"),
        (("replay-turn", "--yes", "--param", "key=a\nb:1"), "replay-turn", "line break"),
        (("nope\x1b[2J",), "nope␛[2J", "no action"),
        (("migrations", "--yes"), "migrations", "not in this installation"),
    ],
)
def test_a_refusal_is_recorded(
    run: Console, words: tuple[str, ...], action: str, reason: str
) -> None:
    assert run("actions", "run", *words).status in (2, 3)
    (record,) = records(run)
    assert record["kind"] == "refused"
    assert record["action"] == action
    assert reason in record["reason"]
    assert record["user"]


def test_where_it_cant_be_written_nothing_starts(
    run: Console, root: Path, audit: Callable[[], Path]
) -> None:
    run("actions", "run", "nope")
    path = audit()
    path.unlink()
    path.mkdir()
    (root / "scripts" / "security_canary.py").write_text("open('it-ran', 'w')")
    answer = run("actions", "run", "security-canary", "--yes")
    assert answer.status == 3
    assert "was not started: the audit trail can't be written" in answer.err
    assert not (root / "it-ran").exists()
    (record,) = run("actions", "history", "--json").document["data"]["records"]
    assert record["verdict"] == "failed"
    assert "was not started" in record["evidence"]
    shown = run("audit", "show")
    assert shown.status == 3
    assert "can't be read" in shown.err
    assert run("audit", "verify").status == 3


def test_an_end_that_cant_be_recorded_is_noted(
    run: Console, root: Path, own_environment: Path
) -> None:
    body = f"""
import pathlib
(path,) = pathlib.Path({str(own_environment)!r}).glob('state/orket-console/*/audit.jsonl')
path.unlink()
path.mkdir()
"""
    (root / "scripts" / "security_canary.py").write_text(body + SUCCESS)
    answer = run("actions", "run", "security-canary", "--yes", "--json")
    record = answer.document["data"]
    assert record["verdict"] == "passed"
    assert record["notes"] == ["its end is not in the audit trail: Is a directory"]


def test_verify_names_the_first_bad_record(run: Console, audit: Callable[[], Path]) -> None:
    for _ in range(2):
        run("actions", "run", "security-canary", "--yes")
    raw = audit().read_bytes()
    audit().write_bytes(raw.replace(b'"passed"', b'"failed"'))
    answer = run("audit", "verify", "--json")
    assert answer.status == 1
    assert answer.document["data"]["bad"] == 2
    assert answer.document["data"]["what"] == "record 2 was edited"
    lines = raw.splitlines(keepends=True)
    audit().write_bytes(b"".join(lines[:3]))
    answer = run("audit", "verify")
    assert answer.status == 1
    assert "cut off: record 4 is missing" in answer.out
    audit().write_bytes(raw)
    assert run("audit", "verify").status == 0


def test_nothing_was_recorded_yet(run: Console) -> None:
    assert run("audit", "show").out.startswith("nothing was recorded yet")
    assert run("audit", "verify").status == 0


def test_what_is_left_out_is_said(run: Console) -> None:
    run("actions", "run", "security-canary", "--yes")
    shown = run("audit", "show", "--limit", "1")
    assert shown.out.count("\n") == 1
    assert "1 older ones were left out" in shown.err


def test_no_secret_is_in_it(run: Console, root: Path, audit: Callable[[], Path]) -> None:
    (root / ".env").write_text(f"GITEA_WEBHOOK_SECRET={SECRET}\n")
    (root / "scripts" / "security_canary.py").write_text(f"raise SystemExit('no: {SECRET}')")
    run("actions", "run", "security-canary", "--yes")
    run("actions", "run", "test-suite", "--param", f"path=../{SECRET}")
    run("actions", "run", SECRET)
    assert len(records(run)) == 4
    assert SECRET not in audit().read_text()
    assert audit().read_text().count("•••") >= 3
