"""`incident`: opened from a finding or by hand, listed, noted, closed; exit status and JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]


@pytest.fixture
def at(bare_root: Path, free_port: int) -> tuple[str, ...]:
    """Options of an installation whose servers are down, and nothing else is wrong."""
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    port = str(free_port)
    return ("--root", str(bare_root), "--api-port", port, "--webhook-port", port)


def test_the_life_of_an_incident(console: Console, at: tuple[str, ...]) -> None:
    opened = console(*at, "incident", "open")
    assert (opened.status, opened.err) == (0, "")
    assert opened.out.startswith("INC-1 opened: The API server is not running")
    again = console(*at, "incident", "open", "--finding", "api-down")
    assert again.status == 2
    assert "INC-1 is open for this failure already" in again.err
    assert console(*at, "incident", "note", "key is canary-7f3a91").status == 0
    by_hand = console(*at, "incident", "open", "slow since noon", "--json").document
    assert (by_hand["data"]["id"], by_hand["data"]["rule"]) == (2, "")
    assert by_hand["data"]["captured"]["diagnosis"]["findings"]
    standing = console(*at, "incident", "status", "--incident", "inc-1", "--json")
    assert standing.status == 1
    data = standing.document["data"]
    assert [note["text"] for note in data["notes"]] == ["key is •••"]
    assert [turn["what"] for turn in data["turns"]] == ["opened"]
    assert console(*at, "incident", "close", "--reason", "it was noon").out == (
        "INC-2 closed: it was noon\n"
    )
    assert [line.split()[:2] for line in console(*at, "incident", "list").out.splitlines()] == [
        ["INC-1", "open"],
        ["INC-2", "closed"],
    ]
    assert console(*at, "incident", "status", "--incident", "2").status == 0


def test_signatures_are_counted_merged_and_split(console: Console, at: tuple[str, ...]) -> None:
    console(*at, "incident", "open")
    (down,) = [
        line.split()[0]
        for line in console(*at, "incident", "signatures").out.splitlines()
        if ":api-down:" in line
    ]
    refused = console(*at, "incident", "merge", down, "v1:none", "--reason", "one cable")
    assert refused.status == 2
    assert console(*at, "incident", "split", down, "--reason", "no").status == 2
    assert console(*at, "incident", "merge", down, down, "--reason", "self").status == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("status",), "no incident is open"),
        (("status", "--incident", "9"), "there is no incident INC-9"),
        (("status", "--incident", "nine"), "is no incident"),
        (("open", "--finding", "disk-full"), "nothing is found by disk-full"),
        (("note", " "), "no incident is open"),
    ],
)
def test_what_is_not_there(
    console: Console, at: tuple[str, ...], words: tuple[str, ...], said: str
) -> None:
    run = console(*at, "incident", *words)
    assert run.status == 2
    assert said in run.err


def test_a_damaged_ledger_is_said_and_kept(
    console: Console, at: tuple[str, ...], own_environment: Path
) -> None:
    console(*at, "incident", "open")
    (ledger,) = own_environment.glob("state/orket-console/*/ledger.db")
    for companion in ("-wal", "-shm"):
        ledger.with_name(ledger.name + companion).unlink(missing_ok=True)
    ledger.write_bytes(b"no database" * 100)
    run = console(*at, "incident", "list")
    assert "the ledger was damaged: it lies at" in run.err
    assert run.status == 0
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("SELECT count(*) FROM incidents").fetchone() == (0,)
