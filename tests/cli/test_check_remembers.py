"""`check` remembers what it saw, says what came back, and answers the same where it can't."""

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
    """Options of an installation whose servers are down."""
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    port = str(free_port)
    return ("--root", str(bare_root), "--api-port", port, "--webhook-port", port)


def test_what_is_seen_is_counted(console: Console, at: tuple[str, ...]) -> None:
    assert console(*at, "check").status == 1
    document = console(*at, "check", "--json").document
    assert document["data"]["repeats"] == []
    seen = console(*at, "incident", "signatures", "--json").document["data"]["signatures"]
    (down,) = [one for one in seen if one["rule"] == "api-down"]
    # It was there all the time: it came up once.
    assert (down["count"], down["present"]) == (1, True)
    assert down["first"] < down["last"]


def test_a_read_only_console_writes_no_ledger(
    console: Console, at: tuple[str, ...], own_environment: Path
) -> None:
    assert console(*at, "--read-only", "check").status == 1
    assert list(own_environment.glob("state/**/ledger.db")) == []


def test_a_state_folder_that_cannot_be_used_changes_nothing(
    console: Console, at: tuple[str, ...], own_environment: Path
) -> None:
    well = console(*at, "check")
    ledgers = list(own_environment.glob("state/orket-console/*/ledger.db"))
    assert len(ledgers) == 1
    for companion in ("", "-wal", "-shm"):
        ledgers[0].with_name(ledgers[0].name + companion).unlink(missing_ok=True)
    ledgers[0].mkdir()
    ill = console(*at, "check")
    assert ill.status == well.status
    assert ill.err.startswith("what came back is not told, for the ledger can't be asked: ")
    assert "Diagnosis: " in ill.out


def test_explain_ends_by_what_the_rule_found(console: Console, at: tuple[str, ...]) -> None:
    assert console(*at, "check", "--explain", "api-down").status == 1
    assert console(*at, "check", "--explain", "disk-full").status == 0


def test_a_ledger_that_another_holds_is_not_waited_for_and_said(
    console: Console, at: tuple[str, ...], own_environment: Path
) -> None:
    well = console(*at, "check")
    (ledger,) = own_environment.glob("state/orket-console/*/ledger.db")
    with closing(sqlite3.connect(ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ill = console(*at, "check", "--json")
        other.execute("ROLLBACK")
    assert ill.status == well.status
    # The console that holds it would be waited for longer by a command about incidents.
    said = "the ledger can't be asked: ledger: it is locked for more than 0.1 s"
    assert said in ill.err
    assert said in ill.document["data"]["ledger"]
    assert console(*at, "check", "--json").document["data"]["ledger"] == ""
