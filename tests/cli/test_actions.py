"""`actions` headless: output on stderr, result on stdout, exit status by verdict."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
LIMIT = 30
GOES_ON = """
import os, pathlib, time
print('begun', os.getpid(), flush=True)
while not pathlib.Path('go').exists(): time.sleep(0.01)
print('went on')
"""

Console = Callable[..., Any]
_MAIN = "from orket_console.cli.main import main; main()"
COMMAND = [sys.executable, "-c", _MAIN, "--python", sys.executable]


pytestmark = pytest.mark.usefixtures("no_action_outlives")


@pytest.fixture
def canary(bare_root: Path) -> Callable[[str], Path]:
    """Write the security canary's script."""

    def written(body: str) -> Path:
        path = bare_root / "scripts" / "security_canary.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(body)
        return path

    return written


@pytest.fixture
def actions(console: Console, bare_root: Path) -> Console:
    """Run `orket-console [FLAGS] actions WORDS` on the bare installation."""

    def run(*words: str, flags: tuple[str, ...] = ()) -> Any:
        return console(*flags, "--python", sys.executable, "actions", *words, here=bare_root)

    return run


def data(answer: Any, schema: str) -> Any:
    assert answer.document["schema"] == f"orket-console/{schema}/v1"
    return answer.document["data"]


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (SUCCESS, 0, "passed"),
        ("raise SystemExit('no: 200')", 1, "failed"),
        ("print('hello')", 3, "unknown"),
    ],
)
def test_the_exit_status_is_the_verdict(
    actions: Console, canary: Callable[[str], Path], body: str, status: int, word: str
) -> None:
    canary(body)
    answer = actions("run", "security-canary", "--yes")
    assert answer.status == status
    assert f"{word} (" in answer.out


def test_output_goes_to_stderr_and_one_document_to_stdout(
    actions: Console, canary: Callable[[str], Path]
) -> None:
    canary("import sys\nprint('a \\x1b[2J')\nprint('b', file=sys.stderr)\n" + SUCCESS)
    answer = actions("run", "security-canary", "--yes", "--json")
    record = data(answer, "actions-run")
    assert record["verdict"] == "passed"
    assert record["argv"] == [sys.executable, "scripts/security_canary.py"]
    assert "a ␛[2J\n" in answer.err
    assert "b\n" in answer.err
    assert data(actions("history", "--json"), "actions-history")["records"] == [
        {name: value for name, value in record.items() if name not in ("after", "steps")}
    ]


def test_what_writes_is_not_run_unasked(
    actions: Console, canary: Callable[[str], Path], bare_root: Path
) -> None:
    canary("open('it-ran', 'w')")
    answer = actions("run", "security-canary")
    assert answer.status == 2
    assert answer.err == (
        "orket-console: Security canary was not run: it writes log: "
        "add --yes to run it without being asked\n"
    )
    assert answer.out == ""
    assert not (bare_root / "it-ran").exists()


