"""The settings there are, and the value in force of each with where it came from.

Order, later wins: default, Orket's own environment (on the new version its `.env` too),
`orket-console.toml` in the root, the user's `config.toml`, `ORKET_CONSOLE_*`, flags.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import Unreadable, UnreadableError, read_bytes
from orket_console.target.declarations import TABLES, Declarations, declared_in
from orket_console.target.dotenv import EnvFile

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its dotted `key` in TOML, its default, and what it is for.

    `orket` is the variable by which Orket itself sets it, `flag` the option that does; empty
    where there is none. `one_of` are the words that it may be, in any case; any if empty.
    """

    key: str
    default: Scalar
    help: str
    orket: str = ""
    flag: str = ""
    one_of: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return "ORKET_CONSOLE_" + self.key.replace(".", "_").upper()


SETTINGS: Final = (
    Setting("api.host", "127.0.0.1", "address at which the API server is asked"),
    Setting("api.port", 8082, "port of the API server", orket="ORKET_PORT", flag="--api-port"),
    Setting("webhook.host", "127.0.0.1", "address at which the webhook server is asked"),
    Setting(
        "webhook.port", 8080, "port of the webhook server (fixed in Orket)", flag="--webhook-port"
    ),
    Setting("target.python", "", "interpreter that actions run with", flag="--python"),
    Setting("target.durable_root", "", "folder of the databases", orket="ORKET_DURABLE_ROOT"),
    Setting("health.interval", 5.0, "seconds between two rounds of probes"),
    Setting("health.deadline", 3.0, "seconds that one probe may take at most"),
    Setting("escalation.repository", "", "owner/name that escalations are filed in as issues"),
    Setting("escalation.gitea", "", "address of that Gitea; else GITEA_URL"),
    Setting("actions.timeout", 1800.0, "seconds after which a running action is stopped"),
    Setting("backups.keep", 20, "runs whose copies of the databases are kept"),
    Setting("backups.megabytes", 2000.0, "megabytes that those copies may have together"),
    Setting(
        "ui.read_only",
        default=False,
        help="no writing action is offered or run",
        flag="--read-only",
    ),
    Setting("ui.time", "utc", "zone that times are shown in", one_of=("utc", "local")),
    Setting("ui.theme", "auto", "colours: auto, ansi, or a theme of the palette"),
    Setting("state.dir", "", "where the console keeps its own state"),
)
_BY_KEY: Final = {setting.key: setting for setting in SETTINGS}
FILTERS: Final = "log.filters"
"""The table of filters that are kept under a name, in either settings file: `[log.filters]`."""
QUERIES: Final = "queries"
"""The tables of the operator's own queries, in either settings file: `[queries.NAME]`."""
_FILTER_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,39}")
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})
_CAP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Value:
    value: Scalar
    origin: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A table of a settings file, unread: what is wrong with it is told where it is used."""

    content: object
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting's value in force, by key, and the filters kept under a name, by name.

    `queries` are the operator's own questions to the databases, by name, as they stand in a
    file; `declarations` the operator's own commands, file by file.
    """

    values: dict[str, Value]
    filters: dict[str, Value] = field(default_factory=dict)
    queries: dict[str, Declared] = field(default_factory=dict)
    declarations: tuple[Declarations, ...] = ()

    def text(self, key: str) -> str:
        return str(self.values[key].value)

    def whole(self, key: str) -> int:
        value = self.values[key].value
        assert isinstance(value, int)  # noqa: S101  coerced by its default's type on the way in
        return value

    def seconds(self, key: str) -> float:
        return float(self.values[key].value)

    def truth(self, key: str) -> bool:
        return bool(self.values[key].value)

    def origin(self, key: str) -> str:
        return self.values[key].origin


def load_settings(
    root: Path,
    user_file: Path,
    env: EnvFile,
    environment: Mapping[str, str],
    flags: Mapping[str, Scalar],
) -> Settings:
    """Lay the layers over one another. Raises `ConsoleError` (exit 2) for a bad file or value.

    `env` is what Orket's servers load of `.env` before they read their settings.
    """
    values = {setting.key: Value(setting.default, "default") for setting in SETTINGS}
    for setting in SETTINGS:
        if setting.orket and (raw := environment.get(setting.orket, "").strip()):
            values[setting.key] = _value(setting, raw, f"environment {setting.orket}")
        elif setting.orket and (named := env.values.get(setting.orket)):
            values[setting.key] = _value(setting, named.reveal(), f".env {setting.orket}")
    filters: dict[str, Value] = {}
    queries: dict[str, Declared] = {}
    declarations: list[Declarations] = []
    for file, in_root in ((root / "orket-console.toml", True), (user_file, False)):
        content = _read(file)
        parsed = _parsed(content, file)
        declarations += _declarations(parsed, file, content, in_root=in_root)
        queries |= _queries(parsed.pop(QUERIES, {}), file)
        document = _flat(parsed, file)
        filters |= _filters(document.pop(FILTERS, {}), file)
        for key, raw_value in document.items():
            if key not in _BY_KEY:
                raise _bad(f"unknown setting {key}", file, f"known: {', '.join(_BY_KEY)}")
            values[key] = _value(_BY_KEY[key], raw_value, str(file))
    for setting in SETTINGS:
        if raw := environment.get(setting.variable, "").strip():
            values[setting.key] = _value(setting, raw, f"environment {setting.variable}")
    for key, flag in flags.items():
        values[key] = _value(_BY_KEY[key], flag, _BY_KEY[key].flag or "flag")
    return Settings(values, filters, queries, tuple(declarations))


