"""Running the command line as an operator does: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest


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


@pytest.fixture
def console(tmp_path: Path) -> Console:
    """Run `orket-console` with these arguments, in a folder that is no installation."""

    def run(*arguments: str, here: Path = tmp_path, **environment: str) -> Run:
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

    return run