def test_what_only_reads_needs_no_yes(actions: Console, bare_root: Path) -> None:
    script = bare_root / "scripts" / "report_failure_modes.py"
    script.parent.mkdir()
    script.write_text("print('{}')")
    (bare_root / "workspace" / "default" / "orket.log").touch()
    answer = actions("run", "failure-report", "--param", "out=")
    assert answer.status == 3
    assert "? unknown" in answer.out
    failed = {"failure_by_type": {"E": 2}, "non_progress_by_role": {}}
    found = {"events": {"turn_failed": 2}, **failed, "guard_outcomes": {}, "retry_triggered": 0}
    script.write_text(f"print({json.dumps(found)!r})")
    told = actions("run", "failure-report", "--param", "out=").out
    assert "`orket-console actions run replay-turn --param key=SESSION:ISSUE:TURN[:ROLE]`" in told


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("run", "nope"), 2, "no action 'nope'"),
        (("show", "securty-canary"), 2, "did you mean security-canary?"),
        (("run", "test-suite", "--yes", "--param", "path=--rootdir=/"), 2, "looks like an option"),
        (("run", "test-suite", "--yes", "--param", "path=../.."), 2, "leads out"),
        (("run", "test-suite", "--yes", "--param", "path=/etc"), 2, "absolute"),
        (("run", "replay-turn", "--yes", "--param", "key=a\nb:1"), 2, "line break"),
        (("run", "security-canary", "--yes", "--param", "x=1"), 2, "this action has none"),
        (("run", "test-suite", "--param", "path=a", "--param", "path=b"), 2, "given twice"),
        (("run", "failure-report", "--yes", "--param", "out"), 2, "--param out=…"),
        (("show", "failure-report", "--param", "log"), 2, "--param log=…"),
        (("show", "20260101T000000.000000-migrations-abcd"), 3, "no readable record"),
        (("run", "security-canary", "--yes"), 3, "not in this installation"),
        (("run", "test-suite", "--yes"), 3, "tests is not in this installation"),
    ],
)
def test_what_cant_be_run_is_one_line(
    actions: Console, words: tuple[str, ...], status: int, said: str
) -> None:
    answer = actions(*words)
    assert answer.status == status
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""


def test_read_only_refuses_even_with_yes(actions: Console, canary: Callable[[str], Path]) -> None:
    canary(SUCCESS)
    answer = actions("run", "security-canary", "--yes", flags=("--read-only",))
    assert answer.status == 3
    assert "the console is read-only (--read-only)" in answer.err


def test_list_and_show_say_what_the_pane_says(
    actions: Console, canary: Callable[[str], Path]
) -> None:
    canary(SUCCESS)
    actions("run", "security-canary", "--yes")
    listed = actions("list")
    assert listed.status == 0
    assert "security-canary  writes log" in listed.out
    assert "● passed" in listed.out
    rows = data(actions("list", "--json"), "actions-list")["rows"]
    assert [row["last"] for row in rows if row["name"] == "security-canary"] == ["passed"]
    shown = actions("show", "release-smoke", "--param", "skip-docker")
    assert "parameter skip-docker=yes" in shown.out
    assert "ready     no: not in this installation" in shown.out
    last = data(actions("show", "security-canary", "--json"), "actions-show")["last"]
    assert last["evidence"] == "[security-canary] SUCCESS"
    record = data(actions("show", last["id"], "--json"), "actions-record")
    assert {name: record[name] for name in last} == last


def test_history_before_anything_was_run(actions: Console) -> None:
    assert actions("history").out.startswith("no action was run yet")
    assert actions("history", "--action", "migrations").out.startswith("no action like that was")
    unknown = actions("history", "--action", "migration")
    assert (unknown.status, unknown.out) == (2, "")
    assert "did you mean migrations?" in unknown.err


def test_a_secret_is_in_nothing_that_is_printed(
    actions: Console, canary: Callable[[str], Path], bare_root: Path
) -> None:
    (bare_root / ".env").write_text("GITEA_WEBHOOK_SECRET=canary-5e2b-value\n")
    canary("print(open('.env').read())\nraise SystemExit('canary-5e2b-value')")
    answers = [
        actions("run", "security-canary", "--yes"),
        actions("run", "security-canary", "--yes", "--json"),
        actions("show", "security-canary", "--json"),
        actions("history", "--json"),
        actions("list"),
    ]
    printed = "".join(answer.out + answer.err for answer in answers)
    assert "GITEA_WEBHOOK_SECRET=•••" in printed
    assert "canary-5e2b" not in printed


