"""The console on a real terminal: signals, modes, colours and what may reach it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ui.terminal import CONSOLE, Terminal, terminal

SHOWN = b"Health]"


@pytest.fixture
def root(bare_root: Path) -> str:
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-3f9a1c\n")
    # Ports at which nothing of this machine answers.
    (bare_root / "orket-console.toml").write_text("[api]\nport = 9\n[webhook]\nport = 11\n")
    return str(bare_root)


ASKED = (b"[?1000", b"[?1003", b"[?1006", b"[?1004", b"[?2004", b"[?1049", b"[?25", b"[?7")
"""What is asked of a terminal with `h`, and taken back with `l`; the last two the other way."""

SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-m", "orket_console.cli", *sys.argv[1:]])
while True:
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
    os.tcsetpgrp(0, os.getpgrp())
    os.write(1, b"<stopped>")
    os.read(0, 1)
    os.tcsetpgrp(0, child)
    os.killpg(child, signal.SIGCONT)
"""
"""A shell that runs one job: stopped, it goes on with it at the next line."""


def last_said(seen: bytes, what: bytes) -> bytes:
    """`h` or `l`, whichever the terminal was told last."""
    return max((seen.rfind(what + end), end) for end in (b"h", b"l"))[1]


def test_the_shell_has_its_terminal_while_it_waits_and_when_it_ends(root: str) -> None:
    with terminal([root], program=[sys.executable, "-c", SHELL]) as screen:
        screen.wait_for(SHOWN)
        assert screen.modes_now() != screen.modes
        screen.settle()
        screen.send("\x1a")
        screen.wait_for(b"<stopped>")
        _assert_given_back(screen)
        since = len(screen.seen)
        screen.send("\n")
        # All of it is drawn anew: meanwhile the shell had the screen.
        screen.wait_for(b"[?1049h", since)
        for part in (b"orket ?", SHOWN, b"probe", b"Diagnosis", b"run now"):
            screen.wait_for(part, since)
        screen.settle()
        screen.send("q")
        assert screen.ended() == 0
        _assert_given_back(screen)


def _assert_given_back(screen: Terminal) -> None:
    assert screen.modes_now() == screen.modes
    told = {what: last_said(bytes(screen.seen), what) for what in ASKED}
    assert told == {**dict.fromkeys(ASKED, b"l"), b"[?25": b"h", b"[?7": b"h"}
    assert screen.seen.rfind(b"\x1b[<u") > screen.seen.rfind(b"\x1b[>")


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT],
    ids=lambda one: one.name,
)
def test_a_signal_ends_it_in_order(root: str, number: signal.Signals) -> None:
    with terminal([root]) as screen:
        screen.wait_for(SHOWN)
        # With no shell that could bring it back it does not stop.
        screen.send("\x1a")
        screen.wait_for(b"no shell waits")
        screen.process.send_signal(number)
        assert screen.ended() == 128 + number
        assert screen.modes_now() == screen.modes
        assert b"\x1b[?1049l" in screen.seen


def test_a_terminal_that_is_gone_ends_it_even_where_the_signal_is_ignored(root: str) -> None:
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    # As nohup, which the console's own handler undoes: take that away too.
    ignoring += "import orket_console.ui.launch as launch\n"
    ignoring += "launch.signal.signal = lambda *_: None\n"
    program = [sys.executable, "-c", f"{ignoring}from orket_console.cli.main import main; main()"]
    with terminal([root], program=program) as screen:
        screen.wait_for(SHOWN)
        screen.hang_up()
        assert screen.process.wait(timeout=20) != 0


STUCK = """
import contextlib, os, sys, termios, threading, tty
from orket_console.ui import launch
launch._GRACE = 0.0
mode = termios.tcgetattr(0)
child = os.fork()
if child == 0:
    tty.setraw(0)
    os.set_blocking(1, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(1, b"." * 64)
    launch._insist(threading.Event(), 0, mode, 143)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
os._exit(status if os.get_blocking(1) else 1)
"""
"""The last resort, where the terminal is full; and whether its owner can still wait for it."""


def test_it_leaves_a_terminal_that_takes_no_more_output(root: str) -> None:
    with terminal([], program=[sys.executable, "-c", STUCK]) as screen:
        assert screen.process.wait(timeout=30) == 143
        assert screen.modes_now() == screen.modes


