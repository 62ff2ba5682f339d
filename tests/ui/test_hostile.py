"""Hostile text in every surface of an installation: none of it may reach the terminal raw."""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ui.terminal import Terminal, terminal

from orket_console.demo.generate import generate

PAYLOAD = (
    "HOSTILE\x1b]52;c;SE9TVElMRQ==\x07\x1b]0;HOSTILE\x07\x1b[2J\x9b31m\u202eREVERSED"
    "[/bold][@click=app.quit]x[/][red]y\x00\u2028"
)
ESCAPED = json.dumps({PAYLOAD: PAYLOAD})
"""Harmless as it stands, and hostile once it is decoded to be laid out."""
FORBIDDEN = (
    b"\x1b]52",
    b"\x1b]0;HOSTILE",
    b"\x1b[2JHOSTILE",
    b"HOSTILE\x07",
    "\x9b".encode(),
    "\u202e".encode(),
    "\u2028".encode(),
    b"\x00",
)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    root = tmp_path / "orket"
    generate(
        root,
        "stalled-run",
        seed=1,
        now=datetime.now(UTC),
        api_port=9,
        webhook_port=11,
        python=sys.executable,
    )
    _poison_logs(root)
    _poison_databases(root / ".orket" / "durable" / "db")
    # Raw, and as the last line: so it is the evidence of the verdict too.
    (root / "scripts" / "security_canary.py").write_text(
        f"import sys\nsys.stdout.buffer.write({PAYLOAD.encode()!r})\n"
    )
    _poison_traces(root / "workspace" / "default" / "observability")
    with (root / ".env").open("a") as env:
        env.write(f"{PAYLOAD.replace(chr(0x2028), '')}=1\n")
    (root / "pyproject.toml").write_text(
        f'[project]\nname = "orket"\nversion = {json.dumps("0.3.16" + PAYLOAD)}\n'
    )
    return root


def _poison_logs(root: Path) -> None:
    at = datetime.now(UTC).isoformat()
    record = {
        "timestamp": at,
        "role": PAYLOAD,
        "event": "turn_failed",
        "data": {"error": PAYLOAD, "type": PAYLOAD, "session_id": PAYLOAD, "issue_id": PAYLOAD},
    }
    webhook = {
        "timestamp": at,
        "role": "system",
        "event": "webhook",
        "data": {"message": PAYLOAD, "level": "error"},
    }
    for log in (root / "orket.log", root / "workspace" / "default" / "orket.log"):
        with log.open("ab") as file:
            for line in (record, webhook):
                # Raw, not escaped: as a writer that is careless would.
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                file.write(json.dumps(line).encode() + b"\n")
            file.write(PAYLOAD.encode() + b"\n" + PAYLOAD.encode("latin-1", "ignore") + b"\n")


def _poison_databases(folder: Path) -> None:
    with sqlite3.connect(folder / "orket_persistence.db") as runtime:
        for column in ("run_name", "status", "failure_class", "failure_reason"):
            runtime.execute(f"UPDATE run_ledger SET {column} = ?", (PAYLOAD,))
        runtime.execute("UPDATE issues SET summary = ?, status = ?", (PAYLOAD, PAYLOAD))
    with sqlite3.connect(folder / "webhook.db") as webhook:
        webhook.execute("UPDATE review_failures SET reason = ?, reviewer = ?", (PAYLOAD, PAYLOAD))
        webhook.execute("UPDATE pr_review_cycles SET status = ?", (PAYLOAD,))
        webhook.execute(
            "INSERT INTO webhook_events (event_type, pr_key, payload, result) VALUES (?, ?, ?, ?)",
            (PAYLOAD, PAYLOAD, json.dumps({"x": PAYLOAD}), PAYLOAD),
        )
    for database in (runtime, webhook):
        database.close()


def _poison_traces(traces: Path) -> None:
    for turn in traces.glob("*/*/*"):
        answer = f"```json\n{ESCAPED}\n```\n{PAYLOAD}"
        (turn / "model_response.txt").write_text(answer)
        said = {"role": PAYLOAD, "content": f"{PAYLOAD}\n{ESCAPED}"}
        (turn / "messages.json").write_text(json.dumps([said]))
        name = turn.with_name(f"099_{PAYLOAD.replace('/', '').replace(chr(0), '')}"[:60])
        name.mkdir(exist_ok=True)
        (name / "model_response.txt").write_text(answer)


