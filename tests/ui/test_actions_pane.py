"""The Actions tab by its keys: what is asked, run, followed, stopped and kept."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.conftest import TargetOf
from tests.ui.conftest import Until
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from orket_console.actions.catalogue import CATALOGUE
from orket_console.actions.records import Record, history
from orket_console.actions.verdicts import Verdict
from orket_console.actions.verification import trail
from orket_console.base.refs import ActionRef
from orket_console.target.target import Target
from orket_console.ui import app as shell
from orket_console.ui.app import ConsoleApp
from orket_console.ui.messages import RunAction
from orket_console.ui.panes.actions import ActionsPane
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens import confirm
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.parameters import ParametersScreen
from orket_console.ui.widgets.action_views import HISTORY, OUTPUT, PLAN, ActionList, ActionViews
from orket_console.ui.widgets.output_view import OutputLines
from orket_console.ui.widgets.yes_no import YesNo

ConsoleOn = Callable[[Target], ConsoleApp]
SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
FOREVER = "import time\nwhile True: time.sleep(0.05)\n"
AWAIT_GO = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\n"
HOSTILE = "[/bold] [red]x[/red] [@click=app.quit]go[/]"
CANARY = 4
"""Where the security canary stands in the list, from 0."""


pytestmark = pytest.mark.usefixtures("no_action_outlives")


class Quiet(Pane):
    """Stands for the other tabs, which would look at this machine."""


@pytest.fixture(autouse=True)
def other_tabs_are_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    original = shell._pane_class

    def chosen(title: str) -> type[Pane]:
        return ActionsPane if title == "Actions" else type(title, (Quiet,), {"TITLE": title})

    assert original("Actions") is ActionsPane
    monkeypatch.setattr(shell, "_pane_class", chosen)


class Actions:
    """The tab on a small installation, with its list read."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
        self.app = app
        self.pilot = pilot
        self._until = until

    @property
    def pane(self) -> ActionsPane:
        return self.app.query_one(ActionsPane)

    @property
    def list(self) -> ActionList:
        return self.app.query_one(ActionList)

    @property
    def view(self) -> str:
        return self.app.query_one(ActionViews).view

    @property
    def records(self) -> tuple[Record, ...]:
        return history(self.app.context.target).records

    @property
    def audited(self) -> tuple[dict[str, object], ...]:
        """The audit trail's records, newest first."""
        return trail(self.app.context.target.state.audit, 10).records

    def row(self, name: str) -> str:
        (found,) = [row for row in self.list.rows if row.key == name]
        return " ".join(cell.plain for cell in found.cells)

    def text(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def toasts(self) -> str:
        return "\n".join(toast.message for toast in self.app._notifications)

    async def until(self, condition: Callable[[], object]) -> None:
        try:
            await self._until(self.pilot, condition)
        except TimeoutError:
            print(self.text(), self.app.focused, self.toasts())
            raise

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def on(self, index: int) -> None:
        """Put the cursor on an action and wait for its plan."""
        await self.press("home", *["down"] * index)
        await self.until(lambda: CATALOGUE[index].title in self.text())
        await self.until(lambda: self.pane.check_action("history", ()))

    async def agree(self) -> None:
        await self.until(lambda: isinstance(self.app.screen, ConfirmScreen))
        await self.press("y")
        await self.until(lambda: not isinstance(self.app.screen, ConfirmScreen))


@pytest.fixture
def root(bare_root: Path) -> Path:
    for name in ("report_failure_modes", "security_canary", "release_smoke", "run_migrations"):
        path = bare_root / "scripts" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    (bare_root / "main.py").write_text("import sys; print(sys.argv)")
    (bare_root / "workspace" / "default" / "orket.log").write_text("")
    return bare_root


@pytest.fixture
def canary(root: Path) -> Callable[[str], None]:
    return lambda body: (root / "scripts" / "security_canary.py").write_text(body) and None


Opened = Callable[..., object]


@pytest.fixture
def opened(root: Path, target_of: TargetOf, console_on: ConsoleOn, until: Until) -> Opened:
    @asynccontextmanager
    async def open_tab(
        *, size: tuple[int, int] = (80, 24), read_only: bool = False
    ) -> AsyncIterator[Actions]:
        target = target_of(root, {"target.python": sys.executable, "ui.read_only": read_only})
        app = console_on(target)
        async with app.run_test(size=size) as pilot:
            tab = Actions(app, pilot, until)
            await tab.until(lambda: app._panes)
            await tab.press("5")
            await tab.until(lambda: len(tab.list.rows) == len(CATALOGUE))
            yield tab

    return open_tab


async def test_each_action_its_plan_and_why_it_cant_be_run(opened: Opened, root: Path) -> None:
    async with opened() as tab:
        assert tab.row("failure-report").split() == [
            "·",
            "Failure",
            "report",
            "writes",
            "report",
            "never",
        ]
        assert tab.row("cli-smoke").endswith("never · not now ")
        assert tab.row("replay-turn").endswith("never · needs key ")
        await tab.on(CANARY)
        await tab.until(lambda: "scripts/security_canary.py" in tab.text())
        shown = tab.text()
        assert "ready" in shown
        assert f"PYTHONPATH={root}"[:40] in shown
        assert "not an attack" in " ".join(shown.split())
        await tab.on(7)
        await tab.until(lambda: "not in this installation: no" in tab.text())
        assert "not in this installation" in tab.pane.why_off("choose")
        await tab.press("enter")
        await tab.until(lambda: "can't be run now" in tab.toasts() or tab.list.has_focus)
        assert tab.records == ()


async def test_what_writes_asks_with_the_exact_command_and_no_means_no(opened: Opened) -> None:
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen))
        await tab.until(lambda: "scripts/security_canary.py" in tab.text())
        assert "writes log" in tab.text()
        await tab.press("enter")
        assert isinstance(tab.app.screen, ConfirmScreen)
        await tab.press("escape")
        await tab.until(lambda: not isinstance(tab.app.screen, ConfirmScreen))
        assert tab.records == ()


