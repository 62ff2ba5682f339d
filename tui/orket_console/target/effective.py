"""Everything in force for one target, each with its origin, for `config`."""

from __future__ import annotations

from dataclasses import dataclass

from orket_console.target.layout import default_durable
from orket_console.target.settings import FILTERS
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Item:
    """One effective value, as text, and where it came from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """A key of `.env`: its value is told apart from others by `digest`, and never shown."""

    name: str
    digest: str
    line: int


@dataclass(frozen=True, slots=True)
class Effective:
    items: tuple[Item, ...]
    env_file: str
    env_problem: str
    env: tuple[EnvEntry, ...]
    warnings: tuple[str, ...]


def effective(target: Target) -> Effective:
    env = target.reread_env()
    warnings = [f".env line {w.line}, {w.key}: {w.what}" for w in env.warnings]
    warnings += [
        f".env line {env.lines[name]}, {name}: server.py reads it from its environment "
        "before it loads .env, so this line alone changes nothing"
        for name in ("ORKET_PORT", "ORKET_HOST")
        if name in env.values and target.identity.generation != "new"
    ]
    return Effective(
        items=(*_found(target), *_settings(target)),
        env_file=str(env.path),
        env_problem=env.problem,
        env=tuple(
            EnvEntry(name, value.digest(), env.lines[name]) for name, value in env.values.items()
        ),
        warnings=tuple(warnings),
    )


def _found(target: Target) -> list[Item]:
    identity, interpreter = target.identity, target.interpreter
    return [
        Item("root", str(target.path), target.root.origin),
        Item("version", identity.version or "unknown", "pyproject.toml"),
        Item("generation", identity.generation, "where the scripts lie, or version"),
        Item("commit", identity.commit[:12] or "unknown", ".git"),
        Item("python", str(interpreter.path or "none"), interpreter.origin),
        Item("durable root", str(target.layout.durable), _durable_origin(target)),
        Item("state", str(target.state.path), target.settings.origin("state.dir")),
    ]


def _durable_origin(target: Target) -> str:
    if target.settings.text("target.durable_root"):
        return target.settings.origin("target.durable_root")
    return (
        "default"
        if target.layout.durable == default_durable(target.path)
        else ".env ORKET_DURABLE_ROOT"
    )


def _settings(target: Target) -> list[Item]:
    settings = target.settings
    return [
        *(Item(key, str(value.value), value.origin) for key, value in settings.values.items()),
        *(
            Item(f"{FILTERS}.{name}", str(value.value), value.origin)
            for name, value in settings.filters.items()
        ),
    ]
