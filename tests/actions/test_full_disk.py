"""A disk that is full, before an action, while it prints and at its end: a real small one."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.actions.watching import LIMIT, Watched

from orket_console.actions.plan import Plan
from orket_console.actions.records import folder_of, load
from orket_console.actions.verdicts import Verdict
from orket_console.actions.verification import verify
from orket_console.base.state import State

pytestmark = pytest.mark.usefixtures("no_action_outlives")
SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
FILL = """
import os
def fill(path):
    with open(path, 'ab', buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True: file.write(bytes(size))
            except OSError:
                pass
"""
ONE_RUN = """
import asyncio, json, os, sys
from pathlib import Path
from orket_console.actions.catalogue import find
from orket_console.actions.plan import plan
from orket_console.actions.records import folder_of, history, load
from orket_console.actions.runner import start
from orket_console.actions.verification import verify
from orket_console.base.errors import ConsoleError
from orket_console.target.target import open_target
root, state = map(Path, sys.argv[1:])
flags = {'target.python': sys.executable, 'state.dir': str(state / 'state')}
target = open_target(option=str(root), environment=dict(os.environ), here=root, flags=flags)
made = plan(target, find('security-canary'), {})
async def ran():
    run = await start(target, made, lambda piece: None)
    return await run.ended()
def told():
    try:
        record = asyncio.run(ran())
    except ConsoleError as error:
        return {'refused': str(error)}
    again = load(target, record.id)
    return {'verdict': record.word, 'notes': record.notes, 'same': again == record}
answer = told()
found = verify(target.state.audit)
answer |= {'audit': found.state.value, 'whole': found.whole, 'runs': len(history(target).records)}
print(json.dumps(answer))
"""


@pytest.fixture
def on_a_small_disk(root: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run the canary with its state folder on a disk of a megabyte, which goes when it has run.

    Skipped where this user can mount nothing, not even in a namespace of its own.
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    alone = [shutil.which("unshare") or "unshare", "-rm", "sh", "-c"]
    mounted = f'mount -t tmpfs -o size=1m none "{disk}" && exec "$@"'

    def ran(body: str, *, first: str = "") -> Any:
        (root / "scripts" / "security_canary.py").write_text(f"DISK = {str(disk)!r}\n{FILL}{body}")
        script = f"DISK = {str(disk)!r}\n{FILL}{first}{ONE_RUN}"
        done = subprocess.run(
            [*alone, mounted, "sh", sys.executable, "-c", script, str(root), str(disk)],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    try:
        subprocess.run([*alone, mounted, "sh", "true"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    return ran


def test_where_there_is_no_room_nothing_starts(
    on_a_small_disk: Callable[..., Any], root: Path
) -> None:
    answer = on_a_small_disk("open('it-ran', 'w')", first="fill(f'{DISK}/filler')\n")
    assert "started" in answer["refused"]
    assert "No space left on device" in answer["refused"]
    assert not (root / "it-ran").exists()


def test_output_that_fills_it_ends_the_keeping_and_neither_action_nor_record(
    on_a_small_disk: Callable[..., Any],
) -> None:
    answer = on_a_small_disk("for _ in range(40_000): print('x' * 99)\n" + SUCCESS)
    (note,) = answer["notes"]
    assert note == "output is not kept any more: No space left on device"
    assert (answer["verdict"], answer["same"]) == ("passed", True)
    assert (answer["audit"], answer["whole"]) == ("ok", 2)


def test_a_disk_that_someone_else_filled_takes_the_end_of_record_and_audit(
    on_a_small_disk: Callable[..., Any],
) -> None:
    answer = on_a_small_disk("fill(f'{DISK}/filler')\n" + SUCCESS)
    assert (answer["verdict"], answer["same"]) == ("passed", True)
    assert answer["notes"] == ["output is not kept any more: No space left on device"]
    assert (answer["audit"], answer["whole"], answer["runs"]) == ("ok", 2, 1)


async def test_files_that_may_not_grow_end_the_keeping_and_not_the_action(
    watched: Watched, canary_running: Callable[[str], Plan]
) -> None:
    made = canary_running("for _ in range(4000): print('x' * 99)\n" + SUCCESS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        record = await watched.ended(made)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert record.verdict is Verdict.PASSED
    assert record.notes == ["output is not kept any more: File too large"]
    assert load(watched.target, record.id) == record
    assert (folder_of(watched.target, record.id) / "stdout").stat().st_size <= 100_000
    assert verify(watched.target.state.audit).state is State.OK


AS_A_USER = """
import os, sys
from pathlib import Path
from orket_console.actions.trail import append
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    append(Path(sys.argv[1]), {})
except OSError as error:
    print(error.strerror)
"""


def test_a_trail_that_may_not_be_written_takes_nothing() -> None:
    """By this user, or where that is root, who may write everything, by nobody."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.jsonl"
        path.touch(mode=0o400)
        if os.geteuid() == 0:
            for each in (folder, path):
                os.chown(each, 65534, 65534)
        done = subprocess.run(
            [sys.executable, "-c", AS_A_USER, str(path)], capture_output=True, text=True, check=True
        )
        assert done.stdout == "Permission denied\n"
        assert path.read_bytes() == b""
