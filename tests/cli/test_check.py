"""`check`: a table, a document, and an exit status for scripts."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Console = Callable[..., Any]
KEY = "k-canary-7f3a91"


@pytest.fixture
def closed(free_port: int) -> str:
    """A port on which nothing listens."""
    return str(free_port)


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        health = {"status": "ok", "organization": "Orket"}
        body: dict[str, str] = health if self.path == "/health" else {"version": "1", "api": "v1"}
        allowed = self.path == "/health" or self.headers.get("X-API-Key") == KEY
        self.send_response(200 if allowed else 403)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield str(server.server_port)
        server.shutdown()
        thread.join()


@pytest.fixture
def well_root(bare_root: Path) -> Path:
    """What it takes for nothing that matters to be unknown."""
    (bare_root / ".env").write_text(f"ORKET_API_KEY={KEY}\n")
    path = bare_root / ".orket/durable/db/orket_persistence.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE sessions (id, type, name, department, status, start_time, end_time);"
            "CREATE TABLE issues (id, build_id, seat, summary, status, retry_count, created_at);"
            "CREATE TABLE run_ledger (session_id, run_type, run_name, build_id, status,"
            " failure_class, failure_reason, artifact_json, started_at, ended_at);"
        )
    return bare_root


def test_all_that_matters_is_well(console: Console, well_root: Path, api: str, closed: str) -> None:
    ports = ("--api-port", api, "--webhook-port", closed)
    run = console("--root", str(well_root), *ports, "check")
    assert (run.status, run.err) == (0, "")
    lines = run.out.splitlines()
    assert lines[0].split()[:4] == ["●", "API", f":{api}", "ok"]
    assert lines[0].endswith(" ms")
    assert any(line.startswith("? Webhook") and "not in use" in line for line in lines)
    assert KEY not in run.out


def test_a_failing_probe_is_1_and_says_what_to_do(
    console: Console, well_root: Path, closed: str
) -> None:
    ports = ("--api-port", closed, "--webhook-port", closed)
    run = console("--root", str(well_root), *ports, "check")
    assert run.status == 1
    assert "nothing listens there" in run.out
    assert "✖ API refused" in run.out
    assert "Diagnosis: 1 API unavailable" in run.out
    assert "✖ api-down: The API server is not running: its port refuses connections." in run.out
    assert "next       start it in the root: python server.py (action start-api)\n" in run.out


def test_degraded_is_1_and_said(console: Console, well_root: Path, api: str, closed: str) -> None:
    (well_root / "orket.log").write_bytes(b"\xff\x00 no record\n")
    ports = ("--api-port", api, "--webhook-port", closed)
    run = console("--root", str(well_root), *ports, "check")
    assert run.status == 1
    assert "▲ Log root malformed" in run.out


def test_what_can_not_be_told_is_3(
    console: Console, bare_root: Path, api: str, closed: str
) -> None:
    (bare_root / ".env").write_text(f"ORKET_API_KEY={KEY}\n")
    ports = ("--api-port", api, "--webhook-port", closed)
    run = console("--root", str(bare_root), *ports, "check")
    assert run.status == 3
    assert "not made yet" in run.out


def test_what_only_timed_out_is_4(console: Console, well_root: Path, closed: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        ports = ("--api-port", str(silent.getsockname()[1]), "--webhook-port", closed)
        run = console(
            "--root", str(well_root), *ports, "check", ORKET_CONSOLE_HEALTH_DEADLINE="0.5"
        )
    assert run.status == 4
    assert "timeout" in run.out


def test_the_document(console: Console, well_root: Path, closed: str) -> None:
    ports = ("--api-port", closed, "--webhook-port", closed)
    run = console("--root", str(well_root), *ports, "check", "--json")
    assert (run.status, run.err) == (1, "")
    assert run.document["schema"] == "orket-console/check/v1"
    data = run.document["data"]
    assert (data["state"], data["exit"], data["summary"]) == ("failing", 1, "✖ API refused")
    readings = {reading["probe"]: reading for reading in data["readings"]}
    assert list(readings)[:5] == ["api", "api-key", "webhook", "gitea", "env"]
    assert readings["api"]["word"] == "refused"
    assert readings["api-key"]["follows"] == "api"
    assert readings["runtime-db"]["evidence"][0] == {
        "kind": "table",
        "shown": "orket_persistence.db run_ledger",
        "database": "orket_persistence.db",
        "table": "run_ledger",
        "rows": [],
    }
    assert KEY not in run.out


def test_glyphs_keep_their_meaning_where_they_can_not_be_shown(
    console: Console, well_root: Path, closed: str
) -> None:
    ports = ("--api-port", closed, "--webhook-port", closed)
    run = console("--root", str(well_root), *ports, "check", PYTHONIOENCODING="iso8859-5")
    lines = run.out.splitlines()
    assert lines[0].startswith("x API")
    assert lines[1].startswith(". API key")
    assert lines[4].startswith("o .env")


def test_neither_textual_nor_its_like_is_loaded(
    console: Console, well_root: Path, closed: str
) -> None:
    run = console(
        "--root", str(well_root), "--api-port", closed, "check", PYTHONPROFILEIMPORTTIME="1"
    )
    loaded = {line.rpartition("|")[2].strip() for line in run.err.splitlines()}
    assert "orket_console.health.probes" in loaded
    assert not {name for name in loaded if name.partition(".")[0] == "textual"}


def test_what_is_asked_by_name_alone(console: Console, well_root: Path, closed: str) -> None:
    ports = ("--api-port", closed, "--webhook-port", closed)
    run = console("--root", str(well_root), *ports, "check", "--with", "integrity", "--json")
    readings = {reading["probe"]: reading for reading in run.document["data"]["readings"]}
    assert readings["integrity"]["details"][0] == "orket_persistence.db: whole"
    assert "signature" not in readings
    refused = console("--root", str(well_root), "check", "--with", "everything")
    assert refused.status == 2


def test_the_diagnosis_in_the_document(console: Console, well_root: Path, closed: str) -> None:
    ports = ("--api-port", closed, "--webhook-port", closed)
    data = console("--root", str(well_root), *ports, "check", "--json").document["data"]
    (finding,) = data["diagnosis"]["findings"]
    assert finding["rule"] == "api-down"
    assert finding["evidence"][0] == {
        "what": "probe API: refused", "kind": "probe", "shown": "probe api", "name": "api",
    }  # fmt: skip
    assert finding["next"][0] == {
        "text": "start it in the root: python server.py",
        "ref": {"kind": "action", "shown": "action start-api", "name": "start-api"},
    }
    assert finding["signature"].startswith("v1:api-unavailable:api-down:")
    assert finding["wrong_if"]


def test_the_same_diagnosis_twice(console: Console, well_root: Path, closed: str) -> None:
    line = {"timestamp": "2026-11-23T05:00:00+00:00", "event": "webhook",
            "data": {"level": "error", "message": "Missing webhook signature"}}  # fmt: skip
    (well_root / "orket.log").write_text(json.dumps(line) + "\n")
    ports = ("--api-port", closed, "--webhook-port", closed)
    answers = [console("--root", str(well_root), *ports, "check", "--json") for _ in range(2)]
    first, second = (json.dumps(each.document["data"]["diagnosis"]) for each in answers)
    assert first == second
    assert "canary-noise" in first


def test_one_rule_explained(console: Console, well_root: Path, closed: str) -> None:
    ports = ("--api-port", closed, "--webhook-port", closed)
    run = console("--root", str(well_root), *ports, "check", "--explain", "api-down")
    assert run.status == 1
    assert "api-down: The API server is not running" in run.out
    assert "  folds      under api-port-taken" in run.out
    assert "  went in    'refused' as 'refused'" in run.out
    document = console(
        "--root", str(well_root), *ports, "check", "--explain", "api-down", "--json"
    ).document
    assert document["schema"] == "orket-console/check-explain/v1"
    assert document["data"]["found"][0]["went_in"][0] == ["refused", "refused"]
    assert document["data"]["found"][0]["signature"] in run.out


def test_a_rule_that_was_not_found_is_explained_too(console: Console, well_root: Path) -> None:
    run = console("--root", str(well_root), "check", "--explain", "disk-full")
    assert "not found here" in run.out


def test_an_unknown_rule_is_2_and_names_the_known(console: Console, well_root: Path) -> None:
    run = console("--root", str(well_root), "check", "--explain", "nonsense")
    assert run.status == 2
    assert "no rule is named nonsense" in run.err
    assert "api-down, api-exposed, api-failing" in run.err


def test_watching_answers_again_when_something_changed(
    well_root: Path, api: str, closed: str
) -> None:
    main = "from orket_console.cli.main import main; main()"
    ports = ("--api-port", api, "--webhook-port", closed)
    with subprocess.Popen(
        [sys.executable, "-c", main, "--root", str(well_root), *ports, "check", "--watch"],
        stdout=subprocess.PIPE,
        env=os.environ | {"ORKET_CONSOLE_HEALTH_INTERVAL": "1"},
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(line == "Diagnosis: no failure found\n" for line in lines)
        (well_root / "orket.log").write_bytes(b"\xff no record\n")
        assert any(line == "Diagnosis: 1 host trouble\n" for line in lines)
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.wait(30) == 130
