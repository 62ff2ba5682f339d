"""Asking before an action writes: by option, or typed at a terminal; a paste is no answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SUCCESS = "open('it-ran', 'w')\nprint('[security-canary] SUCCESS', flush=True)\n"
SUITE = "raise SystemExit(open('it-ran', 'w') and 0)\n"
LIMIT = 30
MAIN = "from orket_console.cli.main import main; main()"
COMMAND = [sys.executable, "-c", MAIN, "--python", sys.executable, "actions", "run"]
Console = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("no_action_outlives")


@pytest.fixture
def root(bare_root: Path) -> Path:
    """An installation with a canary, and a test suite, that leave `it-ran` behind."""
    (bare_root / "scripts").mkdir()
    (bare_root / "scripts" / "security_canary.py").write_text(SUCCESS)
    (bare_root / "tests").mkdir()
    (bare_root / "pytest.py").write_text(SUITE)
    return bare_root


@pytest.fixture
def run(console: Console, root: Path) -> Console:
    def run(*words: str) -> Any:
        return console("--python", sys.executable, "actions", "run", *words, here=root)

    return run


@pytest.mark.parametrize("words", [(), ("--yes",)])
def test_a_yes_is_too_little_for_what_changes_databases(
    run: Console, root: Path, words: tuple[str, ...]
) -> None:
    answer = run("test-suite", *words)
    assert answer.status == 2
    assert answer.err == (
        "orket-console: Test suite was not run: it changes databases: "
        "add --confirm orket to run it without being asked\n"
    )
    assert answer.out == ""
    assert not (root / "it-ran").exists()


@pytest.mark.parametrize("action", ["test-suite", "security-canary"])
def test_another_name_is_refused_whatever_is_asked(run: Console, root: Path, action: str) -> None:
    answer = run(action, "--yes", "--confirm", "orket2")
    assert answer.status == 2
    assert "that is not the name of this installation: type orket" in answer.err
    assert not (root / "it-ran").exists()


def test_the_name_is_agreement_and_is_on_record(
    run: Console, root: Path, own_environment: Path
) -> None:
    assert run("test-suite", "--confirm", "orket").status in (0, 3)
    assert (root / "it-ran").exists()
    (trail,) = own_environment.glob("state/orket-console/*/audit.jsonl")
    assert json.loads(trail.read_text().splitlines()[0])["confirmation"] == (
        "--confirm with the installation's name"
    )


class Terminal:
    """A console at a terminal of its own."""

    def __init__(self, root: Path, action: str, ahead: str) -> None:
        self._fd, theirs = os.openpty()
        os.write(self._fd, ahead.encode())
        self.process = subprocess.Popen(
            [*COMMAND, action],
            cwd=root,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = b""

    def until(self, text: bytes) -> None:
        """Read on until `text` appears anew."""
        start = len(self.shown)
        signal.alarm(LIMIT)
        while text not in self.shown[start:]:
            self.shown += os.read(self._fd, 1)
        signal.alarm(0)

    def type(self, keys: str) -> None:
        """Each key when the one before it is on screen."""
        for key in keys:
            self.paste(key)
            self.until(b"\n" if key == "\r" else key.encode())

    def paste(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self._fd)[3] & termios.ECHO)

    def end(self) -> int:
        self.process.communicate(timeout=LIMIT)
        return self.process.returncode

    def close(self) -> None:
        os.close(self._fd)
        self.process.kill()
        self.process.communicate(timeout=LIMIT)


@pytest.fixture
def terminal(root: Path) -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def opened(action: str, ahead: str = "") -> Terminal:
        made.append(Terminal(root, action, ahead))
        made[-1].until(b"Run it?")
        made[-1].until(b": ")
        return made[-1]

    yield opened
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("ahead", "typed", "status"),
    [("", "y\r", 0), ("", "\r", 130), ("y\ry\r", "n\r", 130), ("", "orket\r", 130)],
)
def test_it_asks_for_a_yes_and_what_was_typed_before_is_no_answer(
    terminal: Callable[..., Terminal], root: Path, ahead: str, typed: str, status: int
) -> None:
    console = terminal("security-canary", ahead)
    assert b"scripts/security_canary.py" in console.shown
    console.type(typed)
    assert console.end() == status
    assert (root / "it-ran").exists() is (status == 0)


def test_it_asks_for_the_name_with_all_there_is_to_know(
    terminal: Callable[..., Terminal], root: Path
) -> None:
    console = terminal("test-suite")
    for told in (b"-m pytest -q", b"in        ", b"PYTHONPATH=", b"undone by", b"type orket"):
        assert told.lower() in console.shown.lower()
    console.type("orkex")
    console.paste("\x7f")
    console.until(b"\b \b")
    console.type("t\r")
    assert console.end() in (0, 3)
    assert (root / "it-ran").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_told_to_end_while_it_asks_it_leaves_the_terminal_as_it_was(
    terminal: Callable[..., Terminal], root: Path, number: int
) -> None:
    console = terminal("test-suite")
    assert console.echoes() is False
    console.process.send_signal(number)
    console.until(b"\x1b[?2004l")
    assert console.end() == 130
    assert console.echoes() is True
    assert not (root / "it-ran").exists()


@pytest.mark.parametrize("typed", ["yes\r", "ork\r", "\r"])
def test_another_word_than_the_name_runs_nothing(
    terminal: Callable[..., Terminal], root: Path, typed: str
) -> None:
    console = terminal("test-suite")
    console.type(typed)
    assert console.end() == 130
    assert not (root / "it-ran").exists()


@pytest.mark.parametrize("pasted", ["orket\r", "orket", "\x1b[200~orket\r\x1b[201~"])
def test_a_paste_never_confirms(terminal: Callable[..., Terminal], root: Path, pasted: str) -> None:
    console = terminal("test-suite")
    console.paste(pasted)
    console.until(b"a paste never confirms")
    console.until(b"go on: ")
    console.type("\r")
    assert console.end() == 130
    assert not (root / "it-ran").exists()
