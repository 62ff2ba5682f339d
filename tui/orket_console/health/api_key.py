"""Who may use `/v1` of the API server: the key, and the bypass that needs none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orket_console.base.secret import Secret
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.health.answer import BadBody, read_body
from orket_console.health.http import Heard, Place, Reply
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.servers import api_service
from orket_console.target.dotenv import is_yes
from orket_console.target.processes import environment

SPARING: Final = 600.0
"""Seconds between two requests that make the new version write an `api_auth_rejected` line."""
_BYPASS: Final = "ORKET_ALLOW_INSECURE_NO_API_KEY"


@dataclass(frozen=True, slots=True)
class Bypass:
    """Whether the bypass is set anywhere in sight; `certain` when the server's own environment
    could be read, so that “not set” can be relied on."""

    is_set: bool
    certain: bool


async def probe_api_key(look: Look) -> Reading:
    """Source: `GET /v1/version` with the key, and without it where that is not already
    known to be refused: each refusal is a log line on the new version."""
    before = await look.reading("api")
    if before is None or before.state is not State.OK:
        return Reading(
            State.INFO, "follows API", "", follows="api", details=("not asked: the API is not ok",)
        )
    known = await look.in_thread("API key", lambda: look.target.variable("ORKET_API_KEY"))
    key, origin = known if known is not None else (Secret(""), "")
    bypass = await _find_bypass(look)
    if not key:
        return await _no_key(look, bypass)
    keyed = await _ask_version(look, key)
    lines = [f"GET /v1/version with ORKET_API_KEY of {origin} (#{key.digest()}): {_shown(keyed)}"]
    if isinstance(keyed, Reply) and keyed.status in (401, 403):
        return Reading(
            State.FAILING,
            "unauthorised",
            f"the server refuses the ORKET_API_KEY of {origin}",
            tuple(lines),
            ms=keyed.ms,
            remedy="it runs with another key, or on the old version with none exported: "
            "restart it with .env as its environment",
            action="restart-api",
        )
    version = _version(keyed)
    if version is None or not isinstance(keyed, Reply):
        return Reading(
            State.FAILING,
            "bad body" if isinstance(keyed, Reply) else keyed.word,
            f"/v1/version: {_shown(keyed)}",
            tuple(lines),
            remedy="read the server's log",
        )
    bare = await _ask_without_key(look, bypass)
    lines.append(f"GET /v1/version without a key: {_shown(bare)}")
    if isinstance(bare, Reply) and bare.status == 200:
        return _open(tuple(lines), keyed.ms)
    note = f", {_BYPASS} is set but inert" if bypass.is_set else ""
    refused = ", refused without it" if bare is not None else ""
    shown = f"accepted{refused}; server {version}{note}"
    return Reading(State.OK, "ok", shown, tuple(lines), ms=keyed.ms)


async def _no_key(look: Look, bypass: Bypass) -> Reading:
    bare = await _ask_without_key(look, bypass)
    lines = (f"GET /v1/version without a key: {_shown(bare)}",)
    if isinstance(bare, Reply) and bare.status == 200:
        return _open(lines, bare.ms)
    note = f"; {_BYPASS} is set but inert" if bypass.is_set else ""
    return Reading(
        State.DEGRADED,
        "no key",
        f"no ORKET_API_KEY in .env or environment: /v1 is refused{note}",
        lines,
        remedy="set ORKET_API_KEY in .env and restart the server",
    )


def _open(lines: tuple[str, ...], ms: float) -> Reading:
    return Reading(
        State.DEGRADED,
        "open",
        "/v1 answers without a key: the insecure bypass is in effect",
        lines,
        ms=ms,
        remedy="set ORKET_API_KEY, take ORKET_ALLOW_INSECURE_NO_API_KEY away, restart",
    )


async def _find_bypass(look: Look) -> Bypass:
    """Source: `.env`, this environment, and the environment of the process that answered."""
    owner = (await look.listeners()).on(_confirmed(look).port)

    def find() -> Bypass:
        known = look.target.variable(_BYPASS)
        running = environment(owner.pid) if owner else None
        values = [known[0] if known else None, (running or {}).get(_BYPASS)]
        is_set = any(is_yes(value.reveal()) for value in values if value)
        return Bypass(is_set=is_set, certain=running is not None)

    return await look.in_thread("insecure bypass", find)


async def _ask_without_key(look: Look, bypass: Bypass) -> Heard | None:
    """What is said without a key; None when that is certain without asking.

    On the new version it would leave a line that looks like an attack, so it is asked there
    only where the bypass is set, or can't be seen.
    """
    if look.target.identity.generation == "new" and bypass.certain and not bypass.is_set:
        return None
    return await _ask_version(look, Secret(""))


async def _ask_version(look: Look, key: Secret) -> Heard:
    """`GET /v1/version`; a refusal is remembered, so that asking again does not fill the log."""
    place = _confirmed(look)
    owner = (await look.listeners()).on(place.port)
    name = f"version {place} {owner.pid if owner else ''} {key.digest()}"
    remembered = look.memory.recall(name, look.clock.monotonic(), SPARING)
    if isinstance(remembered, Reply):
        return remembered
    heard = (await look.ask(place, "/v1/version", {"X-API-Key": key.reveal()} if key else None))[0]
    refused = isinstance(heard, Reply) and heard.status in (401, 403)
    if refused and look.target.identity.generation != "old":
        look.memory.keep(name, look.clock.monotonic(), heard)
    return heard


def _confirmed(look: Look) -> Place:
    """The address whose `/health` was Orket's own: the key is sent to no other."""
    host, _, port = look.answered[api_service(look.target).word].rpartition(":")
    return Place(host.strip("[]"), int(port))


def _version(heard: Heard) -> str | None:
    """The version that `/v1/version` names; None for any other answer."""
    if not isinstance(heard, Reply) or heard.status != 200:
        return None
    body = read_body(heard)
    if isinstance(body, BadBody) or not isinstance(body, dict):
        return None
    version = body.get("version")
    return shorten(version, 24) if isinstance(version, str) and "api" in body else None


def _shown(heard: Heard | None) -> str:
    if heard is None:
        return "not asked: the bypass is not set, and the refusal would be logged"
    if isinstance(heard, Reply):
        return f"HTTP {heard.status} in {heard.ms:g} ms"
    return f"{heard.word}: {heard.what}"
