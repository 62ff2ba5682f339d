"""The demo as a stage: always the same installation, at the same moment, at the same place.

What a real machine adds is made still where a probe reports it: process ids, latencies, free
disk. Everything else on the pictures is what the console read.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from orket_console.base.clock import FixedClock
from orket_console.demo.running import running
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round
from orket_console.target.target import Target, open_target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext
from orket_console.ui.panes.health import watching

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
ROOT = Path("/tmp/orket")
_STATE = ROOT / ".console-state"
"""Paths stand on the pictures, so the stage stands where it stood before; a lock guards it."""
PORTS = (47082, 47080)
LIMIT = 30.0
_LONGER_THAN_A_REST = 0.6

_STILL = (
    (re.compile(r"pid \d+"), "pid 4127"),
    (re.compile(r"up \d+[smhd]\w*"), "up 2h03m"),
    (re.compile(r"[\d.]+ [MGT]B free"), "61 GB free"),
    (re.compile(r"[\d.]+ % of inodes|[\d,]+ inodes free"), "97 % of inodes free"),
)
_MS = {"api": 3.0, "api-key": 4.0, "webhook": 2.0, "runtime-db": 1.0, "webhook-db": 1.0}


@dataclass(frozen=True)
class Scene:
    """A picture: the keys that lead to it, and what tells that it has been drawn.

    A key of the form `type:text` types text; `wait:text` waits until that is on screen, and
    `settle` until nothing more is being read. It is drawn at each of `sizes`.
    """

    name: str
    scenario: str
    keys: tuple[str, ...]
    shows: str
    sizes: tuple[tuple[int, int], ...] = ((80, 24), (120, 40))
    prepare: Callable[[Target], None] | None = None
    """What the console's state has in it before."""


@contextmanager
def stage(scenario: str) -> Iterator[Target]:
    """The demo in place, with its servers up, alone on this machine while the block lasts."""
    with _alone():
        shutil.rmtree(ROOT, ignore_errors=True)
        for port in PORTS:
            _wait_for(port)
        try:
            with running(scenario, seed=1, directory=ROOT, now=NOW, ports=PORTS) as demo:
                if (demo.api_port, demo.webhook_port) != PORTS:
                    raise RuntimeError(f"ports {PORTS} are taken; the pictures show them")
                yield _target()
        finally:
            shutil.rmtree(ROOT, ignore_errors=True)


def _wait_for(port: int) -> None:
    """Until the port is free: any process may be given it for a moment, as the end of a call."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return
        time.sleep(0.1)


@contextmanager
def bare_stage() -> Iterator[Target]:
    """An installation of which nothing is left but its folders."""
    with _alone():
        shutil.rmtree(ROOT, ignore_errors=True)
        try:
            (ROOT / ".orket" / "durable" / "db").mkdir(parents=True)
            yield _target()
        finally:
            shutil.rmtree(ROOT, ignore_errors=True)


def _target() -> Target:
    # The interpreter stands on the pictures: not that of whoever draws them.
    python = ROOT / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return open_target(
        option=str(ROOT),
        environment={"PATH": os.environ["PATH"], "USER": "operator"},
        here=ROOT,
        flags={
            "api.port": PORTS[0],
            "webhook.port": PORTS[1],
            "target.python": str(python),
            "state.dir": str(_STATE),
            "health.interval": 3600.0,
            "health.deadline": 20.0,
        },
    )


@contextmanager
def _alone() -> Iterator[None]:
    with (ROOT.with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def draw(target: Target, scene: Scene) -> dict[tuple[int, int], str]:
    """The scene as SVG by size: one console, whose terminal is made wider."""
    drawn: dict[tuple[int, int], str] = {}
    async with performance(target, scene, scene.sizes[0]) as pilot:
        for size in scene.sizes:
            if pilot.app.size != size:
                await pilot.resize_terminal(*size)
                await settled(pilot)
            drawn[size] = pilot.app.export_screenshot()
    return drawn


@contextlib.asynccontextmanager
async def performance(target: Target, scene: Scene, size: tuple[int, int]):
    """The console with the scene's keys pressed and the scene drawn."""
    # Nothing that an earlier scene left, such as the turn it was at, stands on this one.
    shutil.rmtree(_STATE, ignore_errors=True)
    if scene.prepare is not None:
        scene.prepare(target)
    with still_probes(), _operator():
        app = ConsoleApp(UiContext(target, FixedClock(NOW)), "orket-dark")
        async with app.run_test(size=size) as pilot:
            await until(pilot, "05:20:00 UTC")
            await until(pilot, lambda text: "looking" not in text)
            for key in scene.keys:
                if key.startswith("wait:"):
                    await until(pilot, key.removeprefix("wait:"))
                elif key == "settle":
                    await settled(pilot)
                elif key.startswith("type:"):
                    await pilot.press(*key.removeprefix("type:"))
                else:
                    await pilot.press(key)
            await until(pilot, scene.shows)
            await settled(pilot)
            yield pilot


@contextmanager
def _operator() -> Iterator[None]:
    """Whoever draws the pictures is not named on them."""
    before = dict(os.environ)
    os.environ["LOGNAME"] = "operator"
    for name in ("SSH_CONNECTION", "SSH_CLIENT"):
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def still_probes() -> Iterator[None]:
    async def still_round(*arguments: object, heard: Callable[[Reading], None], **more: object):
        done = await run_round(*arguments, heard=lambda r: heard(_still(r)), **more)  # type: ignore[arg-type]
        return replace(done, readings=tuple(map(_still, done.readings)))

    before = watching.run_round
    watching.run_round = still_round  # type: ignore[assignment]
    try:
        yield
    finally:
        watching.run_round = before


def _still(reading: Reading) -> Reading:
    def text(words: str) -> str:
        for pattern, shown in _STILL:
            words = pattern.sub(shown, words)
        return words

    return replace(
        reading,
        seen=text(reading.seen),
        details=tuple(map(text, reading.details)),
        ms=None if reading.ms is None else _MS.get(reading.probe, 1.0),
    )


async def until(pilot: Pilot[int], shown: str | Callable[[str], bool]) -> None:
    """Wait for words on the screen, or for what holds of it."""
    nap = 0.005
    try:
        async with asyncio.timeout(LIMIT):
            while True:
                await pilot.pause()
                text = screen_text(pilot)
                if shown in text if isinstance(shown, str) else shown(text):
                    return
                # What takes long is looked at less often: looking takes its processor.
                await asyncio.sleep(nap)
                nap = min(2 * nap, 0.05)
    except TimeoutError:
        raise AssertionError(
            f"{shown!r} never came; the screen was\n{screen_text(pilot)}"
        ) from None


async def settled(pilot: Pilot[int]) -> None:
    """Wait until the screen has been the same for a while, colours too, and nothing is read.

    The while is longer than a tab waits before it reads more of what the cursor rests on.
    """
    clock = asyncio.get_running_loop().time
    last, same, since = None, 0, clock()
    async with asyncio.timeout(LIMIT):
        while same < 8 or clock() - since < _LONGER_THAN_A_REST or _reads(pilot):
            await pilot.pause(0.03)
            drawn = [list(strip) for strip in pilot.app.screen._compositor.render_strips()]
            if drawn == last and not _reads(pilot):
                same += 1
            else:
                last, same, since = drawn, 0, clock()


def _reads(pilot: Pilot[int]) -> bool:
    """Whether a tab reads something; the rounds of the probes go on for ever."""
    return any(one.is_running and one.group != "health" for one in pilot.app.workers)


def screen_text(pilot: Pilot[int]) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)
