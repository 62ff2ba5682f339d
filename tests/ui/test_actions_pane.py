"""The Actions tab by its keys, a walk a test: asked, run, followed, stopped, kept."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.conftest import TargetOf
from tests.ui.actions_tab import Actions
from tests.ui.conftest import Until
from textual import events
from textual.widgets import Input

from orket_console.actions.left_over import left_alive
from orket_console.base.refs import ActionRef
from orket_console.target.target import Target
from orket_console.ui import app as shell
from orket_console.ui.app import ConsoleApp
from orket_console.ui.messages import RunAction
from orket_console.ui.panes.actions import ActionsPane
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens import confirm, typed_confirm
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.typed_confirm import TypedConfirmScreen
from orket_console.ui.widgets.action_views import PLAN, ActionViews
from orket_console.ui.widgets.yes_no import YesNo

ConsoleOn = Callable[[Target], ConsoleApp]
SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
FOREVER = "import time\nwhile True: time.sleep(0.05)\n"
AWAIT = "import pathlib, time\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.01)\n"
HOSTILE = "[/bold] [red]x[/red] [@click=app.quit]go[/]"


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
            await tab.until(lambda: tab.list.rows)
            yield tab

    return open_tab


@pytest.fixture(autouse=True)
def keys_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's keys come faster than fingers go."""
    monkeypatch.setattr(confirm, "ALONE", 0.02)
    monkeypatch.setattr(typed_confirm, "ALONE", 0.02)
    monkeypatch.setattr(typed_confirm, "APART", 0.0)


async def test_a_plan_is_read_asked_about_and_run_and_leads_to_its_evidence(
    opened: Opened, canary: Callable[[str], None], root: Path
) -> None:
    canary(
        "import sys\nprint('warned', file=sys.stderr)\n"
        + AWAIT.format("go")
        + "for number in range(40): print('before', number)\n"
        + f"print({HOSTILE!r} + '\\x1b[2J')\n{SUCCESS}"
    )
    async with opened() as tab:
        words = " ".join(tab.row("failure-report").split())
        assert words == "Failure report writes report never"
        assert tab.row("cli-smoke").endswith("not now")
        assert tab.row("replay-turn").endswith("needs key")
        await tab.on("cli-smoke")
        await tab.until(lambda: "not in this installation: no" in tab.text())
        assert "not in this installation" in tab.pane.why_off("choose")
        assert tab.pane.why_off("output") == "it was never run"
        await tab.press("h")
        await tab.until(lambda: "CLI smoke was not run yet" in tab.text())
        await tab.press("escape")

        # Asked with all there is to know; neither Enter nor a paste is a yes, Escape is a no.
        await tab.on("security-canary")
        await tab.until(lambda: "ready" in tab.text())
        await tab.press("enter")
        await tab.asked()
        await tab.until(lambda: "scripts/security_canary.py" in tab.text())
        for told in ("writes log", f"PYTHONPATH={root}"[:40], "not an attack", "undo"):
            assert told in " ".join(tab.text().split())
        await tab.press("enter")
        tab.app.post_message(events.Paste("yes\r"))
        await tab.until(lambda: "a paste never confirms" in tab.text())
        await tab.press("escape")
        await tab.unasked()
        assert tab.records == ()

        # It runs, is judged, told, and on record.
        await tab.press("enter")
        await tab.agree()
        await tab.until(lambda: "! warned" in tab.text())
        (root / "go").touch()
        await tab.until(lambda: "● passed 05:20" in tab.row("security-canary"))
        assert "Security canary ● passed: [security-canary] SUCCESS" in tab.text()
        assert "Security canary passed: [security-canary] SUCCESS" in tab.toasts()
        (record,) = tab.records
        ended, started = tab.audited
        assert (started["id"], started["confirmation"]) == (record.id, "asked, and agreed")
        assert (ended["id"], ended["verdict"]) == (record.id, "passed")

    async with opened(size=(120, 30)) as tab:
        # Beside the list now; the output that was kept opens at the line of the verdict.
        await tab.on("security-canary")
        views = tab.app.query_one(ActionViews)
        assert views.region.x > tab.list.region.x
        assert views.region.y <= tab.list.region.y
        await tab.press("h")
        await tab.until(lambda: "2026-11-23 05:20:00" in tab.text())
        await tab.press("enter")
        await tab.until(lambda: "line 43 of 43" in tab.text())
        await tab.until(lambda: tab.line_at_cursor == " ▸[security-canary] SUCCESS")
        assert f"  {HOSTILE}␛[2J" in tab.text()
        await walked_through_the_output(tab)
        await tab.press("escape")
        await tab.until(lambda: tab.view == PLAN and tab.list.has_focus)

        # From the last run to its evidence, to what is next, and again.
        await tab.until(lambda: "verify the recovery (a)" in tab.text())
        await tab.press("e")
        await tab.until(lambda: tab.line_at_cursor == " ▸[security-canary] SUCCESS")
        await tab.press("h", "r")
        await tab.asked()
        await tab.until(lambda: "scripts/security_canary.py" in tab.text())
        await tab.press("escape")
        await tab.unasked()
        await tab.press("escape", "b")
        await tab.until(lambda: tab.list.selected == "smoke-gates")
        assert tab.pane.why_off("bundle") == "it belongs to no bundle"
        await tab.on("security-canary")
        await tab.until(lambda: "verify the recovery (a)" in tab.text())
        await tab.press("a")
        await tab.until(lambda: "Verification can't be run now" in tab.toasts())
        await tab.until(lambda: tab.list.selected == "verification")
        assert tab.row("verification").startswith("═ Verification")
        await tab.until(lambda: "2 · Volatility gate  never" in tab.text())
        await tab.press("ctrl+p", *"again")
        await tab.until(lambda: "Again: Security canary" in tab.text())
        assert "passed 2026-11-23 05:20:00 [security-canary] SUCCESS" in tab.text()
        await tab.press("down", "enter")
        await tab.asked()
        assert tab.list.selected == "security-canary"
        await tab.press("escape")


