"""One request to one of the installation's servers, and its answer.

No proxy, no redirect, no retry; at most 4 MiB of body; one deadline over all of it.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from orket_console import __version__
from orket_console.base.decoding import decode_json
from orket_console.base.text import decode, one_line, shorten

if TYPE_CHECKING:
    import httpx

BODY_CAP: Final = 4 << 20
"""The new version's answers about a session hold hundreds of KiB."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `headers` and `content` may hold secrets, so they show in no text form."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. Header names are lower case; `body` is cut at `BODY_CAP`; `ms` to its end."""

    status: int
    headers: dict[str, str]
    body: bytes
    ms: float

    @property
    def document(self) -> object:
        """The decoded JSON body; None for what is none."""
        try:
            return decode_json(self.body)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """The body on one line, safe to show."""
        return one_line(decode(self.body))


class NoAnswerError(Exception):
    """Nothing was answered. `refused` tells that nobody listens there."""

    def __init__(self, what: str, *, refused: bool = False) -> None:
        super().__init__(what)
        self.refused = refused


def ask(request: Request, seconds: float) -> Answer:
    """Send the request and wait for its answer, at most `seconds`. Raises `NoAnswerError`.

    Blocks, and wants no event loop in its thread.
    """
    return asyncio.run(_asked(request, seconds))


async def _asked(request: Request, seconds: float) -> Answer:
    import httpx

    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            answer = await _exchanged(request, seconds)
    except TimeoutError as error:
        raise NoAnswerError(f"no answer within {seconds:g} s") from error
    except httpx.ConnectError as error:
        refused = "refused" in str(error) or "All connection attempts failed" in str(error)
        what = "nothing listens there" if refused else shorten(str(error), 100)
        raise NoAnswerError(what, refused=refused) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        what = f"no HTTP answer: {shorten(str(error) or type(error).__name__, 100)}"
        raise NoAnswerError(what) from error
    ms = round((time.monotonic() - began) * 1000, 1)
    return Answer(answer[0].status_code, _headers(answer[0]), answer[1], ms)


async def _exchanged(request: Request, seconds: float) -> tuple[httpx.Response, bytes]:
    import httpx

    headers = {
        "Accept-Encoding": "identity",
        "User-Agent": f"orket-console/{__version__}",
        "Connection": "close",
        **request.headers,
    }
    body = bytearray()
    # An empty trust store: plain HTTP needs none, and loading the system's takes longer than
    # the answer.
    async with (
        httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=2 * seconds,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        ) as client,
        client.stream(
            request.method, request.url, headers=headers, content=request.content
        ) as response,
    ):
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > BODY_CAP:
                break
    return response, bytes(body[:BODY_CAP])


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): one_line(value) for name, value in response.headers.items()}