@pytest.mark.parametrize("bracketed", [True, False])
async def test_a_paste_never_confirms(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, bracketed: bool
) -> None:
    monkeypatch.setattr(confirm, "ALONE", 3600.0)
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen))
        if bracketed:
            tab.app.post_message(events.Paste("yes\r"))
        else:
            for key, character in (("y", "y"), ("e", "e"), ("s", "s"), ("enter", "\r")):
                tab.app.post_message(events.Key(key, character))
        await tab.until(lambda: "paste" in tab.text())
        screen = tab.app.screen
        assert isinstance(screen, ConfirmScreen)
        assert screen._pressed is None
        await tab.press("escape")
        assert tab.records == ()


async def test_a_run_is_followed_judged_told_and_kept(
    opened: Opened, canary: Callable[[str], None]
) -> None:
    canary(
        f"import sys\nprint({HOSTILE!r} + '\\x1b[2J')\nprint('warned', file=sys.stderr)\n" + SUCCESS
    )
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: tab.row("security-canary").split()[5:7] == ["passed", "05:20"])
        assert tab.view == OUTPUT
        await tab.until(lambda: f"  {HOSTILE}␛[2J" in tab.text())
        assert "! warned" in tab.text()
        assert "Security canary ● passed: [security-canary] SUCCESS" in tab.text()
        assert "Security canary passed: [security-canary] SUCCESS" in tab.toasts()
        (record,) = tab.records
        assert record.verdict is Verdict.PASSED
        ended, started = tab.audited
        assert (started["id"], started["confirmation"]) == (record.id, "asked, and agreed")
        assert (ended["id"], ended["verdict"]) == (record.id, "passed")
        await tab.press("escape")
        await tab.until(lambda: tab.view == PLAN and "last" in tab.text())
        assert tab.list.has_focus


async def test_history_leads_to_the_output_that_was_kept(
    opened: Opened, canary: Callable[[str], None]
) -> None:
    canary(f"print({HOSTILE!r})\nraise SystemExit({HOSTILE!r})")
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "failed" in tab.row("security-canary"))
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("h")
        await tab.until(lambda: tab.view == HISTORY)
        await tab.until(lambda: "2026-11-23 05:20:00 failed" in tab.text())
        assert "is being looked at" not in tab.text()
        await tab.press("enter")
        await tab.until(lambda: tab.view == OUTPUT)
        await tab.until(lambda: tab.text().count(HOSTILE) == 3)
        await tab.press("escape", "o")
        await tab.until(lambda: tab.view == OUTPUT)


async def test_an_action_that_was_never_run_says_so(opened: Opened) -> None:
    async with opened() as tab:
        await tab.on(CANARY)
        assert tab.pane.why_off("output") == "it was never run"
        await tab.press("h")
        await tab.until(lambda: "Security canary was not run yet" in tab.text())


