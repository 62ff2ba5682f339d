"""The Webhooks tab by keyboard, on an installation's own log and database."""

from __future__ import annotations

import inspect
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from orket_console.base.refs import ActionRef, LogRef, PullRef, Ref, SessionRef, TableRef
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.messages import Jump
from orket_console.ui.panes.webhooks import WebhooksPane
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.webhook_views import ViewLine

pytestmark = pytest.mark.usefixtures("unwatched")

Until = Callable[[Pilot[int], Callable[[], object]], Awaitable[None]]
SCHEMA = """
CREATE TABLE pr_review_cycles (id INTEGER PRIMARY KEY, pr_key TEXT, repo_full_name TEXT,
    pr_number INTEGER, cycle_count INTEGER, status TEXT, created_at TEXT, updated_at TEXT);
CREATE TABLE review_failures (id INTEGER PRIMARY KEY, pr_key TEXT, cycle_number INTEGER,
    reviewer TEXT, reason TEXT, created_at TEXT);
CREATE TABLE webhook_events (id INTEGER PRIMARY KEY, event_type TEXT, pr_key TEXT, payload TEXT,
    result TEXT, created_at TEXT);
INSERT INTO pr_review_cycles VALUES
    (1, 'acme/shop#7', 'acme/shop', 7, 5, 'active', '2026-11-23 05:18:00', '2026-11-23 05:18:00'),
    (2, 'acme/shop#8', 'acme/shop', 8, 1, 'active', '2026-11-22 05:18:00', '2026-11-22 05:18:00');
INSERT INTO review_failures VALUES
    (1, 'acme/shop#7', 5, 'integrity_guard', 'tests for [bold]edge[/bold] cases',
     '2026-11-23 05:18:00'),
    (2, 'acme/shop#8', 1, 'ada', '[@click=app.quit]x[/]', '2026-11-23 05:17:59');
"""


class Watched(ConsoleApp):
    """A console that writes down where it was asked to go; it goes nowhere but Webhooks."""

    CSS_PATH = Path(inspect.getfile(ConsoleApp)).with_name("console.tcss")

    def __init__(self, app: ConsoleApp) -> None:
        super().__init__(app.context, "orket-dark")
        self.gone: list[Ref] = []

    async def on_jump(self, message: Jump) -> None:
        self.gone.append(message.ref)
        message.prevent_default()
        if isinstance(message.ref, PullRef | TableRef):
            await self.go(message.ref)


@dataclass
class Screen:
    """The console with its Webhooks tab in view."""

    app: Watched
    pilot: Pilot[int]
    until_screen: Until

    @property
    def pane(self) -> WebhooksPane:
        return self.app.query_one(WebhooksPane)

    @property
    def listing(self) -> Listing:
        return next(listing for listing in self.pane.query(Listing) if listing.display)

    @property
    def line(self) -> str:
        return self.pane.query_one(ViewLine).render().plain

    @property
    def problems(self) -> str:
        line = self.pane.query_one("#webhook-problems", Static)
        return str(line.content) if line.display else ""

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def cells(self) -> list[list[str]]:
        return [[part.plain for part in row.cells] for row in self.listing.rows]

    async def until(self, condition: Callable[[], object]) -> None:
        await self.until_screen(self.pilot, condition)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def filter(self, expression: str) -> None:
        await self.press("slash", *("ctrl+u",), *expression, "enter")


Open = Callable[..., Any]


@pytest.fixture
def webhooks(until: Until, console_on: Callable[[Target], ConsoleApp]) -> Open:
    @asynccontextmanager
    async def opened(target: Target, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Screen]:
        app = Watched(console_on(target))
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.query_one("#pane-health").is_attached)
            await pilot.press("3")
            screen = Screen(app, pilot, until)
            await until(pilot, lambda: "…" not in screen.line)
            yield screen

    return opened


