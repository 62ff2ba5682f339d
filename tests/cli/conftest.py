"""Running the command line as an operator does: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.cli.forks import Forks


@dataclass(frozen=True)
class Run:
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        return msgspec.json.decode(self.out, type=dict[str, Any])


Console = Callable[..., Run]
_MAIN = "from orket_console.cli.main import main; main()"
_AT_START = ("PYTHON", "LC_", "LANG")
"""Variables that say how an interpreter starts: one that is forked would not look at them."""


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    made.close()


@pytest.fixture
def console(tmp_path: Path, forks: Forks) -> Console:
    """Run `orket-console` with these arguments, in a folder that is no installation."""

    def run(*arguments: str, here: Path = tmp_path, **environment: str) -> Run:
        if any(name.startswith(_AT_START) for name in environment):
            return _started(arguments, here, environment)
        status, out, err = forks.run(arguments, here, os.environ | environment)
        return Run(status, out.decode("utf-8"), err.decode("utf-8"))

    return run


def _started(arguments: tuple[str, ...], here: Path, environment: dict[str, str]) -> Run:
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, *arguments],
        cwd=here,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