async def test_it_runs_on_in_other_tabs_and_is_cancelled_by_its_key(
    opened: Opened, canary: Callable[[str], None]
) -> None:
    canary("print('begun')\n" + FOREVER)
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "begun" in tab.text())
        assert "running" in tab.row("security-canary")
        await tab.press("1")
        await tab.until(lambda: tab.app.current == "Health")
        assert tab.records[0].running
        await tab.press("5")
        await tab.until(lambda: "begun" in tab.text())
        assert tab.pane.why_off("choose") == "it is running"
        await tab.press("x")
        await tab.until(lambda: "cancelled" in tab.row("security-canary"))
        assert tab.records[0].verdict is Verdict.CANCELLED
        assert "Security canary cancelled" in tab.toasts()


async def test_quitting_asks_while_something_runs(
    opened: Opened, canary: Callable[[str], None]
) -> None:
    canary("print('begun')\n" + FOREVER)
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "begun" in tab.text())
        await tab.press("1", "q")
        await tab.until(lambda: "still running: Security canary" in tab.text())
        await tab.press("q", "escape")
        await tab.until(lambda: not isinstance(tab.app.screen, ConfirmScreen))
        assert tab.records[0].running
        await tab.press("q")
        await tab.agree()
    assert tab.app.return_code == 0
    assert tab.records[0].running


async def test_the_next_console_takes_up_what_runs_with_all_it_said(
    opened: Opened, canary: Callable[[str], None], root: Path
) -> None:
    canary("print('begun')\n" + AWAIT_GO + "print('went on')\n" + SUCCESS)
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "begun" in tab.text())
    async with opened() as tab:
        await tab.until(lambda: "running" in tab.row("security-canary"))
        await tab.on(CANARY)
        assert tab.pane.why_off("choose") == "it is running"
        await tab.press("o")
        await tab.until(lambda: "begun" in tab.text())
        (root / "go").touch()
        await tab.until(lambda: "went on" in tab.text())
        await tab.until(lambda: "passed" in tab.row("security-canary"))
        assert "Security canary passed" in tab.toasts()
    (record,) = tab.records
    assert record.verdict is Verdict.PASSED


async def test_one_that_was_taken_up_is_cancelled_by_its_key(
    opened: Opened, canary: Callable[[str], None]
) -> None:
    canary("print('begun')\n" + FOREVER)
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "begun" in tab.text())
    async with opened() as tab:
        await tab.until(lambda: "running" in tab.row("security-canary"))
        await tab.on(CANARY)
        await tab.press("x")
        await tab.until(lambda: "cancelled" in tab.row("security-canary"))
    assert tab.records[0].verdict is Verdict.CANCELLED


async def test_one_that_writes_waits_for_another(
    opened: Opened, canary: Callable[[str], None], root: Path
) -> None:
    canary("print('begun')\n" + FOREVER)
    (root / "scripts" / "report_failure_modes.py").write_text("print('reading')\n" + FOREVER)
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "begun" in tab.text())
        tab.app.post_message(RunAction("failure-report", {"out": ""}))
        await tab.until(lambda: "running" in tab.row("failure-report"))
        tab.app.post_message(RunAction("replay-turn", {"key": "s1:i1:1"}))
        await tab.agree()
        await tab.until(lambda: "only one action that writes" in tab.toasts())
        assert "Security canary runs since" in tab.toasts()
        assert sum(record.running for record in tab.records) == 2


async def test_others_start_one_by_message_before_the_tab_was_ever_shown(
    root: Path, target_of: TargetOf, console_on: ConsoleOn, until: Until
) -> None:
    app = console_on(target_of(root, {"target.python": sys.executable}))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.current == "Health")
        app.post_message(RunAction("replay-turn", {"key": "s1:ISS-1:2"}))
        tab = Actions(app, pilot, until)
        await tab.until(lambda: isinstance(app.screen, ConfirmScreen))
        await tab.until(lambda: "main.py --replay-turn s1:iss-1:2" in tab.text())
        await tab.agree()
        await tab.until(lambda: "unknown" in tab.row("replay-turn"))
        assert tab.list.selected == "replay-turn"
        assert tab.pane.place() == ActionRef("replay-turn")


async def test_what_only_reads_is_not_asked_about(opened: Opened) -> None:
    async with opened() as tab:
        tab.app.post_message(RunAction("failure-report", {"out": ""}))
        await tab.until(lambda: "unknown" in tab.row("failure-report"))
        assert tab.records[0].effect == "reads"


