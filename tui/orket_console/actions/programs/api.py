"""Questions to the installation's API server, with its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from orket_console.base.errors import ConsoleError
from orket_console.base.secret import Secret
from orket_console.base.text import shorten
from orket_console.target.exchange import Answer, NoAnswerError, Request, ask
from orket_console.target.servers import API
from orket_console.target.target import Target

_SECONDS: Final = 15.0
_KEY: Final = "ORKET_API_KEY"


@dataclass(frozen=True, slots=True)
class Api:
    """The API server, known by its own `/health`: the key is sent to no other program."""

    url: str
    key: Secret
    origin: str

    def ask(self, method: str, path: str) -> Answer:
        """Raises `ConsoleError` where nothing is answered, or the key is refused."""
        headers = {"X-API-Key": self.key.reveal()} if self.key else {}
        try:
            answer = ask(Request(method, self.url + path, headers), _SECONDS)
        except NoAnswerError as error:
            raise ConsoleError(f"{method} {path}: {error}", where=self.url) from error
        if answer.status in (401, 403):
            whose = f"the {_KEY} of {self.origin}" if self.key else f"no {_KEY}"
            raise ConsoleError(
                f"{method} {path}: {answer.status}, it takes not {whose}: "
                f"{shorten(answer.text, 100)}",
                remedy="it runs with another key: restart it with .env as its environment",
            )
        return answer


def open_api(target: Target) -> Api:
    """The API server of this installation. Raises `ConsoleError` where another answers, or none."""
    url = API.url(target)
    try:
        answer = ask(Request("GET", f"{url}/health"), _SECONDS)
    except NoAnswerError as error:
        raise ConsoleError(f"the API server can't be asked: {error}", where=url) from error
    if not API.own_body(answer.document, target.identity.generation):
        raise ConsoleError(
            f"it is not Orket's API server that answers: {answer.status} "
            f"{shorten(answer.text, 100)}",
            where=url,
            remedy="no key was sent to it",
        )
    key, origin = target.variable(_KEY) or (Secret(""), "")
    return Api(url, key, origin)


def path_of(*parts: str) -> str:
    """A path of `/v1` with these parts, each quoted whole."""
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])
