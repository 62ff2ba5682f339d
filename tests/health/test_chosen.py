"""What is asked only by name: the signature check, and the databases' integrity."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.base.state import State
from orket_console.health.look import Memory
from orket_console.health.probes import CHOSEN, PROBES, probe_named, with_needed
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round
from orket_console.target.settings import Scalar

Check = Callable[..., Awaitable[Reading]]


@pytest.fixture
def check(lived_root: Path, target_of: Callable[..., object]) -> Check:
    async def run(name: str, flags: dict[str, Scalar] | None = None) -> Reading:
        target = target_of(lived_root, {"health.deadline": 5.0, **(flags or {})})
        probe = probe_named(name)
        assert probe is not None
        done = await run_round(target, SystemClock(), Memory(), probes=with_needed(probe))  # type: ignore[arg-type]
        return done.readings[-1]

    return run


def test_no_round_asks_them_and_each_says_what_it_costs() -> None:
    assert not set(CHOSEN) & set(PROBES)
    assert all(probe.costs for probe in CHOSEN)
    assert not any(probe.costs for probe in PROBES)
    exposure = probe_named("exposure")
    assert exposure is not None
    assert [probe.name for probe in with_needed(exposure)] == ["api", "api-key", "exposure"]


@pytest.mark.parametrize(
    ("status", "state", "word"),
    [
        (401, State.OK, "ok"),
        (200, State.FAILING, "open"),
        (429, State.UNKNOWN, "HTTP 429"),
        (500, State.UNKNOWN, "HTTP 500"),
    ],
)
async def test_the_signature_check(
    check: Check,
    answering: Callable[..., Awaitable[int]],
    reply: Callable[..., bytes],
    status: int,
    state: State,
    word: str,
) -> None:
    asked: list[tuple[str, str]] = []

    def answer(path: str, headers: dict[str, str]) -> bytes:
        asked.append((path, headers.get("x-gitea-signature", "unsigned")))
        if path == "/health":
            return reply(200, {"status": "healthy"})
        return reply(status, {"detail": "Missing signature"})

    reading = await check("signature", {"webhook.port": await answering(answer)})
    assert (reading.state, reading.word) == (state, word)
    assert asked[-1] == ("/webhook/gitea", "unsigned")


async def test_a_server_that_is_not_there_is_not_asked(check: Check, free_port: int) -> None:
    reading = await check("signature", {"webhook.port": free_port})
    assert (reading.state, reading.word) == (State.INFO, "follows webhook")


def copies_below(state: Path) -> list[Path]:
    """The copies of databases that are being looked at."""
    return [path for path in state.rglob("check.*/*") if not path.name.startswith(".")]


async def test_databases_are_read_whole(
    check: Check, lived_root: Path, own_environment: Path
) -> None:
    reading = await check("integrity")
    assert (reading.state, reading.seen) == (State.OK, "both databases are whole")
    path = lived_root / ".orket/durable/db/webhook.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("CREATE INDEX i ON t (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(2000)])
        connection.commit()
    content = bytearray(path.read_bytes())
    at = content.rindex(b"\x03\x03") if b"\x03\x03" in content else len(content) - 3000
    content[at - 900 : at] = bytes(900)
    path.write_bytes(content)
    broken = await check("integrity")
    assert (broken.state, broken.word) == (State.FAILING, "corrupt")
    assert broken.seen.startswith("webhook.db: ")
    assert broken.details[0] == "orket_persistence.db: whole"
    assert not copies_below(own_environment)


async def test_one_that_takes_long_stops_when_it_is_given_up(
    check: Check, lived_root: Path, own_environment: Path
) -> None:
    path = lived_root / ".orket/durable/db/orket_persistence.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        # What a row is checked by takes a moment; all of them would take minutes.
        connection.execute("CREATE TABLE slow (a CHECK (hex(zeroblob(4000000 + a)) <> ''))")
        connection.executemany("INSERT INTO slow VALUES (?)", [(at,) for at in range(50_000)])
        connection.commit()
    asked = asyncio.ensure_future(check("integrity"))
    async with asyncio.timeout(30):
        while not copies_below(own_environment):
            await asyncio.sleep(0.01)
        asked.cancel()
        while copies_below(own_environment):
            await asyncio.sleep(0.01)


async def test_a_database_that_is_not_there_could_not_be_checked(
    check: Check, lived_root: Path
) -> None:
    (lived_root / ".orket/durable/db/webhook.db").unlink()
    reading = await check("integrity")
    assert (reading.state, reading.word) == (State.UNKNOWN, "not checked")
    assert reading.seen.startswith("webhook.db: missing")
