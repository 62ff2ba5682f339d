"""A bundle laid out as an installation, so that every tab opens on it; removed at the end.

Its databases are made of the rows, its logs are the slices, its probes answer with what they saw
when it was exported. Nothing is asked of this machine, and nothing can be run.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import platformdirs
import psutil

from orket_console.actions.audit_export import Export
from orket_console.base.clock import SystemClock, parse_time
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import make_private, write_whole
from orket_console.base.refs import LogRef
from orket_console.base.secret import Redactor
from orket_console.base.text import shorten
from orket_console.health.recorded import keep_recorded
from orket_console.incidents.bundle.archive import PORTS
from orket_console.incidents.bundle.leading import Move, led
from orket_console.incidents.bundle.proof import Proof, audit_of, prove
from orket_console.incidents.bundle.tables import RUNS, WEBHOOKS, fill, make_database
from orket_console.incidents.bundle.unpack import Unpacked, unpack
from orket_console.incidents.ledger.store import open_store
from orket_console.target.layout import Layout, default_durable
from orket_console.target.state import state_folder

_LEDGER: Final = (
    *("incidents", "signatures", "sightings", "merges", "passes", "steps"),
    *("gates", "notes", "escalations", "turns"),
)
_ROOT: Final = "root"
_HEX: Final = re.compile(r"[0-9a-f]{40}")
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_ODD: Final = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle as an installation at `root`, its state in `state_dir`.

    `at` is when it was exported; `problems` what of it could not be laid out. `ports` are the
    installation's by their settings' names.
    """

    root: Path
    state_dir: Path
    at: datetime
    contents: Unpacked
    proof: Proof
    problems: tuple[str, ...]
    ports: dict[str, int]

    @property
    def whole(self) -> bool:
        """Whether all of it is as its manifest and its audit have it."""
        return not self.contents.faults and not self.proof.faults


class BundleClock:
    """The time of a bundle: it begins when that was exported, and goes on from there."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self.monotonic() - self._began)

    def monotonic(self) -> float:
        return time.monotonic()


@contextlib.contextmanager
def opened_bundle(path: Path) -> Iterator[Opened]:
    """Lay the bundle at `path` out for as long as it is looked at. Raises `ConsoleError`."""
    base = platformdirs.user_state_path("orket-console") / "bundles"
    folder = base / f"{os.getpid()}-{os.urandom(6).hex()}"
    try:
        yield _opened(path, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _opened(path: Path, folder: Path) -> Opened:
    try:
        _clear(make_private(folder.parent))
        folder.mkdir(mode=0o700)
        return _laid_out(unpack(path, folder / "files"), folder)
    except (OSError, sqlite3.Error) as error:
        raise ConsoleError(
            f"the bundle can't be laid out: {getattr(error, 'strerror', None) or error}",
            where=str(folder.parent),
            remedy="make room there, or set XDG_STATE_HOME to another folder of yours",
            exit_code=ExitCode.CANNOT_TELL,
        ) from error


def _clear(base: Path) -> None:
    """Remove what consoles left that were killed."""
    for left in base.iterdir():
        pid = left.name.partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _laid_out(contents: Unpacked, folder: Path) -> Opened:
    about = contents.manifest.get("target")
    target: Mapping[str, Any] = about if isinstance(about, Mapping) else {}
    top = f"INC-{contents.manifest.get('incident')}-{target.get('name', '')}"
    root = folder / (_ODD.sub("_", shorten(top, 60)).strip("._-") or "bundle")
    _move(contents.folder / _ROOT, root)
    layout = Layout(root, default_durable(root))
    for each in (layout.durable / "db", *layout.trace_roots, layout.workspace):
        make_private(each)
    _identify(root, target)
    problems = make_database(layout.runtime_db, RUNS, contents.document("run_rows.json"))
    problems += make_database(layout.webhook_db, WEBHOOKS, contents.document("webhook_rows.json"))
    state_dir = folder / "state"
    audit = audit_of(contents.document("audit.json"))
    problems += _state(contents, state_folder(root, str(state_dir)).path, root, audit)
    at = parse_time(contents.manifest.get("at")) or datetime.now(UTC)
    ports = _ports(target.get("ports"))
    return Opened(root, state_dir, at, contents, prove(audit), tuple(problems), ports)


def _ports(told: object) -> dict[str, int]:
    known = told if isinstance(told, Mapping) else {}
    ports = ((name, known.get(name)) for name in PORTS)
    return {name: port for name, port in ports if isinstance(port, int) and 0 < port < 1 << 16}


def _move(source: Path, place: Path) -> None:
    if source.is_dir():
        source.rename(place)
    else:
        make_private(place)


def _identify(root: Path, target: Mapping[str, Any]) -> None:
    """The version, generation and commit, as `target.identity` reads them of an installation."""
    version, commit = str(target.get("version", "")), str(target.get("commit", ""))
    if _VERSION.fullmatch(version):
        write_whole(
            root / "pyproject.toml", f'[project]\nname = "orket"\nversion = "{version}"\n'.encode()
        )
    if _HEX.fullmatch(commit):
        write_whole(root / ".git" / "HEAD", f"{commit}\n".encode())
    if target.get("generation") == "new":
        make_private(root / "scripts" / "governance")


def _state(contents: Unpacked, state: Path, root: Path, audit: Export | None) -> list[str]:
    """The console's own records: ledger, probes, actions, audit. What could not be had."""
    problems: list[str] = []
    make_private(state)
    for name in ("health.json", "actions"):
        source = contents.folder / "state" / name
        if source.exists():
            source.rename(state / name)
    # The real clock: it is only for the name of a ledger that is moved aside, and there is none.
    store = open_store(state / "ledger.db", Redactor(()), SystemClock())
    move = _in(root, contents)
    rows = led(contents.document("ledger.json"), move)
    try:
        with store.writing() as connection:
            fill(connection, _LEDGER, rows)
    except (sqlite3.Error, ConsoleError, ValueError) as error:
        problems.append(f"the ledger's rows can't be used: {shorten(str(error), 200)}")
    try:
        keep_recorded(state / "recorded.json", led(contents.document("probes.json"), move))
    except ValueError as error:
        keep_recorded(state / "recorded.json", {"at": "", "readings": []})
        problems.append(f"the probes' readings can't be used: {shorten(str(error), 200)}")
    if audit is not None:
        lines = [record.line.encode("utf-8", "replace") + b"\n" for record in audit.records]
        write_whole(state / "audit.jsonl", b"".join(lines))
        seq, own = audit.head
        write_whole(state / "audit.head", f"{seq:020d} {own}\n".encode("utf-8", "replace"))
    return problems


def _in(root: Path, contents: Unpacked) -> Move:
    """Lines of the bundle's logs by where these were laid out; of others nothing is opened."""

    def moved(line: LogRef) -> LogRef | None:
        name = line.path.removeprefix(f"{_ROOT}/")
        is_here = line.path in contents.files and name != line.path
        return msgspec.structs.replace(line, path=str(root / name)) if is_here else None

    return moved