async def walked_through_the_output(tab: Actions) -> None:
    """Find, copy, wrap and full height, and Escape out of each."""
    await tab.press("slash", *"before", "enter")
    await tab.until(lambda: "“before” 1 of 40" in tab.text())
    await tab.press("N")
    await tab.until(lambda: "line 41 of 43" in tab.text() and "40 of 40" in tab.text())
    await tab.press("n", "v", "down", "down", "y")
    await tab.until(lambda: "copied" in tab.toasts())
    assert tab.app.clipboard == "before 0\nbefore 1\nbefore 2"
    await tab.press("w", "enter")
    await tab.until(lambda: "not wrapped" in tab.text() and tab.pane.has_class("-full"))
    assert "Replay turn" not in tab.text()
    await tab.press("escape")
    await tab.until(lambda: "“before”" not in tab.text())
    assert tab.pane.has_class("-full")
    await tab.press("escape")
    await tab.until(lambda: "Replay turn" in tab.text())


async def test_what_runs_is_followed_left_taken_up_and_stopped(
    opened: Opened, canary: Callable[[str], None], root: Path
) -> None:
    canary(
        "for number in range(100): print('line', number)\n"
        + AWAIT.format("go")
        + "for number in range(100, 200): print('line', number)\n"
        + FOREVER
    )
    (root / "scripts" / "report_failure_modes.py").write_text("print('reading')\n" + FOREVER)
    async with opened() as tab:
        await tab.run("security-canary")
        await tab.until(lambda: "line 99" in tab.text() and "following" in tab.text())
        assert "▸ running" in tab.row("security-canary")
        await tab.press("home")
        await tab.until(lambda: " ▸line 0 " in tab.text() and "paused: end follows" in tab.text())
        (root / "go").touch()
        await tab.until(lambda: "100 new lines: end follows" in tab.text())
        assert "line 0 " in tab.text()
        await tab.press("end")
        await tab.until(lambda: "line 199" in tab.text() and "following" in tab.text())

        # Others that read run beside it, others that write are refused.
        tab.app.post_message(RunAction("failure-report", {"out": ""}))
        await tab.until(lambda: "running" in tab.row("failure-report"))
        tab.app.post_message(RunAction("replay-turn", {"key": "s1:i1:1"}))
        await tab.until(lambda: "only one action that writes" in tab.toasts())
        assert "Security canary runs since" in tab.toasts()
        await tab.until(lambda: "2 run: Security canary" in tab.text())
        await tab.press("right_square_bracket")
        await tab.until(lambda: "[Security canary" in tab.text() and "line 199" in tab.text())
        await tab.press("left_square_bracket")
        await tab.until(lambda: "[Failure report" in tab.text() and "  reading" in tab.text())

        # It runs on in other tabs; to quit asks.
        await tab.press("1", "q")
        await tab.until(lambda: "still running: Security canary, Failure report" in tab.text())
        await tab.press("q", "escape")
        await tab.unasked()
        await tab.press("q")
        await tab.agree()
    assert tab.app.return_code == 0
    assert [record.running for record in tab.records] == [True, True]

    async with opened() as tab:
        # The next console shows it with all that it printed, and stops it.
        await tab.until(lambda: "running" in tab.row("security-canary"))
        await tab.on("security-canary")
        assert tab.pane.why_off("choose") == "it is running"
        await tab.press("h")
        await tab.until(lambda: "2026-11-23 05:20:00 running" in tab.text())
        await tab.press("enter")
        await tab.until(lambda: "line 199" in tab.text() and "▸ running" in tab.text())
        await tab.press("home")
        await tab.until(lambda: "line 0 " in tab.text())
        await tab.press("x")
        await tab.until(lambda: "cancelled" in tab.row("security-canary"))
        assert "Security canary cancelled" in tab.toasts()
        # One that lost its supervisor is stopped from here.
        supervisor = {one.action: one.supervisor for one in tab.records}["failure-report"]
        os.kill(supervisor or 0, signal.SIGKILL)
        await tab.until(lambda: "interrupted" in tab.row("failure-report"))
        await tab.on("failure-report")
        assert tab.pane.why_off("cancel") == ""
        await tab.press("x")
        await tab.until(lambda: "it is not running" in tab.pane.why_off("cancel"))
    assert not any(left_alive(record) for record in tab.records)


