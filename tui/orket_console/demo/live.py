"""Keeps runs and deliveries going while a demo is up."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import shutil
import sqlite3
import urllib.request
from collections import deque
from datetime import datetime, timedelta

from orket_console.demo.deliveries import Delivery, onward
from orket_console.demo.layout import MARKER, Site, environment
from orket_console.demo.loopback import direct_opener
from orket_console.demo.runs import Run, tell_run
from orket_console.demo.scenarios import Outcome
from orket_console.demo.steps import Step
from orket_console.demo.writer import DATABASES, Writer

_PAUSE_BETWEEN_RUNS = (4.0, 10.0)
_PAUSE_BETWEEN_DELIVERIES = (6.0, 18.0)
_ANSWER_LIMIT = 5.0


class LiveDriver:
    """Carries out what is due. What comes is decided by scenario and seed, when by the clock.

    `.orket-demo/active.json` lists the session that is being worked on, for the API's heartbeat;
    a session named in `.orket-demo/halt/` stops where it is, its rows `running` as for real.
    """

    def __init__(self, site: Site, now: datetime) -> None:
        self._site = site
        self._rng = random.Random(f"{site.key}/live")
        self._index = len(site.scenario.history)
        self._due: deque[Step] = deque()
        self._run: Run | None = None
        self._next_run = now + timedelta(seconds=1)
        self._deliveries = onward(site.key)
        self._next_delivery = self._later(now, _PAUSE_BETWEEN_DELIVERIES)

    def _later(self, moment: datetime, pause: tuple[float, float]) -> datetime:
        return moment + timedelta(seconds=self._rng.uniform(*pause))

    def advance(self, now: datetime) -> datetime:
        """Do everything that is due at `now` (aware UTC); when something is due next.

        Raises OSError or sqlite3.Error when the installation can't be written.
        """
        self._obey_halts()
        if self._run is None and now >= self._next_run:
            self._begin_run(now)
        self._apply_due(now)
        if now >= self._next_delivery:
            self._next_delivery = self._later(now, _PAUSE_BETWEEN_DELIVERIES)
            self._deliver(next(self._deliveries))
        next_step = self._due[0].at if self._due else self._next_run
        return min(next_step, self._next_delivery)

    def _begin_run(self, now: datetime) -> None:
        outcomes = self._site.scenario.live
        outcome = outcomes[self._index % len(outcomes)]
        if self._lacks_table():
            outcome = Outcome.NO_TABLE
        run = tell_run(
            self._site.root, self._site.key, self._index, outcome, now,
            steady=self._site.scenario.steady,
        )  # fmt: skip
        self._index += 1
        self._run = run
        self._due = deque(run.steps)
        self._tell_active([run.session_id])

    def _lacks_table(self) -> bool:
        table = self._site.scenario.needed_table
        if table is None:
            return False
        connection = sqlite3.connect(self._site.root / DATABASES["runtime"], timeout=5)
        try:
            query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
            return connection.execute(query, (table,)).fetchone() is None
        finally:
            connection.close()

    def _apply_due(self, now: datetime) -> None:
        ready = []
        while self._due and self._due[0].at <= now:
            ready.append(self._due.popleft())
        if ready:
            with Writer(self._site.root) as writer:
                writer.apply(ready)
        if self._run is not None and not self._due:
            self._finish(now)

    def _finish(self, now: datetime) -> None:
        self._run = None
        self._next_run = self._later(now, _PAUSE_BETWEEN_RUNS)
        self._tell_active([])

    def _obey_halts(self) -> None:
        halts = self._site.root / MARKER / "halt"
        if not halts.is_dir():
            return
        if self._run is not None and (halts / self._run.session_id).exists():
            self._due.clear()
        shutil.rmtree(halts)

    def _tell_active(self, sessions: list[str]) -> None:
        target = self._site.root / MARKER / "active.json"
        scratch = target.with_suffix(".new")
        scratch.write_text(json.dumps(sessions), encoding="utf-8")
        scratch.replace(target)

    def _deliver(self, delivery: Delivery) -> None:
        """POST it as Gitea would. Whatever is answered, Gitea takes no notice."""
        body = json.dumps(delivery.payload, ensure_ascii=False).encode()
        secret = environment(self._site)["GITEA_WEBHOOK_SECRET"].encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._site.webhook_port}/webhook/gitea",
            data=body,
            headers={
                "Content-Type": "application/json",
                "X-Gitea-Event": delivery.event,
                "X-Gitea-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest(),
            },
        )
        try:
            direct_opener().open(request, timeout=_ANSWER_LIMIT).close()
        except OSError:
            return