@pytest.fixture
def begun(canary: Callable[[str], Path], bare_root: Path) -> Iterator[subprocess.Popen[str]]:
    """A console that runs a canary which goes on until it may end."""
    canary(GOES_ON + SUCCESS)
    process = subprocess.Popen(
        [*COMMAND, "actions", "run", "security-canary", "--yes", "--json"],
        cwd=bare_root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        yield process
        process.kill()


def first_pid(process: subprocess.Popen[str]) -> int:
    """The id of the canary's process, from its first line."""
    assert process.stderr
    word, pid = process.stderr.readline().split()
    assert word == "begun"
    return int(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_the_action_cleanly(
    begun: subprocess.Popen[str], number: signal.Signals
) -> None:
    pid = first_pid(begun)
    begun.send_signal(number)
    stdout, stderr = begun.communicate(timeout=LIMIT)
    assert begun.returncode == 130
    assert json.loads(stdout)["data"]["verdict"] == "cancelled"
    assert "Traceback" not in stderr
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_it_outlives_the_console_and_the_next_sees_its_end(
    begun: subprocess.Popen[str],
    canary: Callable[[str], Path],
    actions: Console,
    bare_root: Path,
    number: signal.Signals,
) -> None:
    pid = first_pid(begun)
    begun.send_signal(number)
    _, stderr = begun.communicate(timeout=LIMIT)
    (record,) = data(actions("history", "--json"), "actions-history")["records"]
    assert record["verdict"] is None
    assert record["pid"] == pid
    assert psutil.pid_exists(pid)
    if number == signal.SIGHUP:
        assert begun.returncode == 130
        assert f"Security canary goes on: `orket-console actions attach {record['id']}`" in stderr
    shown = actions("show", record["id"])
    assert "Security canary  · running" in shown.out
    refused = actions("run", "security-canary", "--yes")
    assert refused.status == 3
    assert f"wait for it, or `orket-console actions cancel {record['id']}`" in refused.err
    (bare_root / "go").touch()
    attached = actions("attach", record["id"], "--json")
    assert attached.status == 0
    assert attached.err == f"begun {pid}\nwent on\n[security-canary] SUCCESS\n"
    ended = data(attached, "actions-run")
    assert (ended["id"], ended["verdict"]) == (record["id"], "passed")
    assert actions("attach", record["id"]).err == attached.err


def test_a_terminal_that_is_gone_takes_no_word_and_it_goes_on(
    begun: subprocess.Popen[str], actions: Console
) -> None:
    first_pid(begun)
    assert begun.stderr
    begun.stderr.close()
    begun.send_signal(signal.SIGHUP)
    assert begun.wait(timeout=LIMIT) == 130
    (record,) = data(actions("history", "--json"), "actions-history")["records"]
    assert record["verdict"] is None


def test_another_console_cancels_it_and_is_named(
    begun: subprocess.Popen[str], actions: Console
) -> None:
    pid = first_pid(begun)
    (record,) = data(actions("history", "--json"), "actions-history")["records"]
    refused = actions("cancel", record["id"], flags=("--read-only",))
    assert refused.status == 3
    assert "is not stopped: the console is read-only" in refused.err
    cancelled = actions("cancel", record["id"], "--json")
    assert cancelled.status == 0
    assert data(cancelled, "actions-run")["verdict"] == "cancelled"
    assert f"by {record['origin']['user']} on" in cancelled.document["data"]["evidence"]
    assert not psutil.pid_exists(pid)
    begun.communicate(timeout=LIMIT)
    assert begun.returncode == 130
    again = actions("cancel", record["id"])
    assert again.status == 3
    assert "has ended: cancelled" in again.err


@pytest.mark.parametrize("word", ["attach", "cancel"])
def test_an_id_that_is_none_is_one_line(actions: Console, word: str) -> None:
    for name in ("nope", "../..", "a\nb"):
        answer = actions(word, name)
        assert answer.status == 3
        assert "no readable record" in answer.err
        assert answer.err.count("\n") == 1


def test_a_reader_of_stderr_that_leaves_stops_nothing(
    canary: Callable[[str], Path], bare_root: Path
) -> None:
    canary("for number in range(2000): print('x' * 100)\n" + SUCCESS)
    answer = subprocess.run(
        [
            "/bin/sh",
            "-c",
            '"$@" 2>&1 >answer | head -n 1; cat answer',
            "sh",
            *COMMAND,
            "actions",
            "run",
            "security-canary",
            "--yes",
        ],
        cwd=bare_root,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
        check=False,
    )
    assert "● passed" in answer.stdout