@pytest.fixture
def target(bare_root: Path, target_of: Callable[..., Target]) -> Target:
    with closing(sqlite3.connect(bare_root / ".orket/durable/db/webhook.db")) as connection:
        connection.executescript(SCHEMA)
    target = target_of(bare_root, {"api.port": 1, "webhook.port": 1, "health.interval": 3600.0})
    received = "Received Gitea webhook: pull_request_review"
    say(target, "05:18:00", "webhook", message=received, event="pull_request_review",
        repo="acme/shop", pr_number=7)  # fmt: skip
    say(target, "05:18:00", "pr_review", pr="acme/shop/#7", reviewer="g", state="changes_requested")
    say(target, "05:18:01", "webhook", message="Invalid webhook signature")
    say(target, "05:18:02", "webhook", message=received)
    say(target, "05:18:02", "webhook", message="Webhook handler error: [/bold] \x1b]52;c;aGk=\x07")
    return target


def say(target: Target, at: str, name: str, /, **data: Any) -> None:
    line = {"timestamp": f"2026-11-23T{at}+00:00", "event": name, "data": data}
    with target.layout.server_log.open("a") as file:
        file.write(json.dumps(line) + "\n")


def execute(target: Target, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(target.layout.webhook_db)) as connection, connection:
        connection.execute(statement, values)


