"""Asking an HTTP server one question, whatever it turns out to be.

No proxy, no redirect, at most 64 KiB of body, one deadline over all of it; an address that
has several meanings (`localhost`) is asked at each.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import ipaddress
import re
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from orket_console import __version__
from orket_console.base.clock import Clock
from orket_console.base.text import decode, shorten
from orket_console.health.threads import Threads

if TYPE_CHECKING:
    import httpx

BODY_CAP: Final = 64 << 10
_MOST_ADDRESSES: Final = 4
_ASKING: Final = 0.8
_LISTENING: Final = 0.15
"""Of the time allowed: for the question, and for finding out what else is there."""
_UNCLEAR: Final = ("timeout", "no answer")
_TLS_HINT: Final = re.compile(rb"https|\btls\b|\bssl\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask: a host name or address, a port, and `http` or `https`."""

    host: str
    port: int
    scheme: str = "http"

    def __str__(self) -> str:
        return f"{self.scheme}://{join(self.host, self.port)}"


@dataclass(frozen=True, slots=True)
class Question:
    """A GET of `path`, or a POST of `post` to it."""

    place: Place
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    post: bytes | None = None

    @property
    def method(self) -> str:
        return "GET" if self.post is None else "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `address` is the one that answered; `body` holds at most `BODY_CAP`
    bytes, `cut` tells that there was more. Header names are lower case."""

    address: str
    ms: float
    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """No HTTP answer: `word` as the state is called, `what` happened."""

    address: str
    ms: float
    word: str
    what: str


Heard = Reply | Trouble


async def warm(threads: Threads) -> None:
    """Load what the client loads on first use, which takes longer than any answer: it would
    be told as latency, and hold up the other probes."""
    if "httpx" in sys.modules:
        return
    await threads.run("load the HTTP client", lambda: importlib.import_module("httpx"))
    import httpx

    # The rest is loaded at the first connection: here, one to a socket that is none.
    nowhere = httpx.AsyncHTTPTransport(uds="/dev/null", trust_env=False)
    with contextlib.suppress(httpx.HTTPError):
        async with nowhere:
            await nowhere.handle_async_request(httpx.Request("GET", "http://nowhere/"))


async def resolve(host: str, threads: Threads) -> list[str]:
    """The addresses of a host. Raises `OSError` when it has none."""
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    found = await threads.run(
        f"resolve {host}", lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_MOST_ADDRESSES]


async def ask(
    question: Question, addresses: Sequence[str], *, seconds: float, clock: Clock
) -> list[Heard]:
    """Ask at every address of the place, together; one outcome an address, within `seconds`.
    Never raises but when cancelled."""
    asked = (_ask_one(question, address, seconds, clock) for address in addresses)
    return list(await asyncio.gather(*asked))


async def _ask_one(question: Question, address: str, seconds: float, clock: Clock) -> Heard:
    place = question.place
    shown = join(address, place.port)
    limit = seconds * _ASKING
    start = clock.monotonic()
    so_far = bytearray()
    try:
        async with asyncio.timeout(limit):
            heard = await _answer(question, shown, limit, clock, so_far)
    except TimeoutError:
        got = f"{len(so_far)} bytes of an answer" if so_far else "no answer"
        heard = Trouble(shown, _ms(clock, start), "timeout", f"{got} in {limit:.1f} s")
    if isinstance(heard, Reply) or so_far or heard.word not in _UNCLEAR:
        return heard
    greeting = await greets(address, place.port, seconds * _LISTENING)
    what = f"no HTTP there; it greets with {greeting}"
    return replace(heard, word="wrong service", what=what) if greeting else heard


async def _answer(
    question: Question, shown: str, seconds: float, clock: Clock, so_far: bytearray
) -> Heard:
    import httpx

    place = question.place
    start = clock.monotonic()
    asking = {
        "Host": join(place.host, place.port),
        "Accept-Encoding": "identity",
        "User-Agent": f"orket-console/{__version__}",
        "Connection": "close",
        **question.headers,
    }
    client = httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        # The deadline over all of it is the caller's; this one only never comes first.
        timeout=2 * seconds,
        verify=await _trust(place),
    )
    url = f"{place.scheme}://{shown}{question.path}"
    # The address is asked, the name is what its certificate must be for.
    named = {"sni_hostname": place.host}
    asked = client.stream(
        question.method, url, content=question.post, headers=asking, extensions=named
    )
    try:
        async with client, asked as got:
            cut = await _take(got, so_far)
            reply = Reply(
                address=shown,
                ms=_ms(clock, start),
                status=got.status_code,
                headers={name.lower(): value for name, value in got.headers.items()},
                body=bytes(so_far),
                cut=cut,
            )
    except httpx.ConnectError as error:
        return Trouble(shown, _ms(clock, start), *_not_connected(error))
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        if place.scheme == "https":
            return Trouble(shown, _ms(clock, start), "no answer", shorten(_last_words(error), 70))
        return await _not_http(shown, _ms(clock, start), error, so_far, seconds)
    if reply.status == 400 and _TLS_HINT.search(reply.body):
        return Trouble(shown, reply.ms, "TLS", "it speaks TLS, and was asked in plain HTTP")
    return reply


async def _trust(place: Place) -> ssl.SSLContext:
    """For plain HTTP an empty trust store: loading the system's takes longer than the answer."""
    if place.scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return await asyncio.to_thread(ssl.create_default_context)


async def _take(response: httpx.Response, so_far: bytearray) -> bool:
    """Read the body as it comes, not decompressed; whether it was cut at the cap."""
    async for chunk in response.aiter_raw():
        so_far += chunk
        if len(so_far) > BODY_CAP:
            del so_far[BODY_CAP:]
            return True
    return False


def _not_connected(error: Exception) -> tuple[str, str]:
    numbers = {cause.errno for cause in _causes(error) if isinstance(cause, OSError)}
    if errno.ECONNREFUSED in numbers:
        return "refused", "nothing listens there"
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "certificate", f"its certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "TLS", f"it was asked in TLS: {shorten(cause.reason or str(cause), 50)}"
    return "unreachable", shorten(_last_words(error), 70)


async def _not_http(
    shown: str, ms: float, error: Exception, so_far: bytearray, seconds: float
) -> Trouble:
    if so_far:
        return Trouble(shown, ms, "bad body", f"the answer broke off after {len(so_far)} bytes")
    if await _speaks_tls(shown, seconds * _LISTENING):
        return Trouble(shown, ms, "TLS", "it speaks TLS, and was asked in plain HTTP")
    words = shorten(_last_words(error), 60)
    return Trouble(shown, ms, "no answer", f"closed without an HTTP answer: {words}")


async def _speaks_tls(shown: str, seconds: float) -> bool:
    """Whether a TLS handshake is understood there. With an empty trust store it can't succeed,
    but only TLS can fail it with a certificate or an alert."""
    host, _, port = shown.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context)
    except ssl.SSLCertVerificationError:
        return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    writer.close()
    return True


async def greets(host: str, port: int, seconds: float) -> str:
    """What a server says before it is asked, as SSH, SMTP and databases do; empty for nothing."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return shorten(decode(await reader.read(64)), 40)
            finally:
                writer.close()
    except OSError:
        return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it came from, and what is grouped in it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__


def _last_words(error: BaseException) -> str:
    return next((str(cause) for cause in _causes(error) if str(cause)), type(error).__name__)


def join(host: str, port: int) -> str:
    """`host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _ms(clock: Clock, start: float) -> float:
    return round((clock.monotonic() - start) * 1000, 1)
