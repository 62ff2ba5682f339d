"""A screen over the others is answered once, however fast the keys come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.text import Text
from tests.conftest import TargetOf
from tests.pictures.stage import screen_text
from tests.ui.conftest import Until
from textual.widgets import Input

from orket_console.actions.confirmation import Ask, Confirmation
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.screens.note import NoteScreen
from orket_console.ui.screens.typed_confirm import TypedConfirmScreen


async def test_a_second_enter_that_was_typed_ahead_answers_nothing(
    bare_root: Path, target_of: TargetOf, console_on: Callable[[Target], ConsoleApp]
) -> None:
    answers: list[str | None] = []
    app = console_on(target_of(bare_root))
    async with app.run_test() as pilot:
        await pilot.pause()
        screen = NoteScreen("a note", "", 40)
        app.push_screen(screen, answers.append)
        await pilot.pause()
        line = screen.query_one(Input)
        for text in ("first", "second"):
            line.post_message(Input.Submitted(line, text))
        await pilot.pause()
        assert answers == ["first"]
        assert len(app.screen_stack) == 1


async def test_what_is_wrong_with_a_typed_name_is_seen_however_much_there_is_to_read(
    bare_root: Path,
    target_of: TargetOf,
    console_on: Callable[[Target], ConsoleApp],
    until: Until,
    unwatched: None,
) -> None:
    app = console_on(target_of(bare_root))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        body = Text("\n".join(f"line {number}" for number in range(40)))
        asked = Confirmation(Ask.NAME, "it changes databases", "orket")
        app.push_screen(TypedConfirmScreen("Run it?", body, asked))
        await until(pilot, lambda: "lines below" in screen_text(pilot))
        await pilot.press("y", "enter")
        await until(pilot, lambda: "not the name of this installation" in screen_text(pilot))
        assert "type orket to go on" in screen_text(pilot)