async def test_the_three_lists(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        assert screen.line.split() == [
            "[d", "Deliveries", "3]", "c", "Cycles", "2", "x", "Failures", "2", "u", "Queries", "7",
        ]  # fmt: skip
        assert screen.cells()[1:] == [
            ["✖", "05:18:01", "–", "–", "refused 401", "invalid signature"],
            ["✖", "05:18:00", "pull_request_review", "acme/shop#7", "error 500",
             "Gitea unreachable, cycle 5 of 4: no auto-reject"],
        ]  # fmt: skip
        await screen.press("c")
        await screen.until(lambda: "[c Cycles 2]" in screen.line)
        assert screen.cells() == [
            ["✖", "acme/shop#7", "5 of 4", "active", "05:18:00",
             "STUCK: auto-reject never finished: Gitea unreachable"],
            ["●", "acme/shop#8", "1 of 4", "active", "11-22",
             "open: cycle 3 goes to the architect"],
        ]  # fmt: skip
        await screen.press("x")
        await screen.until(lambda: "[x Failures 2]" in screen.line)
        assert screen.cells()[1][2:] == [
            "acme/shop#7", "5", "integrity_guard", "tests for [bold]edge[/bold] cases",
        ]  # fmt: skip


async def test_outside_text_is_shown_as_it_is(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        await screen.until(lambda: "handler error: [/bold] ␛]52;c;aGk=␇" in screen.text)
        assert "\x1b" not in screen.text
        await screen.press("x", "down")
        await screen.until(lambda: "  tests for [bold]edge[/bold] cases" in screen.text)
        await screen.press("up")
        await screen.until(lambda: screen.text.count("[@click=app.quit]x[/]") == 2)


async def test_the_detail_says_why_and_where(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        await screen.press("end")
        await screen.until(lambda: "seen in root/orket.log:1–2, webhook.db rev" in screen.text)
        assert "deduced: the server logs nothing" in screen.text
        await screen.press("c")
        await screen.until(lambda: "STUCK: auto-reject never finished" in screen.text)
        assert " 5  05:18:00  integrity_guard  tests for [bold]edge[/bold]" in screen.text
        assert "seen in webhook.db pr_review_cycles:1" in screen.text


async def test_a_payload_is_shown_as_indented_json(target: Target, webhooks: Open) -> None:
    execute(
        target,
        "INSERT INTO webhook_events VALUES"
        " (1, 'push', 'a/b#1', ?, 'ignored', '2026-11-23 05:19:00')",
        '{"action":"[/bold]\\u001b","n":[1]}',
    )
    async with webhooks(target) as screen:
        await screen.until(lambda: '"action": "[/bold]␛",' in screen.text)
        assert screen.cells()[0][2:5] == ["push", "a/b#1", "ignored"]
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.focused, Detail))
        await screen.press("escape")
        await screen.until(lambda: screen.app.focused is screen.listing)


async def test_a_filter_narrows_every_list(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        await screen.filter("pr:7")
        await screen.until(lambda: "Deliveries 1]" in screen.line)
        await screen.until(lambda: "Cycles 1" in screen.line and "Failures 1" in screen.line)
        assert "/ pr:7" in screen.line
        await screen.filter("no-such-word and one more")
        await screen.until(lambda: "Deliveries 0]" in screen.line)
        await screen.until(lambda: "Nothing of 3 deliveries matches the filter" in screen.text)
        shown = next(line for line in screen.text.splitlines() if "d Deliveries" in line)
        assert "/ no-such-word" in shown and shown.rstrip().endswith("…"), shown
        await screen.filter("")
        await screen.until(lambda: "Deliveries 3]" in screen.line)


async def test_a_wrong_filter_is_told_and_stays_to_be_mended(
    target: Target, webhooks: Open
) -> None:
    async with webhooks(target) as screen:
        await screen.filter("outcome:refusd")
        await screen.until(lambda: "no outcome is called 'refusd'" in screen.text)
        bar = screen.pane.query_one(FilterBar)
        await screen.until(lambda: screen.app.focused is bar)
        assert bar.value == "outcome:refusd"
        assert "Deliveries 3]" in screen.line
        await screen.press("escape")
        await screen.until(lambda: screen.app.focused is screen.listing)


async def test_l_leads_to_the_log_line(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        await screen.press("end", "l")
        await screen.until(lambda: screen.app.gone)
        (ref,) = screen.app.gone
        assert isinstance(ref, LogRef)
        assert (ref.path, ref.line) == (str(target.layout.server_log), 2)
        await screen.press("x")
        await screen.until(lambda: "[x" in screen.line)
        assert screen.pane.check_action("log_line", ()) is None
        assert screen.pane.why_off("log_line") == "no log line is known for this row"


async def test_g_leads_to_the_run_and_s_to_a_test_delivery(target: Target, webhooks: Open) -> None:
    say(target, "05:19:00", "webhook", message="Received Gitea webhook: pull_request",
        event="pull_request", repo="acme/shop", pr_number=9)  # fmt: skip
    say(target, "05:19:00", "pr_opened", pr=9, repo="acme/shop", action="opened")
    say(target, "05:19:00", "pipeline_atomic_issue", card_id="ISSUE-1")
    say(target, "05:19:01", "session_start", run_id="bf32892f")
    async with webhooks(target) as screen:
        assert screen.cells()[0][5] == "run bf32892f of ISSUE-1 started"
        await screen.press("g")
        await screen.until(lambda: screen.app.gone == [SessionRef("bf32892f")])
        await screen.press("s")
        await screen.until(lambda: screen.app.gone[1:] == [ActionRef("test-delivery")])


async def test_p_leads_to_the_cycle_and_minus_back(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        await screen.press("end")
        await screen.until(lambda: screen.pane.check_action("cycle", ()))
        chosen = screen.listing.selected
        await screen.press("p")
        await screen.until(lambda: "[c" in screen.line and screen.listing.selected == "cycle:1")
        assert screen.pane.check_action("cycle", ()) is None
        await screen.press("minus")
        await screen.until(lambda: "[d" in screen.line and screen.listing.selected == chosen)


@pytest.mark.parametrize(
    ("ref", "key"),
    [
        (PullRef("acme/shop#8"), "cycle:2"),
        (TableRef("webhook.db", "pr_review_cycles", (2,)), "cycle:2"),
        (TableRef("webhook.db", "review_failures", (1,)), "failure:1"),
        (TableRef("webhook.db", "review_failures"), "failure:2"),
    ],
)
async def test_refs_lead_to_their_rows(target: Target, webhooks: Open, ref: Ref, key: str) -> None:
    async with webhooks(target) as screen:
        await screen.filter("no-such-word and one more")
        await screen.until(lambda: "Deliveries 0]" in screen.line)
        await screen.app.go(ref)
        await screen.until(lambda: screen.listing.selected == key)


async def test_a_ref_to_nothing_is_told(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        await screen.app.go(PullRef("[bold]none#1[/bold]"))
        await screen.until(lambda: "it is not among the 2 cycles" in screen.text)
        assert not screen.pane.open_ref(TableRef("webhook.db", "bug_fix_phases", (1,)))
        assert not screen.pane.open_ref(TableRef("orket_persistence.db", "review_failures", (1,)))


async def test_reading_again_keeps_the_cursor(target: Target, webhooks: Open) -> None:
    async with webhooks(target) as screen:
        await screen.press("down")
        chosen = screen.listing.selected
        say(target, "05:19:59", "webhook", message="Missing webhook signature")
        await screen.press("r")
        await screen.until(lambda: len(screen.listing.rows) == 4)
        assert screen.listing.selected == chosen
        assert screen.cells()[2][5] == "invalid signature"


async def test_what_comes_in_above_moves_nothing_on_screen(target: Target, webhooks: Open) -> None:
    for second in range(40):
        say(target, f"05:19:{second:02}", "webhook", message="Missing webhook signature")
    async with webhooks(target) as screen:
        await screen.press("pagedown", "pagedown")
        await screen.until(lambda: screen.listing.scroll_offset.y > 0)
        listing, chosen = screen.listing, screen.listing.selected
        assert chosen is not None
        place = list(listing.in_view).index(chosen)
        say(target, "05:19:50", "webhook", message="Missing webhook signature")
        say(target, "05:19:51", "webhook", message="Missing webhook signature")
        await screen.press("r")
        await screen.until(lambda: len(listing.rows) == 45)
        await screen.until(lambda: list(listing.in_view).index(chosen) == place)
        assert listing.selected == chosen


async def test_older_ones_come_on_demand(target: Target, webhooks: Open) -> None:
    for _ in range(250):
        say(target, "05:19:00", "webhook", message="Missing webhook signature")
    async with webhooks(target) as screen:
        assert "Deliveries 200+]" in screen.line
        await screen.press("m")
        await screen.until(lambda: "Deliveries 253]" in screen.line)
        assert screen.pane.check_action("more", ()) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "missing"),
        (b"", "empty"),
        (b"\x00garbage" * 900, "not a database"),
    ],
    ids=["missing", "empty", "garbage"],
)
async def test_a_database_that_is_none_leaves_the_log(
    target: Target, webhooks: Open, content: bytes | None, said: str
) -> None:
    target.layout.webhook_db.unlink()
    if content is not None:
        target.layout.webhook_db.write_bytes(content)
    async with webhooks(target) as screen:
        assert "Deliveries 3]" in screen.line
        assert f"webhook.db: {said}" in screen.problems
        await screen.press("c")
        await screen.until(
            lambda: f"can't be read: webhook.db {said}. r tries again" in screen.text
        )


async def test_a_locked_database_is_told_and_read_when_it_is_free(
    target: Target, webhooks: Open
) -> None:
    with closing(sqlite3.connect(target.layout.webhook_db, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        async with webhooks(target) as screen:
            assert "locked by a writer" in screen.problems
            writer.execute("ROLLBACK")
            await screen.press("r")
            await screen.until(lambda: not screen.problems)
            assert "Cycles 2" in screen.line


async def test_random_bytes_in_place_of_the_log(target: Target, webhooks: Open) -> None:
    target.layout.server_log.write_bytes(os.urandom(50_000))
    async with webhooks(target) as screen:
        assert "Deliveries 0]" in screen.line
        assert "Cycles 2" in screen.line
        assert "webhook_events is empty" in screen.text


async def test_an_installation_without_webhooks_says_why(
    bare_root: Path, target_of: Callable[..., Target], webhooks: Open
) -> None:
    async with webhooks(target_of(bare_root, {"api.port": 1, "webhook.port": 1})) as screen:
        assert "root/orket.log: missing" in screen.problems
        await screen.until(lambda: "webhook_events can't be read" in screen.text or (
            "webhook_events is empty" in screen.text))  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 10)])
async def test_it_fits(target: Target, webhooks: Open, size: tuple[int, int]) -> None:
    async with webhooks(target, size) as screen:
        await screen.until(lambda: "outcome" in screen.text or size[0] < 80)
        assert all(len(line) <= size[0] for line in screen.text.splitlines())
