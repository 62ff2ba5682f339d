"""Where an escalation record goes: a file, or an issue of a Gitea repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import write_whole
from orket_console.base.secret import Redactor, Secret
from orket_console.base.text import clean_json
from orket_console.incidents.escalation.draft import Draft, as_document
from orket_console.incidents.escalation.markdown import as_markdown
from orket_console.target.exchange import NoAnswerError, Request, ask
from orket_console.target.target import Target

_WITHIN: Final = 15.0
TOKEN: Final = "ORKET_CONSOLE_GITEA_TOKEN"  # noqa: S105  a variable's name


@dataclass(frozen=True, slots=True)
class Place:
    """The repository that issues are filed in, and the token that may. Nothing goes there that
    `redactor` knows as a secret."""

    url: str
    repository: str
    token: Secret
    redactor: Redactor = field(repr=False)

    @property
    def address(self) -> str:
        owner, _, name = self.repository.partition("/")
        path = f"/api/v1/repos/{quote(owner, safe='')}/{quote(name, safe='')}/issues"
        return f"{self.url.rstrip('/')}{path}"

    def __str__(self) -> str:
        return f"{self.repository} at {self.url}"


@dataclass(frozen=True, slots=True)
class Filed:
    """`url` of the issue, and Gitea's whole answer."""

    url: str
    answer: Mapping[str, Any]


def place_of(target: Target) -> Place | None:
    """Where the settings say; None where they name no repository.

    Raises `ConsoleError` (exit 2) for one that lacks its address or its token.
    """
    repository = target.settings.text("escalation.repository").strip()
    if not repository:
        return None
    url = target.settings.text("escalation.gitea").strip()
    if not url and (known := target.variable("GITEA_URL")):
        url = known[0].reveal().strip()
    token = target.environment.get(TOKEN, "").strip()
    if urlsplit(url).scheme not in ("http", "https"):
        raise _usage("escalation.gitea names no address", "such as https://gitea.example")
    if repository.count("/") != 1 or not all(repository.split("/")):
        raise _usage(f"escalation.repository is {repository!r}", "name it as owner/name")
    if not token:
        raise _usage(f"there is no token for {repository}", f"export {TOKEN}")
    return Place(url, repository, Secret(token), target.redactor())


def file_in(place: Place, made: Draft) -> Filed:
    """Make the issue. Blocks. Raises `ConsoleError` for an answer that is no issue."""
    issue = place.redactor.redact_json({"title": made.title, "body": as_markdown(made)})
    content = json.dumps(issue).encode()
    headers = {
        "Authorization": f"token {place.token.reveal()}",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    try:
        answer = ask(Request("POST", place.address, headers, content), _WITHIN)
    except NoAnswerError as error:
        raise _failed(place, str(error)) from error
    document = clean_json(answer.document)
    if answer.status != 201 or not isinstance(document, dict):
        raise _failed(place, f"it answered {answer.status}: {answer.text[:200]}")
    return Filed(str(document.get("html_url", "")), document)


def write_file(target: Target, made: Draft, name: str, clock: Clock) -> Path:
    """As Markdown and as JSON beside it, in the exports of the state folder (0600); the path of
    the Markdown. Raises `ConsoleError`."""
    stem = f"{name.lower()}-escalation-{clock.now():%Y%m%dT%H%M%SZ}"
    path = target.state.exports / f"{stem}.md"
    redactor = target.redactor()
    document = redactor.redact_json(as_document(made))
    try:
        write_whole(path, redactor.redact(as_markdown(made)).encode("utf-8", "replace"))
        text = json.dumps(document, ensure_ascii=False, indent=2)
        write_whole(path.with_suffix(".json"), text.encode("utf-8", "replace"))
    except OSError as error:
        raise ConsoleError(
            f"the escalation can't be written: {error.strerror}",
            where=str(path),
            exit_code=ExitCode.CANNOT_TELL,
        ) from error
    return path


def _usage(what: str, remedy: str) -> ConsoleError:
    return ConsoleError(what, remedy=remedy, exit_code=ExitCode.USAGE)


def _failed(place: Place, what: str) -> ConsoleError:
    return ConsoleError(
        f"no issue was made in {place}: {what}",
        remedy="the draft is kept: mend it and file it again, or let it be written to a file",
        exit_code=ExitCode.WRONG,
    )
