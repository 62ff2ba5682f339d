"""The Log tab on what a log must not hold and on files that change: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.logs.odd_lines import FINE, ODD
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher

from orket_console.logs.records import Marker, MarkKind, Record
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.widgets.log_line import LogLine
from orket_console.ui.widgets.log_view import LogView
from orket_console.ui.widgets.record_view import RecordView

pytestmark = pytest.mark.usefixtures("unwatched")

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]


def line(event: str, role: str = "system", **data: Any) -> bytes:
    record = {
        "timestamp": "2026-11-23T05:17:37.5+00:00",
        "role": role,
        "event": event,
        "data": data,
    }
    return json.dumps(record).encode() + b"\n"


def append(path: Path, content: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(content)


def put_in_place(log: Path, instead: str) -> None:
    """Take the log, or what is in its place, away, and put something else there."""
    if instead == "an empty log":
        os.truncate(log, 0)
        return
    if log.is_dir():
        log.rmdir()
    else:
        log.unlink(missing_ok=True)
    match instead:
        case "a folder":
            log.mkdir()
        case "a FIFO":
            os.mkfifo(log)
        case "a loop of links":
            log.symlink_to(log.name)


def view(app: ConsoleApp) -> LogView:
    return app.query_one(LogView)


def records(app: ConsoleApp) -> list[Record]:
    return [item for item in view(app).window.items if isinstance(item, Record)]


def marks(app: ConsoleApp) -> list[MarkKind]:
    return [item.kind for item in view(app).window.items if isinstance(item, Marker)]


def roles(app: ConsoleApp) -> list[str]:
    return [record.role for record in records(app) if record.role.startswith("n")]


def status(app: ConsoleApp) -> str:
    return app.query_one(LogLine).text


def detail(app: ConsoleApp) -> str:
    return app.query_one(RecordView).text


def screen(app: ConsoleApp) -> str:
    shown = view(app)
    return "\n".join(shown.render_line(y).text for y in range(shown.size.height))


@pytest.fixture
def run_log(bare_root: Path) -> Path:
    path = bare_root / "workspace" / "default" / "orket.log"
    path.write_bytes(line("turn_start", "n0"))
    return path


@pytest.fixture
def console(bare_root: Path, run_log: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    return console_on(target_of(bare_root))


async def opened(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    await until(pilot, lambda: app.query_one("#panes", ContentSwitcher).current == "pane-health")
    await pilot.press("2")
    await until(pilot, lambda: roles(app) == ["n0"] and "following" in status(app))


async def test_what_is_no_event_is_one_malformed_line_each(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        for count, (name, odd) in enumerate(ODD.items(), 1):
            append(run_log, odd + b"\n" + line("turn_start", f"n{count}"))
            await until(pilot, lambda count=count: roles(console)[-1] == f"n{count}")
            assert len(records(console)) == 1 + 2 * count, name
            shown = records(console)[-2]
            assert shown.problem, name
            assert odd.startswith(shown.raw), name
            await until(pilot, lambda count=count: f"{count} malformed" in status(console))
            await pilot.press("up", "enter")
            await until(
                pilot,
                lambda: console.query_one("#pane-log .detail").has_pseudo_class("focus-within"),
            )
            await pilot.press("escape", "end")


async def test_an_odd_event_is_one_record_each(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        for count, (name, odd) in enumerate(FINE.items(), 1):
            append(run_log, odd + b"\n" + line("turn_start", f"n{count}"))
            await until(pilot, lambda count=count: roles(console)[-1] == f"n{count}")
            assert len(records(console)) == 1 + 2 * count, name
            assert records(console)[-2].raw == odd, name
            assert not {"\u2028", "\u2029", "\x85", "\ud83d", "\r"} & set(screen(console)), name
            await pilot.press("up", "enter", "escape", "equals_sign", "escape", "end")
        assert "malformed" not in status(console)


async def test_five_megabytes_of_random_bytes_in_the_middle(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    noise = random.Random(7).randbytes(5 << 20)
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        append(run_log, noise + b"\n" + line("turn_start", "n1"))
        await until(pilot, lambda: roles(console)[-1:] == ["n1"])
        await until(pilot, lambda: "malformed" in status(console))
        append(run_log, line("turn_start", "n2"))
        await until(pilot, lambda: roles(console)[-2:] == ["n1", "n2"])


async def test_a_line_of_fifty_megabytes_is_cut_and_says_so(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        for _ in range(50):
            append(run_log, b"x" * (1 << 20))
        append(run_log, b"\n" + line("turn_start", "n1"))
        await until(pilot, lambda: roles(console) == ["n0", "n1"])
        _, huge, _ = records(console)
        assert (huge.length, len(huge.raw)) == (50 << 20, 1 << 20)
        await until(pilot, lambda: "1 malformed" in status(console))
        await pilot.press("up")
        await until(pilot, lambda: "line of 52 MB, first 1.0 MB" in detail(console))


async def test_a_half_line_is_not_shown_before_its_end(
    console: ConsoleApp, until: Until, run_log: Path, bare_root: Path
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        whole = line("turn_start", "n1")
        append(run_log, whole[:40])
        # Once the other log's line is there, this one's half was looked at as well.
        append(bare_root / "orket.log", line("webhook", "elsewhere"))
        await until(pilot, lambda: [r.role for r in records(console)][-1] == "elsewhere")
        assert roles(console) == ["n0"]
        append(run_log, whole[40:])
        await until(pilot, lambda: roles(console) == ["n0", "n1"])
        assert "malformed" not in status(console)


@pytest.mark.parametrize("regrown", [1, 40])
async def test_a_cleared_log_is_read_anew_whatever_it_has_grown_to(
    console: ConsoleApp, until: Until, run_log: Path, regrown: int
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        append(run_log, b"".join(line("turn_start", f"n{n}") for n in range(1, 20)))
        await until(pilot, lambda: len(roles(console)) == 20)
        # As copytruncate does: never shorter than it was, when we look again.
        written = [f"n{n}" for n in range(100, 100 + regrown)]
        with run_log.open("r+b", buffering=0) as file:
            os.truncate(run_log, 0)
            file.write(b"".join(line("turn_start", role) for role in written))
        await until(pilot, lambda: roles(console) == [f"n{n}" for n in range(20)] + written)
        assert marks(console) == [MarkKind.CLEARED]


@pytest.mark.parametrize("instead", ["nothing", "a folder", "a FIFO", "a loop of links"])
async def test_what_stands_in_the_logs_place_is_said_and_its_return_is_seen(
    console: ConsoleApp, until: Until, run_log: Path, instead: str
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        put_in_place(run_log, instead)
        waiting = "waiting for workspace/default/orket.log"
        unreadable = "workspace/default/orket.log: not a regular file"
        await until(pilot, lambda: waiting in status(console) or unreadable in status(console))
        await pilot.press("up", "space", "end")
        put_in_place(run_log, "nothing")
        append(run_log, line("turn_start", "n1"))
        await until(pilot, lambda: roles(console) == ["n0", "n1"])
        assert marks(console) == [MarkKind.REPLACED]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){25}$"])
async def test_a_pattern_that_would_take_hours_is_answered_and_keys_stay_live(
    console: ConsoleApp, until: Until, run_log: Path, pattern: str
) -> None:
    append(run_log, b"".join(line("turn_start", text="a" * 500 + "!") for _ in range(300)))
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: console.query_one("#panes", ContentSwitcher).current)
        await pilot.press("2")
        await until(pilot, lambda: len(records(console)) == 301)
        await pilot.press("f", *f"/{pattern}/", "enter")
        await pilot.press("space")
        await until(pilot, lambda: "paused" in status(console))
        await until(pilot, lambda: "None of 301 records matches" in screen(console))
        await pilot.press("c")
        await until(pilot, lambda: len(records(console)) == 301)


class Mix:
    """Writes, breaks, rotates, clears and deletes a log, and knows what a screen must show."""

    def __init__(self, log: Path, seed: int) -> None:
        self.log = log
        self.rng = random.Random(seed)
        self.expected = ["n0"]
        self.half = b""
        self.malformed = 0
        self.rotated = 0

    def line(self) -> bytes:
        self.expected.append(f"n{len(self.expected)}")
        return line("turn_start", self.expected[-1], text="x" * self.rng.randrange(300))

    def write(self) -> None:
        append(self.log, self.half + b"".join(self.line() for _ in range(self.rng.randrange(1, 6))))
        self.half = b""

    def write_half(self) -> None:
        whole = self.line()
        cut = self.rng.randrange(1, len(whole) - 1)
        append(self.log, whole[:cut])
        self.half = whole[cut:]

    def write_odd(self) -> None:
        self.malformed += 1
        append(self.log, self.rng.choice(list(ODD.values())) + b"\n")

    def rotate(self) -> None:
        self.rotated += 1
        for number in range(self.rotated, 0, -1):
            name = f"{self.log.name}.{number - 1}" if number > 1 else self.log.name
            self.log.with_name(name).rename(self.log.with_name(f"{self.log.name}.{number}"))

    def do(self, deed: str) -> None:
        match deed:
            case "half a line":
                self.write_half()
            case "an odd line":
                self.write_odd()
            case "a rotation":
                self.rotate()
            case "an empty log" | "nothing":
                put_in_place(self.log, deed)


@pytest.mark.parametrize("seed", range(4))
async def test_any_mix_shows_each_line_once_and_in_order(
    console: ConsoleApp, until: Until, run_log: Path, seed: int
) -> None:
    mix = Mix(run_log, seed)
    deeds = ["lines", "half a line", "an odd line", "a rotation", "an empty log", "nothing"]
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        is_new = False
        for _ in range(25):
            deed = mix.rng.choice(deeds)
            mix.write()
            # What nobody can have seen, as it was cleared or came and went between two looks,
            # is nobody's to show.
            if deed in ("an empty log", "nothing") or (deed == "a rotation" and is_new):
                await until(pilot, lambda: roles(console) == mix.expected)
                is_new = False
            mix.do(deed)
            is_new = is_new or deed == "nothing"
        mix.write()
        await until(pilot, lambda: roles(console) == mix.expected)
        odd = [record for record in records(console) if record.problem]
        assert len(odd) == mix.malformed
        assert marks(console).count(MarkKind.ROTATED) == mix.rotated
