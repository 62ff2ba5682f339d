"""Whether Gitea can be reached, against real small servers."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.base.state import State
from orket_console.health.look import Memory
from orket_console.health.probes import PROBES
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round

GITEA = tuple(probe for probe in PROBES if probe.name == "gitea")
Look = Callable[..., Awaitable[Reading]]


@pytest.fixture
def look(
    lived_root: Path, target_of: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> Look:
    monkeypatch.delenv("GITEA_URL")

    async def run(url: str, *more: str, memory: Memory | None = None) -> Reading:
        lines = [*([f"GITEA_URL={url}"] if url else []), *more, "GITEA_WEBHOOK_SECRET=s-canary-2"]
        (lived_root / ".env").write_text("\n".join(lines))
        target = target_of(lived_root, {"health.deadline": 5.0})
        done = await run_round(target, SystemClock(), memory or Memory(), probes=GITEA)  # type: ignore[arg-type]
        return done.readings[0]

    return run


async def test_it_answers_with_its_version(
    look: Look, answering: Callable[..., Awaitable[int]], reply: Callable[..., bytes]
) -> None:
    asked: list[str] = []

    def answer(path: str, _headers: dict[str, str]) -> bytes:
        asked.append(path)
        return reply(200, {"version": "1.22.0"})

    memory, port = Memory(), await answering(answer)
    reading = await look(f"http://127.0.0.1:{port}/git/", memory=memory)
    assert (reading.state, reading.word) == (State.OK, "ok")
    assert reading.seen == f"answers at http://127.0.0.1:{port}"
    assert await look(f"http://127.0.0.1:{port}/git/", memory=memory)
    assert asked == ["/git/api/v1/version"], "it was asked again a moment later"


async def test_what_is_not_gitea(
    look: Look,
    free_port: int,
    answering: Callable[..., Awaitable[int]],
    reply: Callable[..., bytes],
) -> None:
    reading = await look(f"http://localhost:{free_port}")
    assert (reading.state, reading.word) == (State.DEGRADED, "refused")
    assert reading.seen == f"nothing listens there at http://localhost:{free_port}"
    assert "GITEA_URL of .env" in reading.details[0]
    port = await answering(lambda _path, _headers: reply(200, {"status": "ok"}))
    other = await look(f"http://127.0.0.1:{port}")
    assert (other.state, other.word) == (State.DEGRADED, "wrong service")


@pytest.mark.parametrize("url", ["ftp://host", "localhost:3000", "http://[::1", "http://h:99999"])
async def test_an_address_that_is_none(look: Look, url: str) -> None:
    reading = await look(url)
    assert (reading.state, reading.word) == (State.DEGRADED, "bad URL")
    assert url in reading.seen


async def test_the_new_version_refuses_plain_http(
    look: Look, lived_root: Path, free_port: int
) -> None:
    (lived_root / "scripts" / "governance").mkdir(parents=True)
    (lived_root / "pyproject.toml").write_text('[project]\nname = "orket"\nversion = "0.5.9"\n')
    reading = await look(f"http://127.0.0.1:{free_port}")
    assert (reading.state, reading.word) == (State.DEGRADED, "plain http")
    allowed = await look(f"http://127.0.0.1:{free_port}", "ORKET_GITEA_ALLOW_INSECURE=true")
    assert allowed.word == "refused"


async def test_a_certificate_that_is_not_trusted(
    look: Look, serve: Callable[..., Awaitable[int]], certificate: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def silent(*_: object) -> None:
        pass

    port = await serve(silent, tls=context)
    reading = await look(f"https://127.0.0.1:{port}")
    assert (reading.state, reading.word) == (State.DEGRADED, "certificate")
    assert "not trusted" in reading.seen


async def test_nobody_asks_where_there_are_no_webhooks(
    bare_root: Path, target_of: Callable[..., object]
) -> None:
    done = await run_round(target_of(bare_root, {}), SystemClock(), Memory(), probes=GITEA)  # type: ignore[arg-type]
    assert (done.readings[0].state, done.readings[0].word) == (State.UNKNOWN, "not in use")
