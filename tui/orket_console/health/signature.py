"""Whether the webhook server refuses a delivery that nobody signed. Asked for, never periodic."""

from __future__ import annotations

from orket_console.base.state import State
from orket_console.health.answer import excerpt
from orket_console.health.http import Place, Reply
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.servers import webhook_service

_PATH = "/webhook/gitea"


async def probe_signature(look: Look) -> Reading:
    """Source: an unsigned `POST /webhook/gitea`. It leaves one “missing signature” line in the
    server's log, which is this console's and no attack."""
    before = await look.reading("webhook")
    known = look.answered.get(webhook_service(look.target).word)
    if before is None or before.state is not State.OK or known is None:
        return Reading(
            State.INFO, "follows webhook", "not asked: the webhook server is not ok",
            follows="webhook",
        )  # fmt: skip
    host, _, port = known.rpartition(":")
    headers = {"X-Gitea-Event": "ping", "Content-Type": "application/json"}
    place = Place(host.strip("[]"), int(port))
    heard = (await look.ask(place, _PATH, headers, post=b"{}"))[0]
    if not isinstance(heard, Reply):
        return Reading(State.UNKNOWN, heard.word, heard.what, remedy="ask again")
    lines = (f"POST {_PATH} at {heard.address}, unsigned: HTTP {heard.status}: {excerpt(heard)}",)
    if heard.status == 401:
        return Reading(State.OK, "ok", "an unsigned delivery is refused (401)", lines, ms=heard.ms)
    if heard.status < 300:
        return Reading(
            State.FAILING,
            "open",
            f"an unsigned delivery was taken ({heard.status})",
            lines,
            ms=heard.ms,
            remedy="anybody can send it deliveries: stop it, and see which server this is",
        )
    return Reading(
        State.UNKNOWN,
        f"HTTP {heard.status}",
        f"neither taken nor refused for its signature: {excerpt(heard)}",
        lines,
        ms=heard.ms,
    )
