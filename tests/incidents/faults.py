"""The faults of the runbook's four classes, done to a demo again; and what a shell says."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psutil

from orket_console.demo.content import content
from orket_console.demo.deliveries import onward
from orket_console.demo.loopback import direct_opener
from orket_console.demo.running import DemoInstallation
from orket_console.demo.runs import tell_run
from orket_console.demo.scenarios import SCENARIOS, Outcome
from orket_console.demo.writer import DATABASES, Writer

PENDING = "003_runtime_flows.sql"


def shell(command: str, **environment: str) -> tuple[int, str]:
    """Status and output that a person would see who types it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env=os.environ | {"PATH": path} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def kill_listeners(*ports: int) -> None:
    """Until none is left: what an action started there outlives the console and the demo."""
    end = time.monotonic() + 20
    while (listeners := set(_listeners(ports))) and time.monotonic() < end:
        for pid in listeners:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _listeners(ports: Sequence[int]) -> Iterator[int]:
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr.port in ports and one.pid:
            yield one.pid


def start_api_while_its_port_is_taken(demo: DemoInstallation) -> None:
    """It says so and ends; then what had the port goes away."""
    environment = {"ORKET_HOST": "127.0.0.1", "ORKET_PORT": str(demo.api_port)}
    with socket.create_server(("127.0.0.1", demo.api_port)):
        done = subprocess.run(
            [sys.executable, "server.py"],
            cwd=demo.root,
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 3


def change_secret(demo: DemoInstallation) -> None:
    """In `.env` and in Gitea, while the server keeps the one that it has."""
    env = demo.root / ".env"
    env.write_text(env.read_text().replace("demo-secret-", "demo-secret-again-"))


def deliver(demo: DemoInstallation) -> int:
    """Gitea's next delivery, signed with what `.env` says now; what is answered."""
    lines = (demo.root / ".env").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    delivery = next(onward("webhook-secret/1"))
    body = json.dumps(delivery.payload).encode()
    secret = values["GITEA_WEBHOOK_SECRET"].encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{demo.webhook_port}/webhook/gitea",
        data=body,
        headers={
            "Content-Type": "application/json",
            "X-Gitea-Event": delivery.event,
            "X-Gitea-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest(),
        },
    )
    try:
        with direct_opener().open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def run_again(demo: DemoInstallation, again: int, outcome: Outcome) -> None:
    """A run, as it would be now, of the epic that got nowhere last; `again` is for which time."""
    history = SCENARIOS["stalled-run"].history
    newest = max(i for i, each in enumerate(history) if each is Outcome.NO_PROGRESS)
    index = newest + again * len(content().epics)
    run = tell_run(demo.root, "stalled-run/1", index, outcome, datetime.now(UTC))
    with Writer(demo.root) as writer:
        writer.apply(run.steps)


def forget_migration(demo: DemoInstallation) -> None:
    with closing(sqlite3.connect(demo.root / DATABASES["runtime"])) as connection, connection:
        connection.execute("DELETE FROM _schema_migrations WHERE id = ?", (PENDING,))
