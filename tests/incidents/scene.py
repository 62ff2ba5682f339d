"""An installation with something of every kind: log, turns, deliveries, probes, a ledger."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from tests.runs.building import Installation
from tests.webhooks.conftest import SCHEMA, Site

from orket_console.actions.origin import Origin
from orket_console.actions.records import Record
from orket_console.actions.verdicts import Verdict
from orket_console.base.clock import FixedClock
from orket_console.base.files import write_whole
from orket_console.base.state import State
from orket_console.health.history import History, Moment
from orket_console.health.keeping import save_history
from orket_console.health.reading import Reading
from orket_console.incidents.ledger.incidents import Opening, open_incident
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.ledger.writings import add_note
from orket_console.target.target import Target

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NOW = START + timedelta(hours=1)
ANN = Who("ann", "host")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Scene:
    """Each of its words leaves what would be left by it."""

    def __init__(self, root: Path, target: Target) -> None:
        self.target = target
        self.clock = FixedClock(NOW)
        self.orket = Installation(root)
        self.site = Site(root)
        with closing(sqlite3.connect(self.site.database)) as connection:
            connection.executescript(SCHEMA)

    def record(self, seconds: float, event: str, **data: object) -> None:
        line = {"timestamp": at(seconds).isoformat(), "role": "r", "event": event, "data": data}
        with (self.orket.workspace / "orket.log").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def turn(self, seconds: float, issue: str, *, failed: bool, copied: bool = False) -> Path:
        results: list[object] | None = [{"ok": False, "error": "no"}] if failed else None
        folder = self.orket.turn("s1", issue, at=at(seconds).isoformat(), results=results)
        stamp = (NOW if copied else at(seconds)).timestamp()
        os.utime(folder, (stamp, stamp))
        return folder

    def refused(self, seconds: float) -> None:
        self.site.now = at(seconds - 1)
        self.site.webhook("Missing webhook signature")

    def accepted(self, seconds: float) -> None:
        self.site.now = at(seconds - 1)
        self.site.review("approved")
        self.site.say("pr_merged", 0, pr="acme/shop/#7")

    def probed(self, *words: tuple[float, State, str]) -> None:
        history = History.empty()
        for seconds, state, word in words:
            reading = Reading(state, word, "", ms=3.0, probe="api", title="API :8082")
            history = history.add(reading, Moment(at(seconds), seconds))
        save_history(self.target.state.health, history)

    def acted(self, seconds: float, identity: str) -> Path:
        """The record of a run that passed; its folder."""
        record = Record(
            id=identity,
            action="smoke",
            title="Smoke test",
            effect="reads only",
            writes=False,
            parameters={},
            argv=["python", "smoke.py"],
            cwd=str(self.orket.root),
            environment=[],
            origin=Origin(user="ann", host="host", ssh="", console=1, born=0.0),
            installation={},
            started=at(seconds),
            ended=at(seconds + 1),
            seconds=1.0,
            exit_status=0,
            verdict=Verdict.PASSED,
        )
        folder = self.target.state.actions / identity
        write_whole(folder / "result.json", msgspec.json.encode(record))
        return folder

    def incident(self, seconds: float, title: str, note: str = "") -> int:
        store = open_ledger(self.target, self.clock)
        one = open_incident(store, Opening(title, at(seconds), ANN, {}))
        if note:
            add_note(store, one.id, at(seconds + 1), ANN, note)
        return one.id