def test_a_crash_is_one_line_with_a_redacted_report(root: str, own_environment: Path) -> None:
    crashing = (
        "import orket_console.ui.app as app\n"
        "def crash(self):\n"
        "    secret = 'canary-3f9a1c'\n"
        "    raise RuntimeError('broken by ' + secret)\n"
        "app.ConsoleApp.action_help = crash\n"
        "from orket_console.cli.main import main; main()"
    )
    with terminal([root], program=[sys.executable, "-c", crashing]) as screen:
        screen.wait_for(SHOWN)
        screen.settle()
        screen.send("?")
        assert screen.ended() == 70
        assert screen.modes_now() == screen.modes
        last = bytes(screen.seen).rpartition(b"\x1b[?1049l")[2].decode()
    assert "crashed: RuntimeError: broken by •••" in last
    assert "canary" not in last
    (report,) = (own_environment / "state" / "orket-console" / "crashes").iterdir()
    text = report.read_text()
    assert "RuntimeError" in text
    assert "action_help" in text or "crash" in text
    assert "canary" not in text.replace("secret = 'canary-3f9a1c'", "")
    assert report.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environment", "words"), [({}, "needs a terminal"), ({"TERM": "dumb"}, "needs a terminal")]
)
def test_without_a_terminal_it_names_the_headless_command(
    root: str, environment: dict[str, str], words: str
) -> None:
    done = subprocess.run(
        [*CONSOLE, root],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "orket-console check" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_dumb_terminal_is_told_so(root: str) -> None:
    with terminal([root], {"TERM": "dumb"}) as screen:
        assert screen.ended() == 2
        assert b"TERM is dumb" in screen.seen
        assert b"\x1b" not in screen.seen


def test_a_terminal_without_utf8_gets_ascii(root: str) -> None:
    with terminal([root], {"LANG": "C", "LC_ALL": "C"}) as screen:
        screen.wait_for(SHOWN)
        for key in "2345?":
            screen.send(key)
            screen.settle()
        assert bytes(screen.seen).isascii()


def test_16_colours_get_no_rgb(root: str) -> None:
    with terminal([root], {"TERM": "xterm", "COLORTERM": ""}) as screen:
        screen.wait_for(SHOWN)
        screen.settle()
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25];", screen.seen)


def test_no_color_gets_none_at_all_and_stays_readable(root: str) -> None:
    with terminal([root], {"NO_COLOR": "1"}) as screen:
        screen.wait_for(SHOWN)
        screen.settle()
        codes = {
            code
            for sequence in re.findall(rb"\x1b\[([0-9;]*)m", screen.seen)
            for code in sequence.split(b";")
        }
        assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7"}
        assert b"7" in codes


def test_what_stands_on_the_terminal_is_not_written_again(root: str) -> None:
    with terminal([root]) as screen:
        screen.wait_for(SHOWN)
        screen.wait_for(b"Diagnosis: ")
        screen.send("p")
        screen.wait_for(b"paused")
        screen.settle()
        # A dialog over all of it, and back: about one screen each, and not three to five.
        for key, shown in (("?", b"Keys in Health"), ("\x1b", b".env")):
            since = len(screen.seen)
            screen.send(key)
            screen.wait_for(shown, since)
            screen.settle()
            assert len(screen.seen) - since < 25_000
        # And nothing but the clock while nothing changes.
        since = len(screen.seen)
        for _ in range(3):
            screen.wait_for(b" UTC", len(screen.seen))
        assert len(screen.seen) - since < 5_000


def test_a_headless_command_is_ascii_on_a_terminal_without_utf8(root: str) -> None:
    plain = {"LANG": "C", "LC_ALL": "C"}
    with terminal(["--root", root, "check"], plain) as screen:
        assert screen.ended() == 1
        assert bytes(screen.seen).isascii()
        assert b"x API" in screen.seen


def test_a_secret_that_a_log_repeats_is_dots_on_the_terminal(root: str) -> None:
    log = Path(root) / "orket.log"
    log.write_text('{"event": "webhook", "data": {"message": "key canary-3f9a1c leaked"}}\n')
    with terminal([root]) as screen:
        screen.wait_for(SHOWN)
        screen.send("2")
        screen.wait_for(b" leaked")
        screen.settle()
        assert b"canary-3f9a1c" not in screen.seen
