"""What every test shares: a console of its own, with no installation of the machine's in reach."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.ports import held_port

from orket_console.actions.held import RUNNING, is_held, noted
from orket_console.actions.processes import of_action
from orket_console.target.settings import Scalar
from orket_console.target.target import Target, open_target

TargetOf = Callable[..., Target]

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Leaves what was imported out of every garbage collection to come: it takes most of them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_environment(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """State and configuration in a temporary folder; nothing of Orket in the environment."""
    home = tmp_path_factory.mktemp("home")
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
    end = time.monotonic() + 10
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
