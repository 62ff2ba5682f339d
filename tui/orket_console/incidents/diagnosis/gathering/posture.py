"""What the servers run with, against what `.env` says: whether, never which value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from orket_console.base.secret import Secret
from orket_console.health.reading import Reading
from orket_console.health.usage import uses_webhooks
from orket_console.incidents.diagnosis.facts import Posture
from orket_console.target.dotenv import EnvFile, is_yes
from orket_console.target.processes import Listeners, Owner, environment, listeners, owner
from orket_console.target.target import Target

API_KEY: Final = "ORKET_API_KEY"
WEBHOOK_KEYS: Final = ("GITEA_WEBHOOK_SECRET", "GITEA_ADMIN_PASSWORD")
_BYPASS: Final = "ORKET_ALLOW_INSECURE_NO_API_KEY"
_RATE: Final = "ORKET_RATE_LIMIT"
_MATTER: Final = {"api": (API_KEY, _BYPASS), "webhook": (*WEBHOOK_KEYS, "GITEA_URL")}
_REFUSED: Final = "refused"
Environment = dict[str, Secret]


def look_at_posture(target: Target, readings: Sequence[Reading] = ()) -> Posture:
    """Source: `.env`, this environment, and `/proc/<pid>/environ` of this root's servers.

    Of a server that one of `readings` was answered by the process is known; the host's sockets
    tell of others.
    """
    env = target.reread_env()
    running = _running(target, readings)
    started = {name: (one, environment(one.pid)) for name, one in running.items()}
    known = [one for _, one in started.values() if one is not None]

    def value(name: str) -> str:
        """As the servers have it, where that may be seen; else as they would have it."""
        for one in known:
            if name in one:
                return one[name].reveal().strip()
        found = target.variable(name)
        return found[0].reveal().strip() if found else ""

    return Posture(
        api_key=bool(value(API_KEY)),
        webhook_secret=bool(value(WEBHOOK_KEYS[0])),
        webhook_used=uses_webhooks(target),
        bypass=is_yes(value(_BYPASS)),
        stale=tuple(_stale(env, started)),
        rewritten=tuple(_rewritten(target, env, started)),
        rate_limit=_limit(value(_RATE)),
    )


def _running(target: Target, readings: Sequence[Reading]) -> dict[str, Owner]:
    said = {one.probe: one for one in readings}
    sockets: Listeners | None = None
    found: dict[str, Owner] = {}
    for name in _MATTER:
        reading = said.get(name)
        if reading is not None and reading.word == _REFUSED:
            continue
        if reading is not None and reading.pid:
            behind = owner(reading.pid, target.path)
        else:
            # They are many on some hosts, and the round has listed them already.
            sockets = sockets or listeners(target.path)
            behind = sockets.on(target.settings.whole(f"{name}.port"))
        if behind is not None and behind.of_root:
            found[name] = behind
    return found


def _stale(
    env: EnvFile, started: dict[str, tuple[Owner, Environment | None]]
) -> list[tuple[str, str]]:
    return [
        (name, server)
        for server, (_, running) in started.items()
        if running is not None
        for name in _MATTER[server]
        if name in running
        and name in env.values
        and running[name].digest() != env.values[name].digest()
    ]


def _rewritten(
    target: Target, env: EnvFile, started: dict[str, tuple[Owner, Environment | None]]
) -> list[str]:
    """Servers that took what matters to them from `.env` before it was last written."""
    try:
        written = env.path.stat().st_mtime
    except OSError:
        return []
    new = target.identity.generation == "new"
    found = []
    for server, (process, running) in started.items():
        # The old version's webhook server never reads .env.
        reads = new or server == "api"
        took = running is not None and any(
            name in env.values and name not in running for name in _MATTER[server]
        )
        if reads and took and 0 < process.started < written - 1:
            found.append(server)
    return found


def _limit(text: str) -> int:
    """As Orket reads it: 60 for what is no number, 1 at least."""
    try:
        return max(int(text), 1)
    except ValueError:
        return 60
