"""`.env`: what is in it, and whether the running servers have the same."""

from __future__ import annotations

from typing import Final

from orket_console.base.secret import Secret
from orket_console.base.state import State
from orket_console.health.look import Look
from orket_console.health.reading import Reading
from orket_console.health.usage import uses_webhooks
from orket_console.target.dotenv import EnvFile
from orket_console.target.processes import Owner, environment

API_KEYS: Final = ("ORKET_API_KEY",)
WEBHOOK_KEYS: Final = ("GITEA_WEBHOOK_SECRET", "GITEA_ADMIN_PASSWORD")
_RESTART: Final = "restart that server, so that it runs with what .env says"


async def probe_env(look: Look) -> Reading:
    """Source: `.env` as Orket parses it, and `/proc/<pid>/environ` of the processes behind
    the two ports; values are compared by hash and never shown."""
    env = await look.env()
    listeners = await look.listeners()
    settings = look.target.settings
    api = listeners.on(settings.whole("api.port"))
    webhook = listeners.on(settings.whole("webhook.port"))
    ours = [one for one in (api, webhook) if one is not None and one.of_root]
    return await look.in_thread("compare .env", lambda: _judge(look, env, ours))


def _judge(look: Look, env: EnvFile, running: list[Owner]) -> Reading:
    environments = {one.pid: environment(one.pid) for one in running}
    lines = [_line(look, env, name) for name in (*API_KEYS, *WEBHOOK_KEYS)]
    lines += [f"line {w.line}, {w.key}: {w.what}" for w in env.warnings]
    lines += [
        f"{one}: its environment {'was compared' if environments[one.pid] else 'is not readable'}"
        for one in running
    ]
    if env.problem:
        return _unreadable(look, env, environments, tuple(lines))
    differing = _differing(env, environments)
    if differing:
        name, pid = differing[0]
        more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        lines += [f"{name} differs from pid {pid}'s" for name, pid in differing]
        seen = f"{name} differs from pid {pid}'s{more}"
        return Reading(State.DEGRADED, "changed", seen, tuple(lines), remedy=_RESTART)
    if newer := _newer_than(look, env, running, environments):
        seen = f"written after pid {newer.pid} started, which read it then"
        return Reading(State.DEGRADED, "changed", seen, tuple(lines), remedy=_RESTART)
    if lacking := _lacking(look, env, environments):
        return Reading(
            State.DEGRADED,
            "incomplete",
            f"no {' and no '.join(lacking)}",
            tuple(lines),
            remedy="add it to .env, export it for the webhook server, and restart",
        )
    if env.warnings:
        return _warned(env, tuple(lines))
    seen = f"{len(env.values)} keys"
    return Reading(State.OK, "ok", seen, tuple(lines))


def _unreadable(
    look: Look,
    env: EnvFile,
    environments: dict[int, dict[str, Secret] | None],
    lines: tuple[str, ...],
) -> Reading:
    if env.problem != "missing":
        return Reading(
            State.DEGRADED,
            "unreadable",
            f".env: {env.problem}",
            lines,
            remedy="give this user read permission on a plain file",
        )
    if not _lacking(look, env, environments):
        seen = "no .env; the keys come from the environment"
        return Reading(State.INFO, "missing", seen, lines)
    return Reading(
        State.DEGRADED,
        "missing",
        "no .env, and no ORKET_API_KEY in the environment",
        lines,
        remedy="copy .env.example to .env and fill it in, unless the servers get their "
        "environment otherwise",
    )


def _warned(env: EnvFile, lines: tuple[str, ...]) -> Reading:
    first = env.warnings[0]
    more = f", {len(env.warnings) - 1} more" if len(env.warnings) > 1 else ""
    return Reading(
        State.DEGRADED,
        "warnings",
        f"line {first.line}, {first.key}: {first.what}{more}",
        lines,
        remedy="edit .env: Orket reads it more plainly than a shell does",
    )


def _line(look: Look, env: EnvFile, name: str) -> str:
    value = env.values.get(name)
    if value:
        return f"{name}: set in line {env.lines[name]} (#{value.digest()})"
    elsewhere = Secret(look.target.environment.get(name, ""))
    if elsewhere:
        return f"{name}: not in .env; set in this console's environment (#{elsewhere.digest()})"
    return f"{name}: {'empty' if value is not None else 'not set'}"


def _differing(
    env: EnvFile, environments: dict[int, dict[str, Secret] | None]
) -> list[tuple[str, int]]:
    """Keys of `.env` that a running server was started with another value of."""
    return [
        (name, pid)
        for pid, running in environments.items()
        if running
        for name, value in env.values.items()
        if name in running and running[name].digest() != value.digest()
    ]


def _newer_than(
    look: Look,
    env: EnvFile,
    running: list[Owner],
    environments: dict[int, dict[str, Secret] | None],
) -> Owner | None:
    """The process that took a key from `.env` when it started, before `.env` was last written.

    On the new version both servers read it; on the old one the webhook server never does.
    """
    new = look.target.identity.generation == "new"
    try:
        written = env.path.stat().st_mtime
    except OSError:
        return None
    for one in running:
        started_with = environments[one.pid]
        took_it = started_with is not None and any(name not in started_with for name in env.values)
        reads_it = new or "server.py" in one.command
        if reads_it and took_it and 0 < one.started < written - 1:
            return one
    return None


def _lacking(
    look: Look, env: EnvFile, environments: dict[int, dict[str, Secret] | None]
) -> list[str]:
    """Needed keys that neither `.env` nor any environment in sight has a value of."""
    needed = API_KEYS + (WEBHOOK_KEYS if uses_webhooks(look.target) else ())
    known = [env.values, *(one for one in environments.values() if one)]
    return [
        name
        for name in needed
        if not look.target.environment.get(name) and not any(one.get(name) for one in known)
    ]