@pytest.mark.parametrize("value", ["--rootdir=/", "../..", "a\x1b[2J", HOSTILE])
async def test_a_parameter_that_is_refused_is_told_and_runs_nothing(
    opened: Opened, value: str
) -> None:
    async with opened() as tab:
        tab.app.post_message(RunAction("replay-turn", {"key": value}))
        await tab.until(lambda: "refused" in tab.toasts())
        assert tab.records == ()
        assert tab.pane.planning.given == {}
        (refusal,) = tab.audited
        assert (refusal["kind"], refusal["action"]) == ("refused", "replay-turn")


async def test_the_form_checks_and_changes_the_command(opened: Opened) -> None:
    async with opened() as tab:
        await tab.on(3)
        await tab.press("p")
        await tab.until(lambda: isinstance(tab.app.screen, ParametersScreen))
        await tab.until(lambda: isinstance(tab.app.focused, YesNo))
        await tab.press("space", "tab", "y", "enter")
        await tab.until(lambda: not isinstance(tab.app.screen, ParametersScreen))
        both = "release_smoke.py --skip-docker --skip-tests"
        await tab.until(lambda: both in " ".join(tab.text().split()))
        await tab.press("p")
        await tab.until(lambda: tab.text().count("[x] yes") == 2)


async def test_a_wanting_parameter_is_asked_for_before_the_run(opened: Opened) -> None:
    async with opened() as tab:
        await tab.on(1)
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.focused, Input))
        await tab.press("enter")
        await tab.until(lambda: "it is needed" in tab.text())
        await tab.press(*"[b]x", "enter")
        await tab.until(lambda: "key '[b]x' refused" in tab.text())
        await tab.press(*["backspace"] * 4, *"s1", "colon", *"i1", "colon", "1", "enter")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen))
        await tab.until(lambda: "--replay-turn s1:i1:1" in tab.text())
        await tab.press("escape")
        assert tab.records == ()


async def test_the_form_left_by_escape_changes_nothing(opened: Opened) -> None:
    async with opened() as tab:
        await tab.on(3)
        await tab.press("p")
        await tab.until(lambda: isinstance(tab.app.focused, YesNo))
        await tab.press("space", "escape")
        await tab.until(lambda: not isinstance(tab.app.screen, ParametersScreen))
        assert tab.pane.planning.given == {}


async def test_a_read_only_console_runs_nothing_that_writes(opened: Opened) -> None:
    async with opened(read_only=True) as tab:
        await tab.on(CANARY)
        await tab.until(lambda: "the console is read-only" in " ".join(tab.text().split()))
        assert "read-only" in tab.pane.why_off("choose")
        await tab.press("enter")
        tab.app.post_message(RunAction("security-canary", {}))
        await tab.until(lambda: "the console is read-only" in tab.toasts())
        assert tab.records == ()


async def test_a_jump_selects_and_an_unknown_one_is_told(opened: Opened) -> None:
    async with opened() as tab:
        await tab.app.go(ActionRef("volatility-gate"))
        await tab.until(lambda: tab.list.selected == "volatility-gate")
        await tab.app.go(ActionRef("nope"))
        await tab.until(lambda: "not there to be shown" in tab.toasts())


async def test_the_view_follows_until_it_is_scrolled_and_again_at_the_end(
    opened: Opened, canary: Callable[[str], None], root: Path
) -> None:
    body = """
import pathlib, time
for number in range(100): print('line', number)
while not pathlib.Path('go').exists(): time.sleep(0.01)
for number in range(100, 200): print('line', number)
while not pathlib.Path('end').exists(): time.sleep(0.01)
"""
    canary(body)
    async with opened() as tab:
        await tab.on(CANARY)
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "line 99" in tab.text())
        await tab.press("home")
        await tab.until(lambda: "line 0" in tab.text() and "end follows" in tab.text())
        (root / "go").touch()
        await tab.until(lambda: tab.app.query_one(OutputLines).virtual_size.height == 200)
        assert "line 0 " in tab.text()
        await tab.press("end")
        await tab.until(lambda: "line 199" in tab.text())
        (root / "end").touch()
        await tab.until(lambda: "unknown" in tab.row("security-canary"))


async def test_at_120_columns_the_plan_stands_beside_the_list(opened: Opened) -> None:
    async with opened(size=(120, 30)) as tab:
        await tab.on(CANARY)
        await tab.until(lambda: "scripts/security_canary.py" in tab.text())
        views = tab.app.query_one(ActionViews)
        assert views.region.x > tab.list.region.x
        assert views.region.y <= tab.list.region.y
