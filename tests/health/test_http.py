"""Everything that can answer on a port, against real small servers."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.health.http import BODY_CAP, Heard, Place, Question, Reply, Trouble, ask, resolve
from orket_console.health.threads import Threads

Serve = Callable[..., Awaitable[int]]


async def get(port: int, *, seconds: float = 5.0, host: str = "127.0.0.1") -> Heard:
    question = Question(Place(host, port), "/health")
    (heard,) = await ask(question, [host], seconds=seconds, clock=SystemClock())
    return heard


def saying(*parts: bytes) -> Callable[..., Awaitable[None]]:
    """A server that says its parts whatever it is asked, and closes."""

    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return handler


async def test_an_answer_has_status_headers_body_and_the_address(
    answering: Callable[..., Awaitable[int]], reply: Callable[..., bytes]
) -> None:
    asked: list[str] = []

    def answer(path: str, headers: dict[str, str]) -> bytes:
        asked.append(f"{path} {headers['host']} {headers['accept-encoding']}")
        return reply(200, {"status": "ok"})

    port = await answering(answer)
    heard = await get(port)
    assert isinstance(heard, Reply)
    assert (heard.status, heard.body, heard.cut) == (200, b'{"status": "ok"}', False)
    assert heard.address == f"127.0.0.1:{port}"
    assert heard.headers["content-type"] == "application/json"
    assert asked == [f"/health 127.0.0.1:{port} identity"]


async def test_a_closed_port_is_refused(free_port: int) -> None:
    heard = await get(free_port)
    assert isinstance(heard, Trouble)
    assert (heard.word, heard.what) == ("refused", "nothing listens there")


async def test_a_dripping_server_meets_the_deadline(serve: Serve) -> None:
    dripped = 0

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal dripped
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            dripped += 1
            await asyncio.sleep(0.05)

    heard = await get(await serve(drip), seconds=0.5)
    assert isinstance(heard, Trouble)
    assert heard.word == "timeout"
    assert "of an answer in 0.4 s" in heard.what
    assert 0 < dripped < 1000


async def test_dripped_headers_meet_the_deadline(serve: Serve) -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.05)

    heard = await get(await serve(drip), seconds=0.5)
    assert isinstance(heard, Trouble)
    assert heard.word in ("timeout", "wrong service")


async def test_silence_is_a_timeout(serve: Serve) -> None:
    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    heard = await get(await serve(silent), seconds=0.5)
    assert isinstance(heard, Trouble)
    assert (heard.word, heard.what) == ("timeout", "no answer in 0.4 s")


async def test_a_redirect_is_not_followed(
    answering: Callable[..., Awaitable[int]], reply: Callable[..., bytes]
) -> None:
    asked: list[str] = []

    def answer(path: str, _headers: dict[str, str]) -> bytes:
        asked.append(path)
        return reply(302, b"", {"Location": "/elsewhere"})

    heard = await get(await answering(answer))
    assert isinstance(heard, Reply)
    assert heard.status == 302
    assert asked == ["/health"]


async def test_an_endless_body_is_read_to_64_kib(serve: Serve) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    heard = await get(await serve(flood))
    assert isinstance(heard, Reply)
    assert (len(heard.body), heard.cut) == (BODY_CAP, True)
    assert sent < 100 << 20


async def test_a_gzip_bomb_is_not_unpacked(
    answering: Callable[..., Awaitable[int]], reply: Callable[..., bytes]
) -> None:
    bomb = gzip.compress(b"0" * (50 << 20))
    port = await answering(lambda *_: reply(200, bomb, {"Content-Encoding": "gzip"}))
    heard = await get(port)
    assert isinstance(heard, Reply)
    assert heard.body == bomb[:BODY_CAP]
    assert heard.headers["content-encoding"] == "gzip"


async def test_an_ssh_banner_is_another_service(serve: Serve) -> None:
    heard = await get(await serve(saying(b"SSH-2.0-OpenSSH_9.2\r\n")))
    assert isinstance(heard, Trouble)
    assert heard.word == "wrong service"
    assert "SSH-2.0" in heard.what


async def test_escape_sequences_of_a_banner_are_made_visible(serve: Serve) -> None:
    heard = await get(await serve(saying(b"\x1b]52;c;aGk=\x07\r\n")))
    assert isinstance(heard, Trouble)
    assert "\x1b" not in heard.what
    assert "\x07" not in heard.what


async def test_a_close_without_a_word(serve: Serve) -> None:
    async def close(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    heard = await get(await serve(close), seconds=1.0)
    assert isinstance(heard, Trouble)
    assert heard.word == "no answer"


async def test_a_body_that_breaks_off(serve: Serve) -> None:
    parts = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", b'{"status"'
    heard = await get(await serve(saying(*parts)))
    assert isinstance(heard, Trouble)
    assert (heard.word, heard.what) == ("bad body", "the answer broke off after 9 bytes")


async def test_tls_on_the_port(serve: Serve, certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    heard = await get(await serve(saying(b"x"), tls=context))
    assert isinstance(heard, Trouble)
    assert heard.word == "TLS"


async def test_a_tls_server_that_complains_in_plain_http(
    answering: Callable[..., Awaitable[int]], reply: Callable[..., bytes]
) -> None:
    complaint = b"<h1>400</h1>The plain HTTP request was sent to HTTPS port"
    heard = await get(await answering(lambda *_: reply(400, complaint)))
    assert isinstance(heard, Trouble)
    assert heard.word == "TLS"


async def test_a_proxy_of_the_environment_is_not_asked(
    answering: Callable[..., Awaitable[int]],
    reply: Callable[..., bytes],
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = await answering(lambda *_: reply(200, {"status": "ok", "organization": "Orket"}))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
    heard = await get(free_port)
    assert isinstance(heard, Trouble)
    assert heard.word == "refused"


async def test_each_meaning_of_a_name_is_asked(
    answering: Callable[..., Awaitable[int]], reply: Callable[..., bytes]
) -> None:
    port = await answering(lambda *_: reply(200, {"status": "ok"}))
    question = Question(Place("localhost", port), "/health")
    heard = await ask(question, ["::1", "127.0.0.1"], seconds=5, clock=SystemClock())
    assert [one.address for one in heard] == [f"[::1]:{port}", f"127.0.0.1:{port}"]
    assert isinstance(heard[0], Trouble)
    assert isinstance(heard[1], Reply)


async def test_names_and_addresses_are_resolved() -> None:
    threads = Threads()
    assert await resolve("[::1]", threads) == ["::1"]
    assert "127.0.0.1" in await resolve("localhost", threads)
    with pytest.raises(OSError):
        await resolve("no such host.invalid", threads)


async def test_a_banner_that_waits_for_more_is_another_service(serve: Serve) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        await asyncio.Event().wait()

    heard = await get(await serve(handler), seconds=1.0)
    assert isinstance(heard, Trouble)
    assert heard.word == "wrong service"
    assert "220 mail.example ESMTP" in heard.what
