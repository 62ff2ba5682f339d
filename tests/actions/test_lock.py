"""The writing lock: one an installation, across state folders and accounts, its holder named."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orket_console.actions import lock, notes
from orket_console.actions.lock import hold_writing, obstacle
from orket_console.actions.plan import Plan
from orket_console.actions.runner import start
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target, open_target

TargetOf = Callable[..., Target]
NOBODY = 65534
WAITS = """
import pathlib, time
print('begun', flush=True)
while not pathlib.Path('go').exists(): time.sleep(0.01)
print('[security-canary] SUCCESS')
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Notes of these tests' own, where the test is not about another account."""
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setattr(notes, "_PLACE", folder)
    monkeypatch.setattr(lock, "_LETTING_GO", 0.05)
    return folder


@pytest.fixture
def elsewhere(root: Path, tmp_path: Path, target_of: TargetOf) -> Target:
    """The same installation, looked at with another state folder."""
    flags = {"target.python": sys.executable, "state.dir": str(tmp_path / "other-state")}
    return target_of(root, flags)


def test_another_state_folder_meets_the_same_lock_and_names_its_holder(
    target: Target, elsewhere: Target
) -> None:
    assert target.state.path != elsewhere.state.path
    with hold_writing(target, "Security canary"):
        assert "Security canary runs since" in obstacle(elsewhere)
        with pytest.raises(ConsoleError, match=r"Security canary runs since .*, and only one"):
            hold_writing(elsewhere, "CLI smoke")
    assert obstacle(elsewhere) == ""
    hold_writing(elsewhere, "CLI smoke").close()


def test_a_link_to_the_installation_leads_to_the_same_lock(
    target: Target, root: Path, tmp_path: Path, target_of: TargetOf
) -> None:
    (tmp_path / "link").symlink_to(root)
    with hold_writing(target, "Security canary"):
        assert "Security canary" in obstacle(target_of(tmp_path / "link"))


def test_nothing_is_written_in_the_installation(target: Target, root: Path) -> None:
    before = sorted(root.rglob("*"))
    with hold_writing(target, "Security canary"):
        assert sorted(root.rglob("*")) == before


@pytest.mark.usefixtures("no_action_outlives")
async def test_what_runs_is_named_until_it_is_over(
    canary_running: Callable[[str], Plan], target: Target, elsewhere: Target
) -> None:
    run = await start(target, canary_running(WAITS), lambda piece: None)
    assert f"({run.record.origin.who}), and only one action that writes" in obstacle(elsewhere)
    run.cancel()
    await run.ended()
    hold_writing(elsewhere, "CLI smoke").close()


@pytest.mark.usefixtures("no_action_outlives")
async def test_one_that_lost_its_supervisor_counts_in_other_state_folders_too(
    canary_running: Callable[[str], Plan], target: Target, elsewhere: Target, root: Path
) -> None:
    run = await start(target, canary_running(WAITS), lambda piece: None)
    assert run.record.supervisor
    os.kill(run.record.supervisor, signal.SIGKILL)
    await run.ended()
    with pytest.raises(ConsoleError, match="Security canary runs since"):
        hold_writing(elsewhere, "CLI smoke")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\x00", b"[" * 20_000])
def test_a_note_that_is_none_costs_only_the_name(
    target: Target, elsewhere: Target, place: Path, content: bytes
) -> None:
    with hold_writing(target, "Security canary"):
        (note,) = place.rglob("*.json")
        note.write_bytes(content)
        with pytest.raises(ConsoleError, match="another writing action runs"):
            hold_writing(elsewhere, "CLI smoke")


def test_a_note_where_others_can_write_is_nobodys(
    target: Target, elsewhere: Target, place: Path
) -> None:
    with hold_writing(target, "Security canary"):
        (folder,) = place.iterdir()
        folder.chmod(0o777)
        assert obstacle(elsewhere) == ""
        with pytest.raises(ConsoleError, match="another writing action runs"):
            hold_writing(elsewhere, "CLI smoke")


def test_a_folder_that_is_a_link_is_not_followed(target: Target, place: Path, root: Path) -> None:
    (place / f"orket-console-{os.geteuid()}").symlink_to(root)
    before = sorted(root.rglob("*"))
    hold_writing(target, "Security canary").close()
    assert sorted(root.rglob("*")) == before


def test_what_a_note_says_is_shown_safely(target: Target, elsewhere: Target) -> None:
    with hold_writing(target, "Canary \x1b[2J\n[/bold]"):
        assert "Canary ␛[2J" in obstacle(elsewhere)


@pytest.fixture
def open_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation that every account can read, and a folder for everybody's notes."""
    folder = Path(tempfile.mkdtemp(prefix="orket-shared-"))
    root = folder / "orket"
    for inner in (".orket/durable/db", "workspace/default/observability"):
        (root / inner).mkdir(parents=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    (folder / "shared").mkdir()
    (folder / "shared").chmod(0o1777)
    monkeypatch.setattr(notes, "_PLACE", folder / "shared")
    yield root
    shutil.rmtree(folder)


@contextlib.contextmanager
def held_by_nobody(target: Target) -> Iterator[None]:
    """Another account holds the lock, in a process of its own."""
    (told, tell), (ended, end) = os.pipe(), os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.close(end)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.environ["LOGNAME"] = "nobody"
            with hold_writing(target, "Canary of another"):
                os.write(tell, b"held")
                os.read(ended, 1)
        finally:
            os._exit(0)
    os.close(tell)
    os.close(ended)
    try:
        assert os.read(told, 4) == b"held"
        yield
    finally:
        os.close(end)
        os.waitpid(child, 0)
        os.close(told)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account")
def test_another_account_meets_the_same_lock_and_is_named(open_root: Path, place: Path) -> None:
    for folder in (place, *place.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o755)
    place.chmod(0o1777)
    target = open_target(option=str(open_root), environment={}, here=open_root, flags={})
    with (
        held_by_nobody(target),
        pytest.raises(ConsoleError, match=r"Canary of another runs since .*\(nobody on"),
    ):
        hold_writing(target, "CLI smoke")
    hold_writing(target, "CLI smoke").close()
