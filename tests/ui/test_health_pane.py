"""The Health tab by keyboard, on an installation with real files and small servers."""

from __future__ import annotations

import inspect
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from textual.pilot import Pilot
from textual.widgets import Static

from orket_console.base.refs import ActionRef, LogRef, ProbeRef, TableRef
from orket_console.base.state import State
from orket_console.health.history import History, Moment
from orket_console.health.keeping import load_history, save_history
from orket_console.health.probes import PROBES
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.messages import HealthSummary, Jump, OpenIncident
from orket_console.ui.panes.health import HealthPane
from orket_console.ui.panes.health.watching import Watching
from orket_console.ui.screens.checks import ChecksScreen
from orket_console.ui.screens.evidence import EvidenceScreen
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.status_line import StatusLine

Until = Callable[[Pilot[int], Callable[[], object]], Awaitable[None]]
NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)


class Watched(ConsoleApp):
    """A console that writes down where it was asked to go, and stays."""

    CSS_PATH = Path(inspect.getfile(ConsoleApp)).with_name("console.tcss")

    def __init__(self, app: ConsoleApp) -> None:
        super().__init__(app.context, "orket-dark")
        self.gone: list[object] = []
        self.said: list[tuple[State, str]] = []
        self.opened: list[Finding] = []

    async def on_jump(self, message: Jump) -> None:
        self.gone.append(message.ref)
        message.prevent_default()

    async def on_open_incident(self, message: OpenIncident) -> None:
        self.opened.append(message.finding)
        message.prevent_default()

    def on_health_summary(self, message: HealthSummary) -> None:
        self.said.append((message.state, message.line))


@pytest.fixture
def target(
    bare_root: Path,
    free_port: int,
    target_of: Callable[..., Target],
    monkeypatch: pytest.MonkeyPatch,
) -> Target:
    """Servers and Gitea down, a stuck review cycle, and an error in the run log."""
    monkeypatch.setenv("GITEA_URL", f"http://127.0.0.1:{free_port}")
    with closing(sqlite3.connect(bare_root / ".orket/durable/db/webhook.db")) as connection:
        connection.executescript(
            "CREATE TABLE pr_review_cycles (id INTEGER PRIMARY KEY, pr_key TEXT, repo_full_name"
            " TEXT, pr_number INTEGER, cycle_count INTEGER, status TEXT);"
            "CREATE TABLE review_failures (pr_key, cycle_number, reviewer, reason, created_at);"
            "CREATE TABLE webhook_events (event_type, pr_key, payload, result, created_at);"
            "INSERT INTO pr_review_cycles VALUES (3, '[bold]a/b#7[/bold]', 'a/b', 7, 5, 'active');"
        )
    record = {
        "timestamp": "2026-11-23T05:19:00+00:00",
        "event": "turn_failed",
        "data": {"error": "[/bold] \x1b]52;c;aGk=\x07 [@click=app.quit]x[/]"},
    }
    for log in (bare_root / "orket.log", bare_root / "workspace/default/orket.log"):
        log.write_text(json.dumps(record) + "\n")
    ports = {"api.port": free_port, "webhook.port": free_port}
    return target_of(bare_root, {**ports, "health.interval": 3600.0})


@pytest.fixture
def app(target: Target, console_on: Callable[[Target], ConsoleApp]) -> Watched:
    return Watched(console_on(target))


def cells(app: ConsoleApp, probe: str) -> list[str]:
    rows = app.query_one("#probes", Listing).rows
    return next([part.plain for part in row.cells] for row in rows if row.key == probe)


def detail(app: ConsoleApp) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(app.query_one(HealthPane).query_one(Detail).query_one(Static).content)
    return capture.get()


async def to_row(app: ConsoleApp, pilot: Pilot[int], probe: str, until: Until) -> None:
    listing = app.query_one("#probes", Listing)
    await pilot.press("home")
    for _ in range([row.key for row in listing.rows].index(probe)):
        await pilot.press("down")
    await until(pilot, lambda: listing.selected == probe)


async def test_every_probe_has_its_row_and_the_header_the_worst(app: Watched, until: Until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.query_one("#probes", Listing).rows)
        listing = app.query_one("#probes", Listing)
        assert [row.key for row in listing.rows] == [probe.name for probe in PROBES]
        await until(pilot, lambda: app.said)
        assert app.said[0] == (State.FAILING, "✖ API refused  ✖ 6 more")
        assert cells(app, "api")[2:] == ["refused", "nothing listens there", "–", "–", "–"]
        assert cells(app, "api-key")[2] == "follows API"
        assert cells(app, "disk")[5] == "now"
        assert app.query_one(StatusLine)


