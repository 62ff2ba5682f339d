"""The .env probe: keys, warnings, and what the running servers were started with."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orket_console.base.state import State
from orket_console.health.reading import Reading

RoundOf = Callable[..., Awaitable[dict[str, Reading]]]
Start = Callable[..., int]


async def test_a_whole_env_is_ok(lived_root: Path, round_of: RoundOf) -> None:
    reading = (await round_of(lived_root))["env"]
    assert (reading.state, reading.word, reading.seen) == (State.OK, "ok", "3 keys")
    assert reading.details[0].startswith("ORKET_API_KEY: set in line 1 (#")


async def test_values_are_never_in_a_reading(
    lived_root: Path, round_of: RoundOf, server_of: Start
) -> None:
    variables = {"ORKET_API_KEY": "k-other-0004", "GITEA_WEBHOOK_SECRET": "s-other-0005"}
    port = await asyncio.to_thread(server_of, lived_root, **variables)
    readings = await round_of(lived_root, {"api.port": port})
    text = repr(readings)
    assert readings["env"].word == "changed"
    assert not [word for word in ("canary", "k-other", "s-other") if word in text]


async def test_a_missing_env(lived_root: Path, round_of: RoundOf) -> None:
    (lived_root / ".env").unlink()
    reading = (await round_of(lived_root))["env"]
    assert (reading.state, reading.word) == (State.DEGRADED, "missing")


async def test_a_missing_env_beside_keys_in_the_environment(
    lived_root: Path, round_of: RoundOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lived_root / ".env").unlink()
    for name in ("ORKET_API_KEY", "GITEA_WEBHOOK_SECRET", "GITEA_ADMIN_PASSWORD"):
        monkeypatch.setenv(name, "e-canary-0006")
    reading = (await round_of(lived_root))["env"]
    assert (reading.state, reading.word) == (State.INFO, "missing")
    assert "e-canary" not in repr(reading)


async def test_a_folder_in_its_place_is_unreadable(lived_root: Path, round_of: RoundOf) -> None:
    (lived_root / ".env").unlink()
    (lived_root / ".env").mkdir()
    reading = (await round_of(lived_root))["env"]
    assert (reading.state, reading.word) == (State.DEGRADED, "unreadable")
    assert "not a regular file" in reading.seen


async def test_a_fifo_in_its_place_hangs_nothing(lived_root: Path, round_of: RoundOf) -> None:
    (lived_root / ".env").unlink()
    os.mkfifo(lived_root / ".env")
    assert (await round_of(lived_root))["env"].word == "unreadable"


async def test_a_key_that_is_nowhere(lived_root: Path, round_of: RoundOf) -> None:
    (lived_root / ".env").write_text("ORKET_API_KEY=abcdef\nGITEA_WEBHOOK_SECRET=\n")
    reading = (await round_of(lived_root))["env"]
    assert (reading.state, reading.word) == (State.DEGRADED, "incomplete")
    assert reading.seen == "no GITEA_WEBHOOK_SECRET and no GITEA_ADMIN_PASSWORD"
    assert "GITEA_WEBHOOK_SECRET: empty" in reading.details


async def test_oddities_are_warned_of(lived_root: Path, round_of: RoundOf) -> None:
    with (lived_root / ".env").open("a") as file:
        file.write('OTHER="quoted"\nPLACEHOLDER=change-me-now\n')
    reading = (await round_of(lived_root))["env"]
    assert (reading.state, reading.word) == (State.DEGRADED, "warnings")
    assert reading.seen == "line 4, OTHER: the quotes are taken as part of the value, 1 more"
    assert "line 5, PLACEHOLDER: still a placeholder" in reading.details


async def test_a_server_started_with_another_value(
    lived_root: Path, round_of: RoundOf, server_of: Start
) -> None:
    port = await asyncio.to_thread(server_of, lived_root, ORKET_API_KEY="k-before-0007")
    reading = (await round_of(lived_root, {"api.port": port}))["env"]
    assert (reading.state, reading.word) == (State.DEGRADED, "changed")
    assert reading.seen.startswith("ORKET_API_KEY differs from pid ")


async def test_a_server_that_took_its_key_from_env_before_it_changed(
    lived_root: Path, round_of: RoundOf, server_of: Start
) -> None:
    port = await asyncio.to_thread(server_of, lived_root)
    assert (await round_of(lived_root, {"api.port": port}))["env"].word == "ok"
    later = (lived_root / ".env").stat().st_mtime + 3600
    os.utime(lived_root / ".env", (later, later))
    reading = (await round_of(lived_root, {"api.port": port}))["env"]
    assert (reading.state, reading.word) == (State.DEGRADED, "changed")
    assert "written after pid " in reading.seen


async def test_a_server_with_the_same_values_is_ok(
    lived_root: Path, round_of: RoundOf, server_of: Start
) -> None:
    same = dict(line.split("=") for line in (lived_root / ".env").read_text().split())
    port = await asyncio.to_thread(server_of, lived_root, **same)
    reading = (await round_of(lived_root, {"api.port": port}))["env"]
    assert (reading.state, reading.word) == (State.OK, "ok")
    assert any("its environment was compared" in line for line in reading.details)
