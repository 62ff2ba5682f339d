"""One installation as everything else sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from orket_console.base.files import typed_path
from orket_console.base.secret import Redactor, Secret
from orket_console.base.sqlite import Database
from orket_console.base.text import one_line
from orket_console.target.discovery import Root, find_root
from orket_console.target.dotenv import EnvFile, read_env
from orket_console.target.identity import Identity, identify
from orket_console.target.interpreter import Interpreter, find_interpreter
from orket_console.target.layout import Layout, default_durable
from orket_console.target.settings import Scalar, Settings, load_settings
from orket_console.target.state import StateFolder, state_folder, user_config_file

_ORKETS_DURABLE_ROOT = ("default", "environment ORKET_DURABLE_ROOT", ".env ORKET_DURABLE_ROOT")

SECRET_KEYS = ("KEY", "SECRET", "PASSWORD", "TOKEN", "PASS")
"""A variable whose name has one of these holds a secret."""
_USER = re.compile(r"://([^/?#\s]*)@")
_TOKEN = 16
"""Characters of a user from which on it is taken for a token."""


@dataclass(frozen=True, slots=True)
class Target:
    """An installation and how it is looked at. Read once at start; `reread_env` for now.

    `environment` is the console's own, kept because Orket's variables in it count. `is_bundle`
    tells that it is none, but what a bundle holds of one, and `distrust` why that is not what
    was exported: a word, and what is wrong.
    """

    root: Root
    settings: Settings
    layout: Layout
    identity: Identity
    interpreter: Interpreter
    state: StateFolder
    environment: Mapping[str, str]
    is_bundle: bool = False
    distrust: str = ""

    @property
    def path(self) -> Path:
        return self.root.path

    @property
    def name(self) -> str:
        """What an operator calls it, and types to confirm: the name of its folder."""
        return one_line(self.path.name).strip() or str(self.path)

    @property
    def runtime_db(self) -> Database:
        return Database(self.layout.runtime_db, self.state.copies)

    @property
    def webhook_db(self) -> Database:
        return Database(self.layout.webhook_db, self.state.copies)

    @property
    def read_only(self) -> bool:
        return self.settings.truth("ui.read_only")

    @property
    def read_only_why(self) -> str:
        """Why nothing is written or run; empty where it may be."""
        if not self.read_only:
            return ""
        if self.distrust:
            return f"this bundle is not what was exported: {self.distrust}"
        if self.is_bundle:
            return "this is a bundle: what is in it is only looked at"
        return f"the console is read-only ({self.settings.origin('ui.read_only')})"

    @property
    def api_url(self) -> str:
        return f"http://{self.settings.text('api.host')}:{self.settings.whole('api.port')}"

    @property
    def webhook_url(self) -> str:
        return f"http://{self.settings.text('webhook.host')}:{self.settings.whole('webhook.port')}"

    def reread_env(self) -> EnvFile:
        """`.env` as it is now: an operator mends it while the console is open."""
        return read_env(self.layout.env_file, self.identity.generation)

    def variable(self, name: str) -> tuple[Secret, str] | None:
        """What a process started now would have for `name`, and from where.

        The environment wins over `.env`, as it does for Orket.
        """
        if name in self.environment:
            return Secret(self.environment[name]), "environment"
        value = self.reread_env().values.get(name)
        return (value, ".env") if value is not None else None

    def secrets(self) -> Iterator[tuple[str, Secret]]:
        """Every secret of `.env`, the environment and the settings, with its variable's name: the
        value of one that is named so, and what is secret in a value that is a URL."""
        own = ((name, value.reveal()) for name, value in self.reread_env().values.items())
        gitea = ("escalation.gitea", self.settings.text("escalation.gitea"))
        for name, text in (*own, *self.environment.items(), gitea):
            if is_secret_name(name):
                yield name, Secret(text)
            elif "://" in text:
                yield from ((name, each) for each in url_secrets(text))

    def redactor(self) -> Redactor:
        """Knows every secret of `.env` and of the environment."""
        return Redactor(value for _, value in self.secrets())


def is_secret_name(name: str) -> bool:
    upper = name.upper()
    return any(part in upper for part in SECRET_KEYS)


def url_secrets(url: str) -> Iterator[Secret]:
    """The password in a URL, as it stands there and as it is meant; and what is a token, by its
    length, instead of a user."""
    found = _USER.search(url)
    if found is not None:
        user, _, password = found[1].partition(":")
        for secret in (password, user if len(user) >= _TOKEN else ""):
            yield from map(Secret, dict.fromkeys((secret, unquote(secret))))


def open_target(
    *,
    argument: str | None = None,
    option: str | None = None,
    environment: Mapping[str, str],
    here: Path,
    flags: Mapping[str, Scalar],
    anywhere: bool = False,
) -> Target:
    """Find the installation and its settings. Raises `ConsoleError`.

    `argument` and `option` are ROOT and --root as given; `flags` are settings by key. With
    `anywhere` the current folder will do where there is no installation.
    """
    root = find_root(argument, option, environment, here, anywhere=anywhere)
    identity = identify(root.path)
    env = read_env(root.path / ".env", identity.generation)
    # The new version's server loads .env before it reads its port; the old one's after.
    loaded = env if identity.generation == "new" else EnvFile(env.path)
    settings = load_settings(root.path, user_config_file(), loaded, environment, flags)
    return Target(
        root=root,
        settings=settings,
        layout=_layout(root.path, settings, identity, env),
        identity=identity,
        interpreter=find_interpreter(root.path, settings, environment),
        state=state_folder(root.path, settings.text("state.dir")),
        environment=dict(environment),
    )


def _layout(root: Path, settings: Settings, identity: Identity, env: EnvFile) -> Layout:
    durable = _durable(root, settings, env)
    # The new version's webhook server does not ask ORKET_DURABLE_ROOT for its database.
    by_orket = settings.origin("target.durable_root") in _ORKETS_DURABLE_ROOT
    in_root = identity.generation == "new" and by_orket
    return Layout(root, durable, webhook_durable=default_durable(root) if in_root else durable)


def _durable(root: Path, settings: Settings, env: EnvFile) -> Path:
    """As Orket: `ORKET_DURABLE_ROOT` (environment, else `.env`), relative to the root."""
    if configured := settings.text("target.durable_root"):
        return root / typed_path(configured)
    named = env.values.get("ORKET_DURABLE_ROOT")
    # Orket expands no `~` here.
    return root / named.reveal() if named else default_durable(root)
