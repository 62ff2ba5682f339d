"""The API and webhook probes: their own answer, another's, and the process behind the port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orket_console.base.state import State
from orket_console.health.answer import judge
from orket_console.health.http import BODY_CAP, Reply
from orket_console.health.reading import Reading
from orket_console.health.servers import api_service, webhook_service

RoundOf = Callable[..., Awaitable[dict[str, Reading]]]
Answering = Callable[..., Awaitable[int]]

OLD = {"status": "ok", "organization": "Orket"}
NEW = {"status": "ok"}


def reply(body: bytes, status: int = 200, **headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply("127.0.0.1:1", 1.0, status, fields, body, cut=len(body) >= BODY_CAP)


@pytest.mark.parametrize(
    ("answer", "word", "said"),
    [
        (reply(b"<html>Welcome to nginx</html>"), "wrong service", "Welcome to nginx"),
        (reply(b'{"status":"up"}'), "wrong service", "another program"),
        (reply(b'["ok"]'), "wrong service", "another program"),
        (reply(b'{"status":"ok","version":"2","db":1}'), "wrong service", "another program"),
        (reply(b"{", content_type="application/json"), "bad body", "not the JSON"),
        (reply(b"[" * 60_000, content_type="application/json"), "bad body", "not the JSON"),
        (reply(b'"\xff"', content_type="application/json"), "bad body", "not the JSON"),
        (reply(b"x" * BODY_CAP), "bad body", "longer than 64 KiB"),
        (reply(b"\x1f\x8b", content_encoding="gzip"), "bad body", "packed as gzip"),
        (reply(b"", 302, location="http://x/"), "wrong service", "redirects to http://x/"),
        (reply(b"", 401), "unauthorised", "401"),
        (reply(b"", 403), "unauthorised", "403"),
        (reply(b"", 404), "wrong service", "404"),
        (reply(b"boom", 503), "error 503", "boom"),
        (reply(b""), "wrong service", "an empty body"),
        (reply(b'{"status":"ok","organization":"Orket"}'), "ok", "healthy"),
        (reply(b'{"status":"ok"}'), "ok", "healthy"),
    ],
)
def test_what_an_answer_means(
    answer: Reply, word: str, said: str, bare_root: Path, target_of: Callable[..., object]
) -> None:
    service = api_service(target_of(bare_root))  # type: ignore[arg-type]
    judged = judge(answer, service.is_own)
    assert judged.word == word
    assert said in judged.what


def test_the_old_version_names_its_organisation(
    bare_root: Path, target_of: Callable[..., object]
) -> None:
    (bare_root / "scripts").mkdir()
    (bare_root / "scripts" / "run_migrations.py").touch()
    service = api_service(target_of(bare_root))  # type: ignore[arg-type]
    assert service.is_own(OLD)
    assert not service.is_own(NEW)


def test_the_webhook_servers_own_answers(bare_root: Path, target_of: Callable[..., object]) -> None:
    service = webhook_service(target_of(bare_root))  # type: ignore[arg-type]
    assert service.is_own({"status": "healthy"})
    limits = {"rate_limit_scope": "per_process", "webhook_rate_limit_per_minute": 60}
    assert service.is_own({"status": "healthy", **limits})
    assert not service.is_own({"status": "healthy", "uptime": 3})
    assert not service.is_own({"status": "ok"})
    assert not service.is_own("healthy")


async def test_both_servers_answering_are_ok(
    lived_root: Path, answering: Answering, reply: Callable[..., bytes], round_of: RoundOf
) -> None:
    api = await answering(lambda *_: reply(200, OLD))
    webhook = await answering(lambda *_: reply(200, {"status": "healthy"}))
    readings = await round_of(lived_root, {"api.port": api, "webhook.port": webhook})
    for name, port, title in (("api", api, "API"), ("webhook", webhook, "Webhook")):
        reading = readings[name]
        assert (reading.state, reading.word) == (State.OK, "ok")
        assert reading.title == f"{title} :{port}"
        assert reading.ms is not None
        assert f"GET /health at 127.0.0.1:{port}: HTTP 200" in reading.details[0]


async def test_nothing_listens(lived_root: Path, round_of: RoundOf) -> None:
    readings = await round_of(lived_root)
    assert (readings["api"].state, readings["api"].word) == (State.FAILING, "refused")
    assert (readings["webhook"].state, readings["webhook"].word) == (State.FAILING, "refused")
    assert (readings["api"].action, readings["webhook"].action) == (
        "restart-api",
        "restart-webhook",
    )
    assert readings["api"].seen == "nothing listens there"
    key = readings["api-key"]
    assert (key.state, key.word, key.follows) == (State.INFO, "follows API", "api")


async def test_a_webhook_server_that_was_never_set_up_is_unknown(
    bare_root: Path, free_port: int, round_of: RoundOf
) -> None:
    reading = (await round_of(bare_root, {"webhook.port": free_port}))["webhook"]
    assert (reading.state, reading.word) == (State.UNKNOWN, "not in use")


async def test_another_programs_200(
    lived_root: Path, answering: Answering, reply: Callable[..., bytes], round_of: RoundOf
) -> None:
    port = await answering(lambda *_: reply(200, {"status": "UP", "groups": ["\x1b[2J"]}))
    reading = (await round_of(lived_root, {"api.port": port}))["api"]
    assert (reading.state, reading.word) == (State.FAILING, "wrong service")
    assert "UP" in reading.seen
    assert "\x1b" not in "".join((reading.seen, *reading.details))


async def test_the_address_that_answered_is_shown(
    lived_root: Path, answering: Answering, reply: Callable[..., bytes], round_of: RoundOf
) -> None:
    port = await answering(lambda *_: reply(200, OLD))
    flags = {"api.port": port, "api.host": "localhost"}
    reading = (await round_of(lived_root, flags))["api"]
    assert reading.state is State.OK
    assert f"at 127.0.0.1:{port}" in reading.seen


async def test_a_name_without_an_address_is_unreachable(
    lived_root: Path, round_of: RoundOf
) -> None:
    reading = (await round_of(lived_root, {"api.host": "no such host.invalid"}))["api"]
    assert (reading.state, reading.word) == (State.FAILING, "unreachable")
    assert "no such host.invalid" in reading.seen


async def test_the_process_behind_the_port_is_named(
    lived_root: Path, server_of: Callable[[Path], int], round_of: RoundOf
) -> None:
    port = await asyncio.to_thread(server_of, lived_root)
    reading = (await round_of(lived_root, {"api.port": port}))["api"]
    assert reading.state is State.OK
    assert ", pid " in reading.seen
    assert any("server.py, in " in line for line in reading.details)


async def test_a_server_of_this_root_on_another_port_is_pointed_at(
    lived_root: Path, server_of: Callable[[Path], int], round_of: RoundOf
) -> None:
    port = await asyncio.to_thread(server_of, lived_root)
    reading = (await round_of(lived_root))["api"]
    assert reading.word == "refused"
    assert f"of this root does on :{port}" in reading.seen
    assert reading.remedy == f"look there: --api-port {port}"


async def test_another_roots_server_is_not_taken_for_this_ones(
    lived_root: Path, tmp_path: Path, server_of: Callable[[Path], int], round_of: RoundOf
) -> None:
    other = tmp_path / "other"
    (other / ".orket" / "durable").mkdir(parents=True)
    port = await asyncio.to_thread(server_of, other)
    readings = await round_of(lived_root, {"api.port": port})
    reading = readings["api"]
    assert (reading.state, reading.word) == (State.DEGRADED, "other root")
    assert str(other) in reading.seen
    assert readings["api-key"].follows == "api"
