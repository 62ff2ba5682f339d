"""An incident taken by keyboard at 80×24, on a demo that only a test changes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.incidents.faults import kill_listeners
from tests.pictures.stage import screen_text
from tests.ports import held_port
from textual.pilot import Pilot

from orket_console.base.clock import Clock, SystemClock
from orket_console.demo.running import DemoInstallation, running
from orket_console.target.target import Target, open_target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext
from orket_console.ui.panes.incident.step_list import StepList
from orket_console.ui.panes.incident.telling import TimelineList
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.typed_confirm import TypedConfirmScreen
from orket_console.ui.widgets.listing import Listing

_LIMIT = 60.0
_ASKED = (ConfirmScreen, TypedConfirmScreen)
_TABS = ("Health", "Log", "Webhooks", "Runs", "Actions", "Incident")


@contextmanager
def demo_of(scenario: str, folder: Path) -> Iterator[DemoInstallation]:
    """By a name that is soon typed; nothing of it is left."""
    root = folder / "orket"
    with (
        held_port() as api,
        held_port() as webhook,
        running(scenario, directory=root, live=False, ports=(api, webhook)) as demo,
    ):
        try:
            yield demo
        finally:
            kill_listeners(demo.api_port, demo.webhook_port)
    shutil.rmtree(root)


@dataclass(frozen=True)
class Shown:
    """Rows of the lists, and the rows that evidence leads to."""

    steps: tuple[str, ...]
    happened: tuple[str, ...]
    turn: str
    line: str


@dataclass(frozen=True)
class Walk:
    pilot: Pilot[int]
    target: Target

    @property
    def screen(self) -> str:
        return screen_text(self.pilot)

    async def until(self, shown: str | Callable[[str], object]) -> None:
        """Wait for words on the screen, or for what holds of it."""
        try:
            async with asyncio.timeout(_LIMIT):
                while True:
                    await self.pilot.pause()
                    text = self.screen
                    if shown in text if isinstance(shown, str) else shown(text):
                        return
                    await asyncio.sleep(0.25)
        except TimeoutError:
            raise AssertionError(f"{shown!r} never came; the screen was\n{self.screen}") from None

    async def matches(self, pattern: str) -> None:
        await self.until(lambda text: re.search(pattern, text))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    # -- red, and a pass

    async def begin(self, conclusion: str) -> None:
        """An incident from a finding of the Health tab, and its first pass."""
        await self.until(conclusion)
        await self.press("d")
        while not re.search(f"▸. {conclusion}", self.screen):
            await self.press("down")
            await self.pilot.pause()
        await self.press("i")
        await self.matches(r"\[6 Incident\](.*\n)*.*b begins")
        await self.press("b")
        await self.matches(r"INC-1 pass 1(.*\n)*.*● \d+ ")

    async def at(self, title: str) -> None:
        """The cursor comes to the step by itself, once those before it are closed."""
        await self.press("6")
        await self.matches(rf"▸▲ \d+ {title}(.*\n)*.* ↵ do step  k skip")

    async def do(self, title: str) -> None:
        """Enter on the step that comes next, and agree to the action that it leads to."""
        await self.at(title)
        await self.press("enter")
        await self.agree()

    async def agree(self) -> None:
        app = self.pilot.app
        await self.until(lambda _: isinstance(app.screen, _ASKED) and app.screen.focused)
        if isinstance(app.screen, TypedConfirmScreen):
            await self.press(*self.target.path.name)
            await self.pilot.pause(0.1)
            await self.press("enter")
        else:
            await self.pilot.pause(0.1)
            await self.press("y")
        await self.until(lambda _: not isinstance(app.screen, _ASKED))

    async def verify(self) -> None:
        """All gates at once, and the pass is clean."""
        await self.at("Verification: tests")
        await self.press("g")
        await self.agree()
        await self.judge()

    async def judge(self) -> None:
        await self.press("6")
        await self.until("v ends the pass as clean")
        await self.press("v")
        await self.until("● pass 1 is clean")

    # -- red again

    async def repeated(self, *tabs: str) -> None:
        """After a look it is said in those tabs, and here."""
        await self.press("1", "r")
        for tab in ("Health", *tabs):
            await self.press(str(1 + _TABS.index(tab)))
            await self.matches(rf"INC-1  ▲ REPEAT.*\n.*\[\d {tab}\]")
        await self.press("6")
        await self.until("came back after a clean pass")

    async def escalated(self) -> str:
        """The record as it was written has all four fields; the command that it gives."""
        await self.press("E")
        await self.until("drafted from what is known now")
        await self.press("w")
        await self.until(lambda text: "written:" in text and ".md" in text)
        await self.press("escape")
        (path,) = self.target.state.exports.glob("inc-1-escalation-*.md")
        _, *parts = path.read_text("utf-8").split("\n## ")
        fields = {name: body.strip() for name, _, body in (one.partition("\n") for one in parts)}
        assert list(fields) == [
            "Failure signature",
            "Repro command",
            "Root-cause hypothesis",
            "Proposed guard or test",
        ]
        assert re.match(r"`v1:[\w-]+:[\w-]+:\w+`", fields["Failure signature"])
        assert "What went in, as it was and as it counts:" in fields["Failure signature"]
        assert "- pass 1, clean at " in fields["Root-cause hypothesis"]
        assert "after the clean pass 1 of INC-1" in fields["Root-cause hypothesis"]
        assert "- assert: " in fields["Proposed guard or test"]
        command, expected, checked = filter(None, fields["Repro command"].splitlines())
        assert expected.startswith("Expected: ")
        assert checked.startswith(("Checked: found at ", "Checked: replayed at "))
        return command.strip()

    # -- what can be seen of it, and taken along

    async def shown(self) -> Shown:
        """From the Incident tab, and from where its evidence leads to."""
        await self.press("6")
        await self.until("happened (")
        steps = tuple(rows_of(self.pilot.app.query_one(StepList)))
        # Of one moment it has what comes of logs and of folders in no certain order.
        happened = tuple(sorted(rows_of(self.pilot.app.query_one(TimelineList))))
        turn = await self.evidence("Turn artifacts read", r"^\w+:", "Runs")
        line = await self.evidence("Turn artifacts read", r"orket\.log:\d+", "Log")
        return Shown(steps, happened, turn, line)

    async def evidence(self, step: str, kind: str, tab: str) -> str:
        """The row that a step's first piece of evidence of a kind leads to."""
        await self.press("6", "home")
        while not re.search(rf"▸. \d+ {step}", self.screen):
            await self.press("down")
            await self.pilot.pause()
        await self.press("enter")
        await self.until("evidence (↵ opens it)")
        (listing,) = self.pilot.app.screen.query(Listing)
        while not re.search(kind, listing.rows[int(listing.selected or "1") - 1].cells[1].plain):
            await self.press("down")
        await self.press("enter")
        await self.matches(rf"\[\d {tab}\](.*\n)*.*▸.*\w")
        (row,) = re.findall(r"▸.*", self.screen)
        # A scrollbar beside it is of the list.
        return str(row).rstrip(" ▁▂▃▄▅▆▇█")

    async def exported(self) -> Path:
        await self.press("6", "x")
        await self.until(lambda text: "exported:" in text and ".tar.gz" in text)
        (path,) = self.target.state.exports.glob("INC-1-*.tar.gz")
        return path


def rows_of(listing: Listing) -> Iterator[str]:
    return ("  ".join(cell.plain for cell in row.cells) for row in listing.rows)


@asynccontextmanager
async def walk(demo: DemoInstallation) -> AsyncIterator[Walk]:
    # What is done leads to a look by itself; more of them would show nothing else.
    target = open_target(
        option=str(demo.root),
        environment=dict(os.environ),
        here=demo.root,
        flags={"health.interval": 3600.0},
    )
    async with console_on(target, SystemClock()) as walked:
        yield walked


@asynccontextmanager
async def console_on(target: Target, clock: Clock) -> AsyncIterator[Walk]:
    app = ConsoleApp(UiContext(target, clock), "orket-dark")
    async with app.run_test(size=(80, 24)) as pilot:
        yield Walk(pilot, target)
