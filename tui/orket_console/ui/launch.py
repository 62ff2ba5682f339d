"""Starting the console on a real terminal, and leaving that as it was, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Final

from orket_console.base.clock import Clock, SystemClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.locale import speaks_utf8
from orket_console.target.target import Target

if TYPE_CHECKING:
    from orket_console.ui.app import ConsoleApp

_GRACE: Final = 1.5
"""Seconds that an orderly end may take once the terminal is gone."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_LEAVE: Final = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l"
    b"\x1b[<u\x1b[?1049l\x1b[?7h\x1b[?25h\x1b[0m"
)
"""Undo what Textual asks of a terminal: reports of mouse, focus, pastes and size, its own keys,
the alternate screen, no wrapping, no cursor; plain colours."""


def require_terminal() -> None:
    """Raises `ConsoleError` (exit 2) that names the headless command, where there is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        what = "the console needs a terminal"
    elif os.environ.get("TERM", "dumb") == "dumb":
        what = "the console needs a terminal that can draw, and TERM is dumb"
    else:
        return
    raise ConsoleError(
        what,
        remedy="without one, use `orket-console check`, `log`, `runs list` or another of --help",
        exit_code=ExitCode.USAGE,
    )


def run_console(target: Target, clock: Clock | None = None) -> int:
    """Show the console until it is quit; the exit status. Raises `ConsoleError`."""
    require_terminal()
    wants_no_colour = bool(os.environ.get("NO_COLOR"))
    theme = target.settings.text("ui.theme")
    _prepare_environment()
    # Only now: textual reads its environment when it is imported.
    from orket_console.ui.app import ConsoleApp
    from orket_console.ui.context import UiContext
    from orket_console.ui.line_filters import AsciiFilter, PlainFilter
    from orket_console.ui.theme import ANSI, choose_theme

    app = ConsoleApp(
        UiContext(target, clock or SystemClock()),
        ANSI if wants_no_colour else choose_theme(theme, os.environ),
        [
            *([PlainFilter()] if wants_no_colour else []),
            *([] if speaks_utf8(os.environ) else [AsciiFilter()]),
        ],
    )
    with _terminal_kept(), _ends_with_signals(app):
        status = app.run()
    if app.crash_line:
        print(f"orket-console: {app.crash_line}", file=sys.stderr)  # noqa: T201  the terminal is ours again
        return ExitCode.CRASHED
    return app.return_code if status is None and app.return_code else status or 0


def _prepare_environment() -> None:
    # All that is made up to the first tab stays: to look through it for garbage, again and again
    # meanwhile, would take a tenth of the start. The app turns this on again.
    gc.disable()
    # And later less often than by default: to open a run of ten thousand turns makes so many
    # objects, all of which stay, that to look through them took a seventh of the time.
    gc.set_threshold(10_000)
    # Threads that scan logs hand the interpreter back to the event loop within half a millisecond.
    sys.setswitchinterval(0.0005)
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    os.environ.setdefault("TEXTUAL_FPS", "60")
    os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    # Ours is applied instead of Textual's, which leaves text invisible.
    os.environ.pop("NO_COLOR", None)


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    """Put the terminal's mode back at the end, whatever has happened in between."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _ends_with_signals(app: ConsoleApp) -> Iterator[None]:
    """Signals and a terminal that is gone end the console, in order or else at once."""
    stop = threading.Event()
    fd = sys.stdin.fileno()
    mode = termios.tcgetattr(fd)

    def end(status: int) -> None:
        threading.Thread(target=_insist, args=(stop, fd, mode, status), daemon=True).start()
        app.call_from_thread(app.exit, status)

    def handle(number: int, _frame: FrameType | None) -> None:
        # Off the main thread, as call_from_thread must not be called on the loop's own.
        threading.Thread(target=_quietly, args=(end, 128 + number), daemon=True).start()

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    watcher = threading.Thread(target=_watch_terminal, args=(stop, fd, end), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        for number, handler in before.items():
            signal.signal(number, handler)


def _quietly(end: Callable[[int], None], status: int) -> None:
    # The app may have ended by itself between the signal and this.
    with contextlib.suppress(RuntimeError, asyncio.CancelledError):
        end(status)


def _watch_terminal(stop: threading.Event, fd: int, end: Callable[[int], None]) -> None:
    """Where SIGHUP is ignored (nohup), a hung-up terminal shows only as POLLHUP."""
    poll = select.poll()
    poll.register(fd, 0)
    while not stop.wait(0.5):
        if any(
            event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0)
        ):
            _quietly(end, 128 + signal.SIGHUP)
            return


def _insist(stop: threading.Event, fd: int, mode: list[object], status: int) -> None:
    """If the orderly end hangs, as on a terminal that takes no more output, leave at once."""
    if stop.wait(_GRACE):
        return
    with contextlib.suppress(OSError, termios.error):
        termios.tcsetattr(fd, termios.TCSANOW, mode)  # type: ignore[arg-type]  # as tcgetattr gave it
    with contextlib.suppress(OSError):
        # The shell has the same file: it must not be left without waiting.
        out = sys.stdout.fileno()
        os.set_blocking(out, False)
        try:
            os.write(out, _LEAVE)
        finally:
            os.set_blocking(out, True)
    os._exit(status)
