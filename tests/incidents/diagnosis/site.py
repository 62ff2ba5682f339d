"""An installation that is well, and everything it takes to break it in one place."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.installed import API_HEALTH, ENV, RUNTIME, WEBHOOK, own_server
from tests.ports import held_port

from orket_console.base.state import State
from orket_console.health.reading import Reading

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NOW = START + timedelta(hours=4)
KEY = ENV["ORKET_API_KEY"]
WEBHOOK_HEALTH = {"status": "healthy"}
Answer = Callable[[str, str], tuple[int, object]]
"""The status and the body for a path and the key that came with it."""


@contextmanager
def served(answer: Answer) -> Iterator[int]:
    """An HTTP server on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path, self.headers.get("X-API-Key", ""))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_POST = do_GET  # noqa: N815  as the library wants it

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def api(key: str | None) -> Answer:
    """The API server with that key; None for one that is open, empty for one without a key."""

    def answer(path: str, given: str) -> tuple[int, object]:
        if path == "/health":
            return 200, API_HEALTH
        allowed = key is None or (key != "" and given == key)
        return (200, {"version": "1", "api": "v1"}) if allowed else (403, {"detail": "no"})

    return answer


def always(status: int, body: object) -> Answer:
    return lambda _path, _key: (status, body)


@dataclass
class Site:
    """The installation. `ports` are those of API, webhook server and Gitea.

    `environment` is the console's own; `later` undoes what was started. `deadline` is a round's,
    in seconds, `asked` are probes beyond those of every round. `seen` is what probes say that no
    test can have for real: a full disk, an address that is open to the network.
    """

    root: Path
    ports: dict[str, int]
    later: ExitStack
    env: dict[str, str] = field(default_factory=lambda: dict(ENV))
    environment: dict[str, str] = field(default_factory=dict)
    generation: str = "old"
    at: datetime = START
    deadline: float = 5.0
    asked: set[str] = field(default_factory=set)
    seen: dict[str, Reading] = field(default_factory=dict)
    ok: dict[str, datetime] = field(default_factory=dict)
    """When a console saw a probe ok."""

    # -- what it has -------------------------------------------------------------------

    def make(self) -> None:
        """Everything well: tables, migrations, a run that went well, an accepted delivery."""
        (self.root / ".orket/durable/db").mkdir(parents=True)
        self.workspace.mkdir(parents=True)
        migrations = self.root / "scripts" / "migrations"
        migrations.mkdir(parents=True)
        (migrations / "001_runtime_indexes.sql").write_text("SELECT 1;")
        (migrations / "002_webhook_indexes.sql").write_text("SELECT 1;")
        (self.root / "scripts/run_migrations.py").write_text("")
        for path, script in ((self.runtime, RUNTIME), (self.webhook, WEBHOOK)):
            self.execute(path, script)
        self.run("a0000001", "Epic well")
        self.turn("a0000001", "ISS-1")
        self.deliver_review(1, cycle=1)

    @property
    def workspace(self) -> Path:
        return self.root / "workspace" / "default"

    @property
    def runtime(self) -> Path:
        return self.root / ".orket/durable/db/orket_persistence.db"

    @property
    def webhook(self) -> Path:
        return self.root / ".orket/durable/db/webhook.db"

    def renew(self) -> None:
        """Make it the new version."""
        self.generation = "new"
        (self.root / "scripts" / "governance").mkdir()
        self.env["ORKET_GITEA_ALLOW_INSECURE"] = "true"

    def write_env(self) -> None:
        lines = {"GITEA_URL": f"http://127.0.0.1:{self.ports['gitea']}"} | self.env
        (self.root / ".env").write_text("".join(f"{k}={v}\n" for k, v in lines.items()))

    # -- its servers -------------------------------------------------------------------

    def serve(self, name: str, answer: Answer) -> None:
        self.ports[name] = self.later.enter_context(served(answer))

    def hang(self, name: str) -> None:
        """Take connections, and never answer."""
        self.deadline = 0.5
        listening = self.later.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.ports[name] = listening.getsockname()[1]

    def say_of(self, probe: str, state: State, word: str) -> None:
        self.seen[probe] = Reading(state, word, "", probe=probe, title=probe)

    def was_ok(self, probe: str) -> None:
        """A console saw it after all that was said so far."""
        self.ok[probe] = self.at + timedelta(seconds=1)

    def stop(self, name: str) -> None:
        self.ports[name] = self.later.enter_context(held_port())

    def own_server(self, name: str, **variables: str) -> None:
        """A process of this root on the port of `name`, with variables of its own."""
        script = "server.py" if name == "api" else "webhook_server.py"
        health = API_HEALTH if name == "api" else WEBHOOK_HEALTH
        started = own_server(self.root, script, health, **variables)
        self.ports[name] = self.later.enter_context(started)

    # -- its databases -----------------------------------------------------------------

    def execute(self, path: Path, script: str) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(f"PRAGMA synchronous = OFF; {script}")

    def insert(self, path: Path, table: str, **values: object) -> None:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(
                f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})",
                list(values.values()),
            )

    # -- its logs ----------------------------------------------------------------------

    def say(self, event: str, /, *, wait: float = 1, where: str = "run", **data: Any) -> None:
        self.at += timedelta(seconds=wait)
        path = self.workspace / "orket.log" if where == "run" else self.root / "orket.log"
        line = {
            "timestamp": self.at.isoformat(),
            "role": data.pop("role", "system"),
            "event": event,
            "data": data,
        }
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def refuse(self, message: str, *, wait: float = 60) -> None:
        self.say("webhook", wait=wait, where="server", message=message, level="error")

    def receive(self, event: str = "push", *, wait: float = 60, number: int | None = None) -> None:
        self.say(
            "webhook", wait=wait, where="server", message=f"Received Gitea webhook: {event}",
            level="info", event=event, repo="acme/shop", pr_number=number,
        )  # fmt: skip

    def deliver_review(
        self, number: int, *, cycle: int = 0, state: str = "changes_requested", wait: float = 60
    ) -> None:
        """A review, and with `cycle` the rows that it leaves."""
        self.receive("pull_request_review", wait=wait, number=number)
        self.say(
            "pr_review", wait=0, where="server", pr=f"acme/shop/#{number}",
            reviewer="integrity_guard", state=state,
        )  # fmt: skip
        if cycle:
            key, stamp = f"acme/shop#{number}", f"{self.at:%Y-%m-%d %H:%M:%S}"
            self.insert(
                self.webhook, "pr_review_cycles", pr_key=key, repo_full_name="acme/shop",
                pr_number=number, cycle_count=cycle, created_at=stamp, updated_at=stamp,
            )  # fmt: skip
            self.insert(
                self.webhook, "review_failures", pr_key=key, cycle_number=cycle,
                reviewer="integrity_guard", reason="missing tests", created_at=stamp,
            )  # fmt: skip

    # -- its runs ----------------------------------------------------------------------

    def run(
        self,
        session: str,
        name: str = "Epic",
        status: str = "done",
        *,
        issues: dict[str, str] | None = None,
        build: str = "",
        end: bool = True,
        retries: int = 0,
        **ledger: object,
    ) -> None:
        """Its rows, and the first and the last line that it writes."""
        build = build or f"build-{session}"
        self.say("session_start", wait=60, run_id=session, epic=name)
        started = self.at.isoformat()
        ended = (self.at + timedelta(seconds=20)).isoformat() if end else None
        self.insert(
            self.runtime, "run_ledger", session_id=session, run_type="epic", run_name=name,
            build_id=build, status=status, started_at=started, ended_at=ended, **ledger,
        )  # fmt: skip
        table = "Started" if status == "running" else status
        self.insert(
            self.runtime, "sessions", id=session, name=name, status=table, start_time=started,
            end_time=ended,
        )  # fmt: skip
        default = "done" if status == "done" else "ready"
        for issue, state in ({"ISS-1": default} if issues is None else issues).items():
            self.insert(
                self.runtime, "issues", id=f"{session}-{issue}", build_id=build, status=state,
                retry_count=retries, max_retries=3,
            )  # fmt: skip

    def finish(self, session: str, status: str) -> None:
        self.say("session_end", wait=20, run_id=session, status=status)

    def turn(
        self,
        session: str,
        issue: str,
        index: int = 1,
        role: str = "lead_architect",
        *,
        answer: str | None = '```json\n{"tool": "update_issue_status", "args": {}}\n```',
        whole: bool = True,
        status: str = "code_review",
        result: object = None,
    ) -> Path:
        """A turn's folder; without `whole` it has no checkpoint, without `answer` no answer."""
        name = f"{session}-{issue}".lower()
        folder = self.workspace / "observability" / session / name / f"{index:03d}_{role}"
        folder.mkdir(parents=True)
        files: dict[str, object] = {"messages.json": [], "prompt_layers.json": {}}
        if answer is not None:
            files["model_response.txt"] = answer
            stage = "parse_success" if whole else "parse_empty"
            files["tool_parser_diagnostics.json"] = [{"stage": stage}]
        if whole:
            call = {"tool": "update_issue_status", "args": {"status": status}}
            files["parsed_tool_calls.json"] = [call]
            files["tool_result_update_issue_status_0123456789ab.json"] = result or {"ok": True}
            files["checkpoint.json"] = {
                "run_id": session, "issue_id": f"{session}-{issue}", "turn_index": index,
                "role": role, "tool_calls": [call], "model": "qwen",
                "state_delta": {"from": "in_progress", "to": status},
                "captured_at": self.at.isoformat(),
            }  # fmt: skip
        for file, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / file).write_text(text)
        self._date(folder)
        return folder

    def _date(self, folder: Path) -> None:
        stamp = self.at.timestamp()
        for path in (*folder.iterdir(), folder, *folder.parents[:3]):
            os.utime(path, (stamp, stamp))
