"""Questions to the databases in the Webhooks tab, by keyboard."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from textual.pilot import Pilot

from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.widgets.answer_line import AnswerLine
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.queries_view import QueriesView

pytestmark = pytest.mark.usefixtures("unwatched")

Until = Callable[[Pilot[int], Callable[[], object]], Awaitable[None]]
HOSTILE = "[/bold][@click=app.quit]x[/] \x1b]52;c;aGk=\x07"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
SETTINGS = """
[queries.mine]
sql = "SELECT pr_key, reason FROM review_failures WHERE pr_key = :pr"
[queries.broken]
sql = '''SELECT *
FROM review_failures WERE 1'''
[queries.nothing]
title = "no sql"
"""


@pytest.fixture
def target(bare_root: Path, target_of: Callable[..., Target]) -> Target:
    with closing(sqlite3.connect(bare_root / ".orket/durable/db/webhook.db")) as connection:
        connection.executescript(
            "CREATE TABLE pr_review_cycles (id INTEGER PRIMARY KEY, pr_key TEXT,"
            " repo_full_name TEXT, pr_number INTEGER, cycle_count INTEGER, status TEXT,"
            " created_at TEXT, updated_at TEXT);"
            "CREATE TABLE review_failures (id INTEGER PRIMARY KEY, pr_key TEXT,"
            " cycle_number INTEGER, reviewer TEXT, reason TEXT, created_at TEXT);"
            "INSERT INTO pr_review_cycles VALUES (1, 'acme/shop#7', 'acme/shop', 7, 5, 'active',"
            " '2026-11-23 05:18:00', '2026-11-23 05:18:00');"
        )
        connection.execute(
            "INSERT INTO review_failures VALUES (1, 'acme/shop#7', 5, ?, ?, '2026-11-23 05:18:00')",
            (HOSTILE, json.dumps({"said": HOSTILE, "long": "w" * 300})),
        )
        connection.commit()
    (bare_root / "orket.log").touch()
    (bare_root / "orket-console.toml").write_text(SETTINGS)
    return target_of(bare_root, {"api.port": 1, "webhook.port": 1, "health.interval": 3600.0})


class Screen:
    def __init__(self, app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
        self.app, self.pilot, self._until = app, pilot, until

    @property
    def view(self) -> QueriesView:
        return self.app.query_one(QueriesView)

    @property
    def line(self) -> str:
        return self.view.query_one(AnswerLine).render().plain

    @property
    def listing(self) -> Listing:
        return next(each for each in self.view.query(Listing) if each.display)

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, condition: Callable[[], object]) -> None:
        await self._until(self.pilot, condition)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.pilot.press(*("space" if char == " " else char for char in text))


Walk = Callable[[Screen], Awaitable[None]]


@pytest.fixture
def walk(target: Target, until: Until, console_on: Callable[[Target], ConsoleApp]) -> object:
    async def walked(steps: Walk, size: tuple[int, int] = (80, 24)) -> None:
        app = console_on(target)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.query_one("#pane-health").is_attached)
            screen = Screen(app, pilot, until)
            await pilot.press("3")
            await screen.until(lambda: app.query(QueriesView) and app.focused)
            await pilot.press("u")
            await screen.until(lambda: "queries" in screen.line)
            await steps(screen)

    return walked


async def test_a_query_is_asked_with_its_values_and_its_answer_leads_on(
    target: Target, walk: Callable[..., Awaitable[None]]
) -> None:
    async def steps(screen: Screen) -> None:
        assert "[queries.nothing]: no sql" in " ".join(screen.text.split())
        assert screen.listing.select("failures-by-reviewer")
        await screen.press("enter")
        await screen.until(lambda: "since: from when on" in screen.text)
        await screen.press("ctrl+u")
        await screen.type("yesteryear")
        await screen.press("enter")
        await screen.until(lambda: "'yesteryear' is no time" in screen.text)
        await screen.press("ctrl+u", "enter")
        await screen.until(
            lambda: screen.line.startswith("failures-by-reviewer since=-30d · 1 row of")
        )
        assert "reviewer" in screen.text
        # What is hostile stands there as it is.
        await screen.until(lambda: "[/bold][@click=app.quit]x[/]" in screen.text)
        assert "␛]52;c;aGk=␇" in screen.text
        assert screen.app.query_one("#pane-webhooks").why_off("cycle")
        await screen.press("escape")
        assert screen.listing.select("refusals")
        await screen.press("enter", "enter")
        await screen.until(lambda: "No row for since=-1h: esc leads back" in screen.text)
        await screen.press("escape")
        assert screen.listing.select("stuck-cycles")
        await screen.press("enter")
        await screen.until(lambda: screen.line.startswith("stuck-cycles · 1 row"))
        await screen.press("e", "E")
        exports = target.state.exports
        await screen.until(lambda: len(list(exports.glob("stuck-cycles-*.[cj]s*"))) == 2)
        assert json.loads(next(exports.glob("*.json")).read_text())[0]["pr_key"] == "acme/shop#7"
        await screen.until(lambda: "1 row written to" in screen.text)
        await screen.press("p")
        await screen.until(lambda: "[c Cycles 1]" in screen.text and "5 of 4" in screen.text)
        await screen.press("u", "escape")
        assert screen.listing.select("broken")
        await screen.press("enter")
        await screen.until(lambda: "line 2, column 27" in screen.text)
        lines = screen.text.splitlines()
        at = next(at for at, line in enumerate(lines) if "WERE 1" in line)
        assert lines[at + 1].index("^") == lines[at].index("WERE 1") + len("WERE ")

    await walk(steps, (120, 40))


async def test_sql_is_typed_completed_mended_recalled_and_stopped(
    target: Target, walk: Callable[..., Awaitable[None]]
) -> None:
    async def steps(screen: Screen) -> None:
        field = screen.view.field
        await screen.until(lambda: field.words)
        await screen.press("slash")
        await screen.type("SELECT * FORM review_f")
        await screen.press("enter")
        await screen.until(lambda: '^ near "FORM": syntax error' in screen.text)
        await screen.until(lambda: field.bar.has_focus)
        assert field.bar.value == "SELECT * FORM review_f"
        await screen.press("ctrl+u")
        await screen.press("end", "ctrl+u")
        await screen.type("SELECT * FROM rev")
        await screen.press("tab")
        assert field.bar.value == "SELECT * FROM review_failures"
        await screen.type(" WHERE pr_key = :pr")
        await screen.press("enter")
        await screen.until(lambda: "pr: value of :pr" in screen.text)
        await screen.press("enter")
        await screen.until(lambda: "it needs a value" in screen.text)
        await screen.type("acme/shop#7")
        await screen.press("enter")
        await screen.until(lambda: screen.line.startswith("sql pr=acme/shop#7 · 1 row of"))
        # A wide cell is cut in the list, and whole below it.
        assert "…" in screen.text
        assert all(len(line) <= 80 for line in screen.text.splitlines())
        await screen.press("enter", "end")
        await screen.until(lambda: "2026-11-23 05:18:00" in screen.text)
        await screen.press("escape", "r")
        await screen.until(lambda: not screen.view.is_waiting and "· 1 row" in screen.line)
        await screen.press("slash", "end", "ctrl+u")
        await screen.until(lambda: len(field.history) == 2)
        await screen.press("up", "up")
        assert field.bar.value == "SELECT * FORM review_f"
        await screen.press("ctrl+o")
        await screen.until(lambda: "on the runtime database" in screen.text)
        await screen.press("ctrl+o", "end", "ctrl+u")
        await screen.type(ENDLESS)
        await screen.press("enter")
        await screen.until(lambda: "esc stops it" in screen.line)
        await screen.press("escape")
        await screen.until(lambda: "sql was stopped after" in screen.line)

    await walk(steps)


async def test_a_database_that_is_none_and_a_statement_that_writes_are_told(
    target: Target, walk: Callable[..., Awaitable[None]]
) -> None:
    target.layout.webhook_db.write_bytes(b"\x00garbage" * 900)

    async def steps(screen: Screen) -> None:
        assert screen.listing.select("repositories")
        await screen.press("enter")
        await screen.until(lambda: "✖ repositories: webhook.db: not a database" in screen.line)
        await screen.press("slash")
        await screen.type("DROP TABLE review_failures")
        await screen.press("enter")
        await screen.until(lambda: "✖ sql:" in screen.line and screen.view.field.bar.has_focus)
        await screen.press("escape", "d")
        await screen.until(lambda: "[d Deliveries 0]" in screen.text)

    await walk(steps, (120, 40))
