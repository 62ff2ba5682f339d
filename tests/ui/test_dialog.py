"""A screen over the others is answered once, however fast the keys come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conftest import TargetOf
from textual.widgets import Input

from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.screens.note import NoteScreen


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
