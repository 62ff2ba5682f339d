"""Actions in odd surroundings: masks, no home, another disk for the state, nothing left behind."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.ui.terminal import CONSOLE

pytestmark = pytest.mark.usefixtures("no_action_outlives")
RUN = ["actions", "run", "security-canary", "--yes", "--json"]
LOOKING = """
import os, stat
from pathlib import Path
kept = [p for top in os.environ['LOOKED_AT'].split(':') for p in Path(top).rglob('*')]
print(sorted({oct(stat.S_IMODE(p.stat().st_mode)) for p in kept if p.is_file()}))
print('[security-canary] SUCCESS')
"""


@pytest.fixture
def run(bare_root: Path, own_environment: Path) -> Callable[..., Any]:
    """Run the canary; the record's document, checked to have passed."""
    (bare_root / "scripts").mkdir()
    (bare_root / "scripts" / "security_canary.py").write_text(LOOKING)

    def ran(*, umask: int = 0o022, without: str = "", **environment: str) -> Any:
        kept = {name: value for name, value in os.environ.items() if name != without}
        done = subprocess.run(
            [*CONSOLE, "--root", str(bare_root), "--python", sys.executable, *RUN],
            env={**kept, "LOOKED_AT": str(own_environment / "state"), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            umask=umask,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return {**json.loads(done.stdout)["data"], "printed": done.stderr}

    return ran


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_kept_is_for_this_user_alone_whatever_the_mask(
    run: Callable[..., Any], own_environment: Path, umask: int
) -> None:
    record = run(umask=umask)
    assert record["printed"].startswith("['0o600']\n")
    (folder,) = own_environment.glob("state/orket-console/*")
    kept = [folder, *folder.rglob("*")]
    assert len(kept) >= 8
    for path in kept:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_without_a_home(run: Callable[..., Any]) -> None:
    assert run(without="HOME")["verdict"] == "passed"


def test_a_state_folder_on_another_disk(run: Callable[..., Any], bare_root: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == bare_root.stat().st_dev:
        pytest.skip("no second disk that can be written is known here")
    folder = other / f"orket-console-test-{os.getpid()}"
    try:
        record = run(ORKET_CONSOLE_STATE_DIR=str(folder))
        assert (next(folder.rglob("actions")) / record["id"] / "result.json").is_file()
    finally:
        subprocess.run(["rm", "-r", str(folder)], check=True)


def test_no_process_and_no_file_is_left(run: Callable[..., Any], tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    record = run(TMPDIR=str(temporary))
    assert list(temporary.iterdir()) == []
    psutil.wait_procs([p for p in psutil.process_iter() if p.pid == record["supervisor"]], 30)
    assert not psutil.pid_exists(record["supervisor"])
    assert not psutil.pid_exists(record["pid"])