async def test_what_changes_databases_wants_the_name_typed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as tab:
        await tab.on("release-smoke")
        await tab.press("enter")
        await tab.asked(TypedConfirmScreen)
        await tab.until(lambda: "type orket to go on" in tab.text())
        await tab.press("y", "enter")
        await tab.until(lambda: "not the name of this installation" in tab.text())
        tab.app.post_message(events.Paste("orket\r"))
        await tab.until(lambda: "a paste never confirms" in tab.text())
        monkeypatch.setattr(typed_confirm, "APART", 3600.0)
        await tab.press(*"orket", "enter")
        await tab.until(lambda: "came all at once" in tab.text())
        monkeypatch.setattr(typed_confirm, "APART", 0.0)
        monkeypatch.setattr(typed_confirm, "ALONE", 3600.0)
        await tab.press(*"orket", "enter", "x")
        await tab.until(lambda: "press enter alone" in tab.text())
        monkeypatch.setattr(typed_confirm, "ALONE", 0.02)
        await tab.press("escape")
        await tab.unasked()
        assert tab.records == ()

        await tab.press("enter")
        await tab.asked(TypedConfirmScreen)
        await tab.press(*"orket", "enter")
        await tab.until(lambda: "unknown" in tab.row("release-smoke"))
        assert tab.audited[1]["confirmation"] == "asked, and typed the installation's name"


