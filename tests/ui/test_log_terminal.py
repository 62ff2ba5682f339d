"""The Log tab on a real terminal: nothing that a log holds gets through to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.ui.terminal import terminal

PAYLOADS = {
    b"\x1b]52;c;UFdORUQ=": "\x1b]52;c;UFdORUQ=\x07",
    b"\x1b]0;own": "\x1b]0;own\x07",
    b"\x1b[31;5m": "\x1b[31;5mred",
    b"\xc2\x9b2J": "\x9b2J",
    "\u202e".encode(): "\u202egnp",
}
"""Bytes that the terminal would act on, and the text that would bring them there."""


@pytest.fixture
def root(bare_root: Path) -> str:
    (bare_root / "orket-console.toml").write_text("[api]\nport = 9\n[webhook]\nport = 11\n")
    text = "".join(PAYLOADS.values())
    data = {"error": text, "type": text, "session_id": text, "issue_id": text, text: text}
    record = {
        "timestamp": "2026-11-23T05:17:37+00:00",
        "role": text,
        "event": text,
        "data": {**data, "traceback": text, "turn_index": 1},
    }
    log = bare_root / "workspace" / "default" / "orket.log"
    raw = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    failed = json.dumps({**record, "event": "turn_failed"}).encode() + b"\n"
    log.write_bytes(raw + failed + text.encode() + b"\xff\n" + b'{"event": "at the end"}\n')
    return str(bare_root)


def test_no_payload_reaches_the_terminal(root: str) -> None:
    # Textual believes these before the terminal, and a test runner may have set them.
    with terminal([root], {"COLUMNS": "140", "LINES": "40"}, size=(140, 40)) as screen:
        screen.wait_for(b"Health]")
        screen.settle()
        before = len(screen.seen)
        screen.send("2")
        screen.wait_for(b"at the end", before)
        # Every record with its detail, its difference and places, a bookmark on it, the values to
        # filter on, a filter of them, a toast.
        for keys, answer in (
            ("E", b"traceback"),
            ("k", "▸".encode()),
            ("\r", b"fold"),
            ("\x1b", b"space"),
            ("d", b"no earlier record"),
            ("d", b"traceback"),
            ("T", b"Go to"),
            ("\x1b", b"space"),
            ("m", b"Bookmark on"),
            ("here\r", "◈".encode()),
            ("M", b"delete removes"),
            ("\x1b", b"space"),
            ("=", b"Only records"),
            ("jj\r", b"session="),
            ("c", b"at the end"),
            ("f", b"vent:turn_failed"),  # the cursor stands on its first letter
            ("event:\r", b"wants a value"),
            ("\x1b", b"only this"),
            ("y", b"\x1b]52;c;"),
        ):
            since = len(screen.seen)
            screen.send(keys)
            screen.wait_for(answer, since)
            # What was asked for may stand in what was drawn before the key was read.
            screen.settle()
        seen = bytes(screen.seen[before:])
        screen.send("q")
        screen.ended()
    assert [payload for payload in PAYLOADS if payload in seen] == []
    assert seen.count(b"\x1b]52;c;") == 1, "only `y` writes to the clipboard"
    assert "␛]0;own".encode() in seen
