"""Who can reach the servers, and what they would let in without a key."""

from __future__ import annotations

import ipaddress
from typing import Final

from orket_console.base.state import State
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.target.dotenv import is_yes
from orket_console.target.processes import Listener, environment

_TEST_ENDPOINT: Final = "ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT"
_TEST_TOKEN: Final = "ORKET_WEBHOOK_TEST_TOKEN"  # noqa: S105  a variable's name
_SERVERS: Final = (("API", "api.port"), ("webhook", "webhook.port"))


async def probe_exposure(look: Look) -> Reading:
    """Source: the addresses that this installation's servers listen on, the webhook server's
    environment, and whether the API answered without a key."""
    key = await look.reading("api-key")
    found = await look.listeners()
    ours = {
        name: [one for one in found.found if _is_ours(one, look.target.settings.whole(port))]
        for name, port in _SERVERS
    }
    if not any(ours.values()):
        why = found.problem or "no server of this installation listens"
        return Reading(State.INFO, "none", why)
    webhook = next((one.owner.pid for one in ours["webhook"] if one.owner), 0)
    test = await look.in_thread("test endpoint", lambda: _test_endpoint(look, webhook))
    lines = (*(f"{name} listens on {_addresses(at)}" for name, at in ours.items() if at), test)
    said = ", ".join(f"{name} on {_addresses(at)}" for name, at in ours.items() if at)
    if key is not None and key.word == "open" and any(_is_open(one) for one in ours["API"]):
        return Reading(
            State.FAILING,
            "exposed",
            f"/v1 answers without a key on {_addresses(ours['API'])}",
            lines,
            remedy="set ORKET_API_KEY and restart; until then let ORKET_HOST be 127.0.0.1",
        )
    if test.startswith("on"):
        return Reading(
            State.DEGRADED,
            "test endpoint",
            f"/webhook/test is {test}",
            lines,
            remedy=f"take {_TEST_ENDPOINT} away and restart the webhook server",
        )
    return Reading(State.OK, "ok", said, lines)


def _is_ours(one: Listener, port: int) -> bool:
    return one.port == port and one.owner is not None and one.owner.of_root is True


def _is_open(one: Listener) -> bool:
    """Whether others than this host can reach the address."""
    try:
        return not ipaddress.ip_address(one.address).is_loopback
    except ValueError:
        return True


def _addresses(listening: list[Listener]) -> str:
    return ", ".join(
        f"{one.address}{' (open to the network)' if _is_open(one) else ''}" for one in listening
    )


def _test_endpoint(look: Look, pid: int) -> str:
    """`on`, `on, without a token of its own`, or `off`; by the process's own environment where
    it may be read, else by what it would be started with."""
    running = environment(pid) if pid else None

    def value(name: str) -> str:
        if running is not None:
            return running[name].reveal().strip() if name in running else ""
        known = look.target.variable(name)
        return known[0].reveal().strip() if known else ""

    if not is_yes(value(_TEST_ENDPOINT)):
        return "test endpoint off"
    return "on" if value(_TEST_TOKEN) else "on, without a token of its own"