def _filters(table: object, file: Path) -> dict[str, Value]:
    """The named filters of a settings file. What they say is told wrong where it is used."""
    example = "a line of [log.filters] looks like: " + 'mine = "event:turn_failed role:coder"'
    if not isinstance(table, dict):
        raise _bad(f"{FILTERS} is no table", file, example)
    for name, expression in table.items():
        if not _FILTER_NAME.fullmatch(name.lower()):
            raise _bad(f"{name!r} can't name a filter", file, "use letters, digits, - _ and .")
        if not isinstance(expression, str):
            raise _bad(f"the filter {name} is no text", file, example)
    return {name.lower(): Value(text, str(file)) for name, text in table.items()}


def _queries(table: object, file: Path) -> dict[str, Declared]:
    if not isinstance(table, dict):
        raise _bad(f"{QUERIES} is no table", file, "a query stands under [queries.NAME]")
    for name in table:
        if not _FILTER_NAME.fullmatch(name.lower()):
            raise _bad(f"{name!r} can't name a query", file, "use letters, digits, - _ and .")
    return {name.lower(): Declared(content, str(file)) for name, content in table.items()}


def _read(file: Path) -> bytes:
    """A settings file; a missing one says nothing."""
    try:
        return read_bytes(file, _CAP)
    except UnreadableError as error:
        if error.reason is Unreadable.MISSING:
            return b""
        raise _bad(str(error.reason), file, "mend or remove it") from error


def _parsed(content: bytes, file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        # TOML has no table and list of one name, and says it in words that help nobody.
        both = b"[[actions]]" in content and b"[actions]" in content.replace(b"[[actions]]", b"")
        remedy = "give each of [[actions]] its timeout instead of [actions]" if both else ""
        raise _bad(f"not TOML: {error}", file, remedy or "mend or remove it") from error


def _declarations(
    document: dict[str, object], file: Path, content: bytes, *, in_root: bool
) -> list[Declarations]:
    """Take the `[[actions]]` out of a settings file's document."""
    tables = document.get(TABLES)
    if not isinstance(tables, list):
        return []
    del document[TABLES]
    return [declared_in(file, content, tables, in_root=in_root)]


def _flat(document: dict[str, object], file: Path) -> dict[str, object]:
    """A settings file as dotted keys."""
    flat: dict[str, object] = {}
    for section, content in document.items():
        if not isinstance(content, dict):
            raise _bad(f"{section} stands outside a section", file, "settings look like [api] port")
        flat |= {f"{section}.{name}": value for name, value in content.items()}
    return flat


def _value(setting: Setting, raw: object, origin: str) -> Value:
    try:
        value = _coerce(setting.default, raw)
        if setting.one_of:
            value = _one_of(setting.one_of, str(value))
        return Value(value, origin)
    except ValueError as error:
        raise ConsoleError(
            f"{setting.key} = {raw!r} is not {error}",
            where=origin,
            remedy=f"it is the {setting.help}",
            exit_code=ExitCode.USAGE,
        ) from error


def _coerce(default: Scalar, raw: object) -> Scalar:
    """`raw` as a value of the default's type; ValueError names the type that was wanted."""
    if isinstance(default, bool):
        if isinstance(raw, bool):
            return raw
        word = str(raw).lower()
        if word in _TRUE | _FALSE:
            return word in _TRUE
        raise ValueError("true or false")
    if isinstance(default, int):
        if isinstance(raw, int | str) and not isinstance(raw, bool):
            try:
                number = int(raw)
            except ValueError:
                raise ValueError("a whole number") from None
            if 0 < number < 65536:
                return number
        raise ValueError("a whole number from 1 to 65535")
    if isinstance(default, float):
        try:
            seconds = float(raw) if isinstance(raw, int | float | str) else 0.0
        except ValueError:
            raise ValueError("a number") from None
        if 0 < seconds < 1e6:
            return seconds
        raise ValueError("a positive number")
    if isinstance(raw, str):
        return raw
    raise ValueError("text")


def _one_of(words: tuple[str, ...], text: str) -> str:
    if text.lower() not in words:
        raise ValueError(" or ".join(words))
    return text.lower()


def _bad(what: str, file: Path, remedy: str) -> ConsoleError:
    return ConsoleError(what, where=str(file), remedy=remedy, exit_code=ExitCode.USAGE)
