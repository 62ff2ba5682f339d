"""Lays the installation's own files down: programs, scripts, settings, empty databases."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from orket_console.base.errors import ConsoleError
from orket_console.demo.scenarios import Scenario
from orket_console.demo.writer import DATABASES

SOURCES = "orket-0.3.16"
MARKER = ".orket-demo"
_RENAMED = {"pytest_shim.py": "pytest.py"}
_NOT_COPIED = {"__pycache__"}
_OWN_ENTRIES = (
    "pyproject.toml", ".env", "orket-console.toml", "server.py", "main.py", "pytest.py", "orket",
    "scripts", "tests", "workspace", ".orket", "orket.log", "benchmarks", ".smoke", "__pycache__",
)  # fmt: skip
_PYPROJECT = """\
[project]
name = "orket"
version = "0.3.16"
description = "A demo installation, made by orket-console"
requires-python = ">=3.11"
"""
_MIGRATIONS = {"runtime": "001_runtime_indexes.sql", "webhook": "002_webhook_indexes.sql"}
_RECORD = "CREATE TABLE _schema_migrations (id TEXT PRIMARY KEY, applied_at TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Site:
    """Where and for whom an installation is laid down. `key` is scenario and seed."""

    root: Path
    scenario: Scenario
    key: str
    now: datetime
    api_port: int
    webhook_port: int
    python: str


def environment(site: Site) -> dict[str, str]:
    """What `.env` says. Every value is made up from the seed."""
    rng = random.Random(f"{site.key}/secrets")
    gitea = f"http://127.0.0.1:{site.webhook_port}/demo-gitea"
    return {
        "ORKET_HOST": "127.0.0.1",
        "ORKET_PORT": str(site.api_port),
        "ORKET_API_KEY": f"demo-key-{rng.getrandbits(96):024x}",
        "ORKET_TIMEZONE": "UTC",
        "GITEA_URL": gitea if site.scenario.gitea_answers else "http://127.0.0.1:9",
        "GITEA_ADMIN_USER": "orket",
        "GITEA_ADMIN_PASSWORD": f"demo-password-{rng.getrandbits(64):016x}",
        "GITEA_WEBHOOK_SECRET": f"demo-secret-{rng.getrandbits(96):024x}",
    }


def webhook_environment(site: Site) -> dict[str, str]:
    """What the webhook server was started with: `.env`, as it was before its rotation."""
    values = environment(site) | {"ORKET_DEMO_WEBHOOK_PORT": str(site.webhook_port)}
    if site.scenario.secret_rotated_minutes is not None:
        old = random.Random(f"{site.key}/secrets/before").getrandbits(96)
        values["GITEA_WEBHOOK_SECRET"] = f"demo-secret-{old:024x}"
    return values


def refuse_foreign(root: Path) -> None:
    """Raise ConsoleError unless `root` is new, empty or a demo of ours. Changes nothing."""
    try:
        entries = [entry.name for entry in root.iterdir()]
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConsoleError(
            f"The folder can't be used: {error.strerror}",
            where=str(root),
            remedy="name a new or an empty folder",
        ) from error
    if entries and not (root / MARKER).is_dir():
        raise ConsoleError(
            f"The folder holds {len(entries)} entries and is no demo of ours",
            where=str(root),
            remedy="name a new or an empty folder",
        )


def claim(root: Path) -> None:
    """Make `root` ready to be written to: made if it is new, cleared of an earlier demo.

    Files in it that no demo made are left alone. Raises as `refuse_foreign` does.
    """
    refuse_foreign(root)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (*_OWN_ENTRIES, f"{MARKER}/active.json", f"{MARKER}/halt"):
        _remove(root / name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def lay_down(site: Site) -> None:
    """Everything that is there before the first run."""
    _copy(resources.files("orket_console.demo").joinpath(SOURCES), site.root)
    for path, text in site.scenario.files:
        _write(site.root / path, text)
    _write(site.root / "pyproject.toml", _PYPROJECT)
    _write(site.root / "orket-console.toml", _console_settings(site))
    _write_env(site)
    for kind, path in DATABASES.items():
        _create_database(site, kind, site.root / path)
    _write(site.root / MARKER / "demo.json", _description(site))


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.name in _NOT_COPIED:
            continue
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            _write(target / _RENAMED.get(entry.name, entry.name), entry.read_text("utf-8"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_env(site: Site) -> None:
    path = site.root / ".env"
    lines = "".join(f"{key}={value}\n" for key, value in environment(site).items())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("# Made up by the demo; no value is used anywhere else.\n" + lines)


def _console_settings(site: Site) -> str:
    return (
        "# Where the demo's servers are, and which interpreter runs its commands.\n"
        f'[api]\nhost = "127.0.0.1"\nport = {site.api_port}\n\n'
        f'[webhook]\nhost = "127.0.0.1"\nport = {site.webhook_port}\n\n'
        f"[target]\npython = {json.dumps(site.python)}\n"
    )


def _description(site: Site) -> str:
    described = {
        "format": 1,
        "scenario": site.scenario.name,
        "generated_at": site.now.isoformat(),
        "api_port": site.api_port,
        "webhook_port": site.webhook_port,
    }
    return json.dumps(described, indent=2) + "\n"


def _create_database(site: Site, kind: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    installed = (site.now - timedelta(days=3)).isoformat()
    name = _MIGRATIONS[kind]
    schema = (site.root / "orket" / f"schema_{kind}.sql").read_text("utf-8")
    migration = (site.root / "scripts" / "migrations" / name).read_text("utf-8")
    foreign = site.scenario.foreign_migrations if kind == "runtime" else ()
    with _committed(path) as connection:
        connection.executescript(schema)
        connection.execute(_RECORD)
        connection.executescript(migration)
        connection.executemany(
            "INSERT INTO _schema_migrations (id, applied_at) VALUES (?, ?)",
            [(applied, installed) for applied in (name, *foreign)],
        )


@contextlib.contextmanager
def _committed(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")  # a demo that a crash tears is made anew
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def set_times(site: Site) -> None:
    """Give what was laid down the age it pretends to have: three days, `.env` its rotation."""
    installed = (site.now - timedelta(days=3)).timestamp()
    kept = {site.root / name for name in ("workspace", ".orket", "orket.log", MARKER)}
    for entry in site.root.iterdir():
        if entry in kept:
            continue
        for path in (entry, *(entry.rglob("*") if entry.is_dir() else ())):
            os.utime(path, (installed, installed))
    minutes = site.scenario.secret_rotated_minutes
    if minutes is not None:
        rotated = (site.now - timedelta(minutes=minutes)).timestamp()
        os.utime(site.root / ".env", (rotated, rotated))
