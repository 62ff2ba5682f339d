"""Gitea, which the webhook server calls to merge, comment and reject: is it there?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from orket_console.base.secret import Secret
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.health.answer import Judged, judge
from orket_console.health.http import Place, Reply
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.usage import uses_webhooks
from orket_console.target.dotenv import is_yes
from orket_console.target.processes import environment

SPARING: Final = 30.0
"""Seconds for which an answer of Gitea's stands: it is not ours, and keeps a log."""
_DEFAULTS: Final = {"old": "http://localhost:3000", "new": "https://localhost:3000"}
_PORTS: Final = {"http": 80, "https": 443}
_REMEDY: Final = (
    "merges, escalations and rejections wait for it: start it, or set GITEA_URL where the webhook "
    "server is started, and restart that"
)


@dataclass(frozen=True, slots=True)
class Variables:
    """What the webhook server has: its own environment where it runs and may be read, else
    what it would be started with."""

    url: str
    origin: str
    insecure: bool


async def probe_gitea(look: Look) -> Reading:
    """Source: `GET /api/v1/version` at `GITEA_URL`, as the webhook server has it."""
    if not await look.in_thread("webhook use", lambda: uses_webhooks(look.target)):
        return Reading(State.UNKNOWN, "not in use", "no webhook has come or is set up")
    owner = (await look.listeners()).on(look.target.settings.whole("webhook.port"))
    pid = owner.pid if owner and owner.of_root else 0
    known = await look.in_thread("GITEA_URL", lambda: _variables(look, pid))
    where = f"GITEA_URL of {known.origin}"
    parted = _parted(known.url)
    if parted is None:
        seen = f"{where} is no http or https address: {shorten(known.url, 60)}"
        return Reading(State.DEGRADED, "bad URL", seen, remedy="set GITEA_URL and restart it")
    place, path = parted
    if place.scheme == "http" and look.target.identity.generation == "new" and not known.insecure:
        return Reading(
            State.DEGRADED,
            "plain http",
            f"{where} is plain http: the webhook server refuses to start with it",
            remedy="give an https address, or set ORKET_GITEA_ALLOW_INSECURE where you accept it",
        )
    best = await _ask(look, place, path)
    lines = (f"{where}: {shorten(known.url, 80)}", f"GET {path} at {best.heard.address}")
    ms = best.heard.ms if isinstance(best.heard, Reply) else None
    if best.well:
        return Reading(State.OK, "ok", f"answers at {place}", lines, ms=ms)
    return Reading(
        State.DEGRADED, best.word, f"{best.what} at {place}", lines, ms=ms, remedy=_REMEDY
    )


async def _ask(look: Look, place: Place, path: str) -> Judged:
    """The best answer there is; what was heard a moment ago stands."""
    name, now = f"gitea {place} {path}", look.clock.monotonic()
    remembered = look.memory.recall(name, now, SPARING)
    if isinstance(remembered, Judged):
        return remembered
    heard = await look.ask(place, path)
    best = min((judge(one, _is_gitea) for one in heard), key=lambda one: not one.well)
    if best.well:
        look.memory.keep(name, now, best)
    return best


def _is_gitea(body: object) -> bool:
    return isinstance(body, dict) and isinstance(body.get("version"), str)


def _variables(look: Look, pid: int) -> Variables:
    running = environment(pid) if pid else None

    def value(name: str) -> tuple[str, str]:
        if running is not None:
            return running.get(name, Secret("")).reveal(), f"pid {pid}"
        known = look.target.variable(name)
        return (known[0].reveal(), known[1]) if known else ("", "")

    url, origin = value("GITEA_URL")
    insecure = is_yes(value("ORKET_GITEA_ALLOW_INSECURE")[0])
    if url.strip():
        return Variables(url.strip(), origin, insecure)
    default = _DEFAULTS.get(look.target.identity.generation, _DEFAULTS["old"])
    return Variables(default, "Orket's default", insecure)


def _parted(url: str) -> tuple[Place, str] | None:
    """Where to ask and for what path; None for an address that can't be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    place = Place(parts.hostname, port or _PORTS[parts.scheme], parts.scheme)
    return place, f"{parts.path.rstrip('/')}/api/v1/version"