async def test_a_paste_that_comes_as_keys_never_confirms(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "ALONE", 3600.0)
    async with opened() as tab:
        await tab.on("security-canary")
        await tab.press("enter")
        await tab.asked()
        for key, character in (("y", "y"), ("e", "e"), ("s", "s"), ("enter", "\r")):
            tab.app.post_message(events.Key(key, character))
        await tab.until(lambda: "like a paste" in tab.text())
        assert isinstance(tab.app.screen, ConfirmScreen)
        assert tab.app.screen._pressed is None
        await tab.press("escape")
        assert tab.records == ()


async def test_parameters_are_asked_for_checked_and_given_by_others(
    opened: Opened, root: Path, target_of: TargetOf, console_on: ConsoleOn, until: Until
) -> None:
    app = console_on(target_of(root, {"target.python": sys.executable}))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.current == "Health")
        # Before the tab was ever shown.
        app.post_message(RunAction("replay-turn", {"key": "s1:ISS-1:2"}))
        tab = Actions(app, pilot, until)
        await tab.asked()
        await tab.until(lambda: "main.py --replay-turn s1:iss-1:2" in tab.boxed())
        await tab.agree()
        await tab.until(lambda: "unknown" in tab.row("replay-turn"))
        assert tab.list.selected == "replay-turn"
        assert tab.pane.place() == ActionRef("replay-turn")

        # What only reads is not asked about.
        app.post_message(RunAction("failure-report", {"out": ""}))
        await tab.until(lambda: "unknown" in tab.row("failure-report"))
        assert {one.action: one.effect for one in tab.records}["failure-report"] == "reads"

        await tab.app.go(ActionRef("nope"))
        await tab.until(lambda: "not there to be shown" in tab.toasts())
        await tab.app.go(ActionRef("release-smoke"))
        await tab.until(lambda: tab.list.selected == "release-smoke")
        await tab.press("p")
        await tab.until(lambda: isinstance(tab.app.focused, YesNo))
        await tab.press("space", "escape")
        await tab.unasked()
        assert "release-smoke" not in tab.pane.planning.given
        await tab.press("p")
        await tab.until(lambda: isinstance(tab.app.focused, YesNo))
        await tab.press("space", "tab", "y", "enter")
        await tab.unasked()
        both = "release_smoke.py --skip-docker --skip-tests"
        await tab.until(lambda: both in " ".join(tab.text().split()))


async def test_a_wanting_parameter_is_asked_for_and_a_bad_one_is_told_where_it_stands(
    opened: Opened,
) -> None:
    async with opened() as tab:
        await tab.on("replay-turn")
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.focused, Input))
        await tab.press("enter")
        await tab.until(lambda: "it is needed" in tab.text())
        await tab.press(*"[b]x", "enter")
        await tab.until(lambda: "key '[b]x' refused" in tab.text())
        await tab.press(*["backspace"] * 4, *"s1", "colon", *"i1", "colon", "1", "enter")
        await tab.asked()
        await tab.until(lambda: "--replay-turn s1:i1:1" in tab.boxed())
        await tab.press("escape")
        await tab.unasked()
        given = dict(tab.pane.planning.given)
        for count, value in enumerate(("--rootdir=/", "../..", "a\x1b[2J", HOSTILE), 1):
            tab.app.post_message(RunAction("replay-turn", {"key": value}))
            await tab.until(lambda count=count: len(tab.audited) == count)
            await tab.until(lambda count=count: tab.toasts().count("refused") == count)
        assert tab.pane.planning.given == given
        assert {(one["kind"], one["action"]) for one in tab.audited} == {("refused", "replay-turn")}
        assert tab.records == ()


async def test_a_read_only_console_runs_nothing_that_writes(opened: Opened) -> None:
    async with opened(read_only=True) as tab:
        assert tab.row("security-canary").endswith("read-only")
        assert tab.row("replay-turn").endswith("read-only")
        await tab.on("security-canary")
        await tab.until(lambda: "the console is read-only" in " ".join(tab.text().split()))
        assert "read-only" in tab.pane.why_off("choose")
        await tab.press("enter")
        tab.app.post_message(RunAction("security-canary", {}))
        await tab.until(lambda: "the console is read-only" in tab.toasts())
        assert tab.records == ()