@pytest.mark.parametrize(("width", "share"), [(80, 80), (120, 80)])
async def test_the_list_fits_the_screen(app: Watched, until: Until, width: int, share: int) -> None:
    async with app.run_test(size=(width, 24)) as pilot:
        await until(pilot, lambda: app.query_one("#probes", Listing).rows)
        listing = app.query_one("#probes", Listing)
        await until(pilot, lambda: listing.size.width == share)
        await until(pilot, lambda: "change" in listing.render_line(0).text[:share])


async def test_the_detail_follows_the_cursor(app: Watched, until: Until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        await until(pilot, lambda: "nothing listens there" in detail(app))
        await to_row(app, pilot, "webhook-db", until)
        await until(pilot, lambda: "webhook.db" in detail(app))
        shown = detail(app)
        assert "1 cycle past 4, still active" in shown
        assert "[bold]a/b#7[/bold]: cycle 5 of 4, active" in shown
        assert "next their rejection never reached Gitea" in shown


async def test_outside_text_is_shown_as_it_is(app: Watched, until: Until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        await to_row(app, pilot, "log-default", until)
        await until(pilot, lambda: "[/bold] ␛]52;c;aGk=␇ [@click=app.quit]x[/]" in detail(app))
        assert "\x1b" not in cells(app, "log-default")[3]


async def test_a_round_on_demand_sees_a_change_and_keeps_the_cursor(
    app: Watched, target: Target, until: Until
) -> None:
    before = Reading(State.OK, "ok", "", probe="webhook-db")
    hour_ago = Moment(NOW - timedelta(hours=1), 0.0)
    save_history(target.state.health, History.empty().add(before, hour_ago))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        await to_row(app, pilot, "webhook-db", until)
        assert cells(app, "webhook-db")[2] == "stuck"
        # An earlier console saw it well.
        assert cells(app, "webhook-db")[5] == "1h00m"
        await until(pilot, lambda: "not watched from" in detail(app))
        target.layout.webhook_db.write_bytes(b"")
        await pilot.press("r")
        await until(pilot, lambda: cells(app, "webhook-db")[2] == "empty")
        assert app.query_one("#probes", Listing).selected == "webhook-db"
        assert cells(app, "webhook-db")[6] == "0s"
        await until(pilot, lambda: len(app.said) == 2)
        # One probe alone: the others stay as they were seen.
        target.layout.webhook_db.unlink()
        target.layout.runtime_db.write_bytes(b"no database")
        target.layout.server_log.unlink()
        pane = app.query_one(HealthPane)
        await until(pilot, lambda: pane.resting)
        await pilot.press("o")
        await until(pilot, lambda: len(app.said) == 3)
        assert cells(app, "webhook-db")[2] == "missing"
        assert cells(app, "log-root")[2] == "errors"
        await until(pilot, lambda: pane.resting)
        await pilot.press("r")
        await until(pilot, lambda: cells(app, "log-root")[2] == "missing")
        await until(pilot, lambda: pane.resting)
        # A check that only this asks for has its row from then on.
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ChecksScreen))
        await pilot.press("down", "enter")
        await until(pilot, lambda: cells(app, "integrity")[2] == "corrupt")
        assert app.query_one("#probes", Listing).selected == "integrity"
        await until(pilot, lambda: pane.resting)
    kept = load_history(target.state.health, Moment(NOW, 0.0)).earlier
    assert (kept["webhook-db"].reading.word, kept["api"].reading.word) == ("missing", "refused")


async def test_rounds_come_by_themselves_and_pause(
    bare_root: Path, target: Target, target_of: Callable[..., Target], until: Until,
    console_on: Callable[[Target], ConsoleApp],
) -> None:  # fmt: skip
    ports = {key: target.settings.whole(key) for key in ("api.port", "webhook.port")}
    app = Watched(console_on(target_of(bare_root, {**ports, "health.interval": 0.05})))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.said) >= 3)
        await pilot.press("p")
        pane = app.query_one(HealthPane)
        assert "paused" in str(pane.query_one(Listing).render_line(0).text)
        await until(pilot, lambda: pane.resting)
        rounds = len(app.said)
        await pilot.press("r")
        await until(pilot, lambda: len(app.said) == rounds + 1)
        await until(pilot, lambda: pane.resting)
        await pilot.press("space")
        await until(pilot, lambda: len(app.said) >= rounds + 3)


async def test_evidence_can_be_opened(app: Watched, until: Until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        await to_row(app, pilot, "webhook-db", until)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EvidenceScreen))
        await pilot.press("enter")
        await until(pilot, lambda: app.gone)
        assert app.gone == [TableRef("webhook.db", "pr_review_cycles", (3,))]


