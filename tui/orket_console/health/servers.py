"""The API and the webhook server: port, `/health`, and the process behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orket_console.base.clock import ago
from orket_console.base.state import State
from orket_console.health.answer import Judged, excerpt, judge
from orket_console.health.http import Place, Reply
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.usage import uses_webhooks
from orket_console.target.processes import Listener, Listeners, Owner
from orket_console.target.servers import API, WEBHOOK, Server
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Service:
    """A server of the installation: where it is asked, and how its own answer is known.

    `is_own` takes the decoded JSON body; `word` stands in its command line; `flag` is the
    option that names another port; `remedies` are by state word; `restart` is the action.
    """

    place: Place
    word: str
    flag: str
    is_own: Callable[[object], bool]
    remedies: Mapping[str, str]
    restart: str


def api_service(target: Target) -> Service:
    return _service(target, API, "server.py", "--api-port", _API_REMEDIES)


def webhook_service(target: Target) -> Service:
    return _service(target, WEBHOOK, "webhook", "--webhook-port", _WEBHOOK_REMEDIES)


def _service(
    target: Target, server: Server, word: str, flag: str, remedies: Mapping[str, str]
) -> Service:
    place = Place(server.host(target), server.port(target))
    generation = target.identity.generation
    return Service(
        place,
        word,
        flag,
        lambda body: server.own_body(body, generation),
        remedies,
        f"restart-{server.name}",
    )


_RESTARTED: Final = ("refused", "timeout", "no answer", "bad body")
"""What a restart may mend; the other states are another's program, or another address."""
_REMEDIES: Final = {
    "timeout": "it hangs or is overloaded: read its log before you restart it",
    "unauthorised": "a proxy stands before it: name the server's own port",
    "unreachable": "check its host and port: orket-console config",
    "TLS": "name the plain port behind the TLS proxy",
}
_API_REMEDIES: Final = {
    **_REMEDIES,
    "refused": "start it: python server.py in the root; why it ended is in its log",
    "wrong service": "another program has the port: stop it, or move one of the two (ORKET_PORT)",
}
_WEBHOOK_REMEDIES: Final = {
    **_REMEDIES,
    "refused": "start it with GITEA_WEBHOOK_SECRET and GITEA_ADMIN_PASSWORD exported: "
    "python -m orket.webhook_server",
    "wrong service": "another program has the port, which is fixed in Orket: stop that program",
}


async def probe_api(look: Look) -> Reading:
    """Source: `GET /health` of the API server, and the process behind its port."""
    return await _probe(look, api_service(look.target))


async def probe_webhook(look: Look) -> Reading:
    """Source: `GET /health` of the webhook server, and the process behind its port."""
    reading = await _probe(look, webhook_service(look.target))
    if reading.word != "refused":
        return reading
    if await look.in_thread("webhook use", lambda: uses_webhooks(look.target)):
        return reading
    return Reading(
        State.UNKNOWN,
        "not in use",
        "nothing listens; no secret, database or log line of it",
        reading.details,
        remedy="nothing to do where Gitea sends no webhooks here",
    )


async def _probe(look: Look, service: Service) -> Reading:
    heard = await look.ask(service.place, "/health")
    # The address that is well counts: `localhost` may mean two, and the server has one.
    judged = sorted((judge(one, service.is_own) for one in heard), key=lambda one: not one.well)
    best = judged[0]
    listeners = await look.listeners()
    owner = None if best.word == "refused" else listeners.on(service.place.port)
    lines = _details(judged, listeners, owner)
    moved = _elsewhere(service, listeners)
    if best.well and owner and owner.of_root is False:
        return _another_root(best, owner, moved, lines, service)
    if best.well:
        look.answered[service.word] = best.heard.address
        seen = f"healthy{_address(best, service)}{_owner(owner, look)}"
        pid = owner.pid if owner else 0
        return Reading(State.OK, "ok", seen, lines, ms=best.heard.ms, pid=pid)
    if best.word == "refused" and moved and moved.owner:
        return _moved(moved, moved.owner, lines, service)
    return Reading(
        State.FAILING,
        best.word,
        f"{best.what}{_address(best, service)}{_owner(owner, look)}",
        lines,
        ms=best.heard.ms if isinstance(best.heard, Reply) else None,
        remedy=service.remedies.get(best.word, "read its log; restart it once the cause is known"),
        action=service.restart if best.word in _RESTARTED else "",
    )


def _another_root(
    best: Judged,
    owner: Owner,
    moved: Listener | None,
    lines: tuple[str, ...],
    service: Service,
) -> Reading:
    port = moved.port if moved else "N"
    return Reading(
        State.DEGRADED,
        "other root",
        f"the server of {owner.folder} answers, pid {owner.pid}",
        lines,
        ms=best.heard.ms,
        remedy=f"name this installation's own port: {service.flag} {port}",
    )


def _moved(listener: Listener, owner: Owner, lines: tuple[str, ...], service: Service) -> Reading:
    return Reading(
        State.FAILING,
        "refused",
        f"nothing listens there, but pid {owner.pid} of this root does on :{listener.port}",
        (*lines, str(owner)),
        remedy=f"look there: {service.flag} {listener.port}",
    )


def _elsewhere(service: Service, listeners: Listeners) -> Listener | None:
    """Another port on which this installation's server listens."""
    others = (one for one in listeners.of_root(service.word) if one.port != service.place.port)
    return next(others, None)


def _details(
    judged: Sequence[Judged], listeners: Listeners, owner: Owner | None
) -> tuple[str, ...]:
    """What was heard at each address, and whose port it is, a line each."""
    lines = []
    for one in judged:
        heard = one.heard
        status = f"HTTP {heard.status}" if isinstance(heard, Reply) else heard.word
        lines.append(f"GET /health at {heard.address}: {status} in {heard.ms:g} ms: {one.what}")
        if isinstance(heard, Reply) and heard.body:
            lines.append(f"body: {excerpt(heard, 200)}")
    if owner:
        lines.append(str(owner))
    elif listeners.problem:
        lines.append(listeners.problem)
    return tuple(lines)


def _address(judged: Judged, service: Service) -> str:
    """The address that answered, where the host's name leaves it open."""
    named = judged.heard.address.startswith(f"{service.place.host}:")
    return "" if named else f" at {judged.heard.address}"


def _owner(owner: Owner | None, look: Look) -> str:
    """`, pid 4127, up 2h03m`, or nothing where the process can't be seen."""
    if owner is None:
        return ""
    up = f", up {ago(look.clock.now().timestamp() - owner.started)}" if owner.started else ""
    return f", pid {owner.pid}{up}"
