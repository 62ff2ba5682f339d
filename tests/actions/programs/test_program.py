"""A program of the console's own: how it is run, what it is told, how it is judged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.actions.catalogue import Action, Effect
from orket_console.actions.outcome import Output
from orket_console.actions.plan import plan
from orket_console.actions.verdicts import Verdict, judge, program
from orket_console.target.target import Target

TargetOf = Callable[..., Target]
PROBE = Action(
    name="probe",
    title="Probe",
    purpose="for the test",
    runbook="none",
    effect=Effect.READS,
    changes="nothing",
    verdict=program,
    timeout=10,
    module="probe",
    arguments=("--fixed",),
)


def test_it_runs_isolated_by_the_consoles_interpreter(bare_root: Path, target_of: TargetOf) -> None:
    made = plan(target_of(bare_root, {"target.python": "/nowhere/python"}), PROBE, {})
    assert made.argv == (
        sys.executable,
        "-I",
        "-u",
        "-m",
        "orket_console.actions.programs.probe",
        "--fixed",
    )
    assert made.cwd == bare_root
    assert made.blocked == ""


def test_it_is_told_what_only_this_console_was_told(
    bare_root: Path, target_of: TargetOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_root / "orket-console.toml").write_text("[webhook]\nport = 8180\n")
    monkeypatch.chdir(tmp_path)
    target = target_of(bare_root, {"api.port": 8099, "ui.read_only": True, "state.dir": "kept"})
    made = plan(target, PROBE, {})
    assert [change.shown for change in made.changes] == [
        "ORKET_CONSOLE_API_PORT=8099",
        "ORKET_CONSOLE_UI_READ_ONLY=True",
        f"ORKET_CONSOLE_STATE_DIR={tmp_path}/kept",
    ]
    script = (
        "from orket_console.actions.programs.program import own_target as own;"
        "t = own(); print(t.api_url, t.webhook_url, t.read_only, t.state.path, t.path)"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-c", script],
        cwd=bare_root,
        env=made.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == [
        "http://127.0.0.1:8099",
        "http://127.0.0.1:8180",
        "True",
        str(target.state.path.absolute()),
        str(bare_root),
    ]


@pytest.mark.parametrize(
    ("raised", "status", "last"),
    [
        ("return Judgement(Verdict.PASSED, 'all \\x1b is well')", 0, "all ␛ is well"),
        ("return Judgement(Verdict.UNKNOWN, 'who knows')", 3, "who knows"),
        ("raise ConsoleError('it broke', remedy='mend it')", 1, "it broke: mend it"),
    ],
)
def test_its_last_line_and_its_status_are_its_verdict(
    bare_root: Path, raised: str, status: int, last: str
) -> None:
    script = (
        "import sys\n"
        "from orket_console.actions.programs.program import run, say\n"
        "from orket_console.actions.verdicts import Judgement, Verdict\n"
        "from orket_console.base.errors import ConsoleError\n"
        "def work(target, arguments):\n"
        "    say('begun')\n"
        f"    {raised}\n"
        "sys.exit(run(work))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], cwd=bare_root, capture_output=True, check=False
    )
    assert done.returncode == status
    assert done.stdout.decode().splitlines() == ["begun", last]
    assert done.stderr == b""


def test_it_goes_on_when_nobody_reads_it_any_more(bare_root: Path, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from orket_console.actions.programs.program import run, say\n"
        "from orket_console.actions.verdicts import Judgement, Verdict\n"
        "def work(target, arguments):\n"
        "    sys.stdin.readline()\n"
        "    say('to nobody')\n"
        "    say('to nobody')\n"
        f"    Path({str(tmp_path / 'done')!r}).touch()\n"
        "    return Judgement(Verdict.PASSED, 'done')\n"
        "sys.exit(run(work))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-I", "-u", "-c", script],
        cwd=bare_root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.communicate(b"go\n")
    assert (tmp_path / "done").exists()


class TestRule:
    def test_the_status_is_the_verdict(self) -> None:
        assert judge(program, Output(0, "a\nb\n", "")).verdict is Verdict.PASSED
        assert judge(program, Output(1, "a\nb\n", "")).verdict is Verdict.FAILED
        assert judge(program, Output(3, "a\nb\n", "")).verdict is Verdict.UNKNOWN
        assert judge(program, Output(1, "a\nb\n", "")).evidence == "b"

    def test_an_unexpected_error_is_a_failure_by_its_own_words(self) -> None:
        found = judge(program, Output(1, "begun\n", "Traceback …\nValueError: odd\n"))
        assert (found.verdict, found.evidence) == (Verdict.FAILED, "ValueError: odd")

    def test_silence_is_no_success(self) -> None:
        assert judge(program, Output(0, "\n", "")).verdict is Verdict.FAILED