async def test_the_log_of_a_probe_opens_at_its_last_error(
    app: Watched, target: Target, until: Until
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        await pilot.press("l")
        await until(pilot, lambda: app.gone)
        assert app.gone == [LogRef(str(target.layout.server_log), 0)]


async def test_the_action_that_the_runbook_has_for_it(
    app: Watched, target: Target, until: Until
) -> None:
    folder = target.layout.migrations
    folder.mkdir(parents=True)
    (folder / "002_webhook_indexes.sql").touch()
    with closing(sqlite3.connect(target.layout.webhook_db)) as connection:
        connection.execute("DELETE FROM pr_review_cycles")
        connection.commit()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        await pilot.press("a")
        await until(pilot, lambda: app.gone == [ActionRef("restart-api")])
        app.gone.clear()
        await to_row(app, pilot, "webhook-db", until)
        assert cells(app, "webhook-db")[2] == "pending"
        await pilot.press("a")
        await until(pilot, lambda: app.gone)
        assert app.gone == [ActionRef("migrations")]


async def test_what_leads_anew_is_on_screen_and_an_incident_is_of_the_probe(
    app: Watched, target: Target, until: Until
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.query_one("#findings", Listing).rows)
        await until(pilot, lambda: app.query_one(HealthPane).resting)
        pane, listing = app.query_one(HealthPane), app.query_one("#findings", Listing)
        leading = listing.rows[0].key
        # Less leads before the API went down: the servers come first among what is red.
        watching = pane._watching
        assert watching.diagnosis is not None
        whole = watching.diagnosis
        watching.diagnosis = replace(whole, findings=whole.findings[-1:])
        pane._show_findings()
        assert listing.selected != leading
        watching.diagnosis = whole
        pane._show_findings()
        assert listing.selected == leading
        await to_row(app, pilot, "gitea", until)
        await pilot.press("i")
        await until(pilot, lambda: app.opened)
        assert app.opened[0].conclusion.startswith("Gitea could not be reached")


async def test_enter_goes_into_the_detail_and_escape_comes_back(app: Watched, until: Until) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.said)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.focused, Detail))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.focused, Listing))


async def test_a_probe_can_be_jumped_to(app: Watched, until: Until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.query_one("#probes", Listing).rows)
        pane = app.query_one(HealthPane)
        assert pane.open_ref(ProbeRef("disk"))
        assert pane.place() == ProbeRef("disk")
        assert not pane.open_ref(ProbeRef("nothing of the kind"))
        assert not pane.open_ref(TableRef("webhook.db", "x"))
        await pilot.pause()


async def test_rounds_that_end_by_a_fault_are_not_passed_over(
    app: Watched, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_watching: Watching) -> None:
        raise KeyError("[/bold]")

    monkeypatch.setattr(Watching, "look_once", broken)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        assert app.said == [(State.UNKNOWN, "? health stopped")]


async def test_keys_that_are_off_say_why(app: Watched, until: Until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.said)
        pane = app.query_one(HealthPane)
        await to_row(app, pilot, "disk", until)
        assert pane.check_action("log", ()) is None
        assert pane.why_off("log") == "there is no log of it yet"
        assert pane.check_action("evidence", ()) is None
        assert pane.check_action("run_now", ()) is True


async def test_the_diagnosis_stands_below_and_leads_on(
    app: Watched, target: Target, until: Until
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.query_one("#findings", Listing).rows)
        listing = app.query_one("#findings", Listing)
        told = [row.cells[1].plain for row in listing.rows]
        assert told[0] == "The API server is not running: its port refuses connections."
        assert any(line.startswith("Gitea could not be reached") for line in told)
        assert listing.render_line(0).text.startswith("   Diagnosis: 1 API unavailable · ")
        assert not listing.has_focus
        # One finding in full, with outside text as it is, and where it leads.
        await pilot.press("d")
        await until(pilot, lambda: "wrong if" in detail(app))
        assert "v1:api-unavailable:api-down:" in detail(app)
        await pilot.press("a")
        await until(pilot, lambda: app.gone == [ActionRef("start-api")])
        stuck = next(i for i, line in enumerate(told) if line.startswith("Gitea"))
        for _ in range(stuck):
            await pilot.press("down")
        await until(pilot, lambda: "[bold]a/b#7[/bold]" in detail(app))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EvidenceScreen))
        await pilot.press("escape")
        # Into the detail and out again, and back to the probes.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.focused, Detail))
        await pilot.press("escape")
        await until(pilot, lambda: listing.has_focus)
        await pilot.press("d")
        await until(pilot, lambda: "nothing listens there" in detail(app))


async def test_a_new_round_brings_a_new_diagnosis_and_keeps_the_place(
    app: Watched, target: Target, until: Until
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.query_one("#findings", Listing).rows)
        listing = app.query_one("#findings", Listing)
        await until(pilot, lambda: app.query_one(HealthPane).resting)
        await pilot.press("d", "down")
        chosen = listing.selected
        assert not any("is empty" in row.cells[1].plain for row in listing.rows)
        target.layout.webhook_db.write_bytes(b"")
        await pilot.press("r")
        await until(pilot, lambda: any("0 bytes" in row.cells[1].plain for row in listing.rows))
        assert (listing.selected == chosen) is (chosen in {row.key for row in listing.rows})
