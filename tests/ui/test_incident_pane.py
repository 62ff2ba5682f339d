"""The Incident tab where things are not as they should be."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import TargetOf
from tests.pictures.stage import screen_text
from tests.ui.conftest import NOW, Until
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from orket_console.base.clock import FixedClock
from orket_console.incidents.ledger import store as ledger
from orket_console.incidents.ledger.incidents import incidents
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.ledger.writings import add_note, notes
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.screens.escalation import EscalationScreen
from orket_console.ui.screens.note import NoteScreen

HOSTILE = "[red]x[/] [@click=app.quit]go[/]"
ConsoleOn = Callable[[Target], ConsoleApp]


@pytest.fixture
def target(bare_root: Path, target_of: TargetOf) -> Target:
    return target_of(bare_root)


def shows(pilot: Pilot[int], words: str) -> Callable[[], bool]:
    return lambda: words in screen_text(pilot)


async def opened(pilot: Pilot[int], until: Until, title: str) -> None:
    """An incident that was opened by hand, in view."""
    await until(pilot, lambda: pilot.app.incidents.looked)  # type: ignore[attr-defined]  our app
    await pilot.press("6")
    await until(pilot, shows(pilot, "No incident is open"))
    await pilot.press("O", *title, "enter")
    await until(pilot, shows(pilot, "b begins the recovery pass"))


async def test_what_was_typed_is_shown_as_it_is_and_the_other_consoles_words_too(
    target: Target, console_on: ConsoleOn, until: Until
) -> None:
    app = console_on(target)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, until, HOSTILE)
        assert f"INC-1  {HOSTILE}" in screen_text(pilot)
        assert screen_text(pilot).splitlines()[0].count("INC-1") == 1
        add_note(open_ledger(target, FixedClock(NOW)), 1, NOW, Who("ben"), f"ben's {HOSTILE}")
        await until(pilot, shows(pilot, "ben: ben's [red]x[/]"))
        await pilot.press("colon", *"incident 7", "enter")
        await until(pilot, lambda: not isinstance(app.focused, Input))
        assert app.current == "Incident"


async def test_a_console_that_is_read_only_says_so_and_opens_none(
    bare_root: Path, target_of: TargetOf, console_on: ConsoleOn, until: Until
) -> None:
    target = target_of(bare_root, {"ui.read_only": True})
    app = console_on(target)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.incidents.looked)
        await pilot.press("6")
        await until(pilot, shows(pilot, "None can be opened: the console is read-only"))
        await pilot.press("o", "O", "b")
        await pilot.pause()
        assert not isinstance(app.screen, NoteScreen)
        assert not target.state.ledger.exists()


async def test_a_locked_ledger_is_told_and_what_was_typed_is_kept(
    target: Target, console_on: ConsoleOn, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console_on(target)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, until, "disk slow")
        monkeypatch.setattr(ledger, "WAIT", 0.05)
        other = sqlite3.connect(target.state.ledger, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            await pilot.press("n", *"not lost", "enter")
            await until(pilot, shows(pilot, "it is locked"))
            await until(pilot, lambda: isinstance(app.screen, NoteScreen))
            assert app.screen.query_one(Input).value == "not lost"
        finally:
            other.close()
        await pilot.press("enter")
        await until(pilot, shows(pilot, ": not lost"))
    store = open_ledger(target, FixedClock(NOW))
    assert [note.text for note in notes(store, 1)] == ["not lost"]


async def test_a_damaged_ledger_is_told_and_leaves_the_tab_alive(
    target: Target, console_on: ConsoleOn, until: Until
) -> None:
    app = console_on(target)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, until, "before")
        for each in target.state.ledger.parent.glob("ledger.db*"):
            each.unlink()
        target.state.ledger.write_bytes(b"no database at all" * 400)
        await pilot.press("n", *"after", "enter")
        await until(pilot, shows(pilot, "ledger"))
        await pilot.press("escape")
        await pilot.press("1", "r")
        await until(pilot, shows(pilot, "was damaged"))
    assert incidents(open_ledger(target, FixedClock(NOW))) == []
    assert len(list(target.state.ledger.parent.glob("ledger.db.damaged-*"))) == 1


async def test_a_draft_without_a_field_is_not_taken_and_not_lost(
    target: Target, console_on: ConsoleOn, until: Until
) -> None:
    app = console_on(target)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, until, "by hand")
        await pilot.press("E")
        await until(pilot, shows(pilot, "drafted from what is known now"))
        await pilot.press("e")
        area = app.screen.query_one(TextArea)
        whole = area.text
        area.text = whole.replace("## Repro command", "## Repro")
        await pilot.press("escape")
        await until(pilot, shows(pilot, "is gone"))
        assert area.display
        area.text = whole.replace("# INC-1: by hand", "# INC-1: edited")
        await pilot.press("escape")
        await until(pilot, shows(pilot, "kept"))
        assert "# INC-1: edited" in screen_text(pilot)
        await pilot.press("f")
        await until(pilot, shows(pilot, "no repository is configured"))
        await pilot.press("escape")
        assert not isinstance(app.screen, EscalationScreen)