ESCAPE = "\x1b"
# Each tab, its first rows, what Enter opens, and the views behind its own keys.
WALKS = {
    "health": ["1", "j", "j", "j", "j", "\r", "\x1b", "?", "\x1b"],
    "log": ["2", "G", "k", "k", "\r", "e", "\x1b", "?", "\x1b"],
    "log marked": ["2", "m", "HOSTILE\r", "M", "\r", "d", "\x1b", "w", "o", "\x1b", "t", "\x1b"],
    "log searched": ["2", "/", "HOSTILE\r", "n", "N", "f", "HOSTILE", "\t", "\r", "g", "1\r", "@"],
    "log narrowed": ["2", "c", "x", "\x1b", "=", "j", "j", "\r", "c", "s", "\x1b", "z", "z"],
    "log surveyed": ["2", "c", "r", "j", "\x1b", "p", "j", "\x1b", "a", "j", "\x1b", "h", "\x1b"],
    "webhooks": ["3", "\r", "\x1b", "c", "\r", "\x1b", "x", "\r", "\x1b"],
    "queries": [
        "3",
        "u",
        "/",
        "SELECT * FROM review_failures\r",
        "\r",
        "\x1b",
        "p",
        "u",
        "\x1b",
        "d",
    ],
    "runs": ["4", "\r", "j", "\r", "]", "]", "]", "]", "n", "\x1b", "\x1b"],
    "runs asked": ["4", "\r", "W", "\x1b", "b", "\x1b", "d", "\x1b", "R", "\x1b"],
    "actions": ["5", "j", "p", "\x1b", "h", "\x1b"],
    "palette": ["\x10", "turn", "\r", "h", "\x1b"],
}


def _run_an_action(screen: Terminal) -> None:
    """What an action prints, in its output, its list, its plan, its history and the palette."""
    since = len(screen.seen)
    for keys, shown in (
        (":", b"SESSION:ISSUE:TURN"),
        ("action security-canary\r", b"security_canary.py"),
        ("\r", b"yes, do it"),
        ("y", b"canary unknown"),
    ):
        screen.settle()
        screen.send(keys)
        screen.wait_for(shown, since)
    for key in ("\r", "\x1b", "\x1b", "h", "\x1b", "e", "\x1b"):
        screen.send(key)
        screen.settle()
    since = len(screen.seen)
    for keys, shown in (("\x10", b"go to the tab"), ("again", b": Security canary")):
        screen.send(keys)
        screen.wait_for(shown, since)
        screen.settle()
    screen.send(ESCAPE)
    screen.settle()


def _read_an_answer(screen: Terminal) -> None:
    """JSON in what a model was told and answered, which is decoded to be laid out."""
    for keys, shown in (
        ("4", b"what became"),
        ("\r", b"[Summary]"),
        ("\r", b"turn 1 of"),
        ("]", b"[Prompt"),
        ("]", b"json block"),
    ):
        since = len(screen.seen)
        screen.send(keys)
        screen.wait_for(shown, since)
        screen.settle()
    for _ in range(2):
        screen.send(ESCAPE)
        screen.settle()


def _assert_harmless(screen: Terminal, walk: str) -> None:
    for payload in FORBIDDEN:
        assert payload not in screen.seen, f"{walk}: {payload!r}"


@pytest.mark.first
def test_nothing_hostile_reaches_the_terminal(hostile: Path) -> None:
    with terminal([str(hostile)]) as screen:
        screen.wait_for(b"Health]")
        screen.wait_for(b".env")
        screen.settle()
        _read_an_answer(screen)
        _assert_harmless(screen, "an answer")
        for walk, keys in WALKS.items():
            since = len(screen.seen)
            for key in (*keys, ESCAPE, ESCAPE):
                screen.send(key)
                screen.settle(0.12 if key == ESCAPE else 0.06)
            # Something of it is on screen, or this walk would say nothing.
            screen.wait_for(b"HOSTILE", since)
            _assert_harmless(screen, walk)
        _run_an_action(screen)
        _assert_harmless(screen, "a run")
