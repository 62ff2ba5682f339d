"""What every test shares: a console of its own, with no installation of the machine's in reach."""

from __future__ import annotations

import compileall
import contextlib
import gc
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.ports import held_port

import orket_console
from orket_console.actions.held import RUNNING, is_held, noted
from orket_console.actions.processes import of_action
from orket_console.target.settings import Scalar
from orket_console.target.target import Target, open_target

TargetOf = Callable[..., Target]

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Has all compiled once: each worker and each console on its own would compile it anew."""
    sys.dont_write_bytecode = False
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(orket_console.__file__).parent, quiet=2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long, or waits for one another, comes first: nobody waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


def pytest_collection_finish() -> None:
    """Leaves what was imported out of every garbage collection to come: it takes most of them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a numbered folder. Pytest looks through all that there are for the next number."""
    base = tmp_path_factory.mktemp("t", numbered=False)
    made: Counter[str] = Counter()

    def make(name: str) -> Path:
        folder = base / f"{name}-{made[name]}"
        made[name] += 1
        folder.mkdir(mode=0o700)
        return folder

    return make


@pytest.fixture
def tmp_path(make_folder: Callable[[str], Path], request: pytest.FixtureRequest) -> Path:
    """A folder of the test's own, named as Pytest's own would be."""
    return make_folder(re.sub(r"\W", "_", request.node.name)[:30])


@pytest.fixture(autouse=True)
def own_environment(make_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """State and configuration in a temporary folder; nothing of Orket in the environment."""
    home = make_folder("home")
    for name in list(os.environ):
        if name.startswith(("ORKET_", "GITEA_")) or name in ("VIRTUAL_ENV", "http_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    return home


@pytest.fixture
def no_action_outlives(own_environment: Path) -> Iterator[None]:
    """Kills what a test's actions left running: they outlive whoever started them."""
    yield
    for folder in own_environment.glob("state/orket-console/*/actions/*"):
        _kill_supervisor(folder / RUNNING)
        for process in of_action(folder.name, 0):
            process.kill()


def _kill_supervisor(lock: Path) -> None:
    """One that is being started is not known yet, but will be."""
    end = time.monotonic() + 30
    while is_held(lock) and time.monotonic() < end:
        for supervisor, _ in filter(None, [noted(lock)]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(supervisor, signal.SIGKILL)
        time.sleep(0.01)


@pytest.fixture
def bare_root(tmp_path: Path) -> Path:
    """The least that is an installation: its folders, and nothing in them."""
    root = tmp_path / "orket"
    (root / ".orket" / "durable" / "db").mkdir(parents=True)
    (root / "workspace" / "default" / "observability").mkdir(parents=True)
    return root


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Has a folder look as one that its owner alone may look into, to whom tests may be running."""
    looked, opened, listed = os.stat, os.open, os.scandir

    def forbid(folder: Path) -> None:
        def refused(path: object) -> None:
            if isinstance(path, str | os.PathLike) and folder in Path(path).parents:
                raise PermissionError(13, "Permission denied", str(path))

        def stat(path: Any, *arguments: Any, **named: Any) -> os.stat_result:
            refused(path)
            return looked(path, *arguments, **named)

        def open_(path: Any, *arguments: Any, **named: Any) -> int:
            refused(path)
            return opened(path, *arguments, **named)

        def scandir(path: Any = ".") -> Any:
            refused(Path(path) / "any")
            return listed(path)

        for name, replacement in (("stat", stat), ("open", open_), ("scandir", scandir)):
            monkeypatch.setattr(os, name, replacement)

    return forbid


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port on which nothing listens, held for the test."""
    with held_port() as port:
        yield port


@pytest.fixture
def target_of() -> TargetOf:
    """Open the target at a root, with settings by their dotted key."""

    def opened(root: Path, flags: dict[str, Scalar] | None = None) -> Target:
        return open_target(
            option=str(root), environment=dict(os.environ), here=root, flags=flags or {}
        )

    return opened
