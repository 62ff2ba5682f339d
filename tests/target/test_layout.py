"""Where things lie on both versions."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.target.identity import identify
from orket_console.target.layout import SCRIPTS, Layout


def layout(root: Path) -> Layout:
    return Layout(root, root / ".orket" / "durable")


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize("generation", [0, 1])
@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_found_at_the_old_and_the_new_path(
    tmp_path: Path, name: str, generation: int
) -> None:
    assert layout(tmp_path).script(name) is None
    script = touch(tmp_path / SCRIPTS[name][generation])
    assert layout(tmp_path).script(name) == script


def test_paths_are_shown_as_the_operator_knows_them(tmp_path: Path) -> None:
    place = layout(tmp_path)
    assert place.shown(place.server_log) == "root/orket.log"
    assert place.shown(place.run_log) == "workspace/default/orket.log"
    assert place.shown(Path("/elsewhere/webhook.db")) == "/elsewhere/webhook.db"


def test_the_two_main_logs_stand_first_there_or_not(tmp_path: Path) -> None:
    place = layout(tmp_path)
    assert place.logs() == [place.run_log, place.server_log]


def test_the_other_logs_follow_when_they_are_there(tmp_path: Path) -> None:
    place = layout(tmp_path)
    workspace = tmp_path / "workspace"
    expected = sorted(
        touch(path)
        for path in (
            workspace / "runs" / "34a2b001" / "orket.log",
            workspace / "other" / "orket.log",
            workspace / "default" / "agents" / "coder.log",
            workspace / "default" / "agent_output" / "observability" / "runtime_events.jsonl",
            tmp_path / "agent_output" / "observability" / "runtime_events.jsonl",
        )
    )
    touch(place.run_log)
    assert place.logs() == [place.run_log, place.server_log, *expected]


def test_what_may_not_be_looked_into_hides_nothing_else(
    tmp_path: Path, shut: Callable[[Path], None]
) -> None:
    mine = touch(tmp_path / "workspace" / "mine" / "orket.log")
    touch(tmp_path / "workspace" / "theirs" / "orket.log")
    touch(tmp_path / "scripts" / "run_migrations.py")
    shut(tmp_path / "workspace" / "theirs")
    shut(tmp_path / "scripts")
    place = layout(tmp_path)
    # A log that may be there is named: to open it is refused, and told.
    assert place.logs()[2:] == [mine, tmp_path / "workspace" / "theirs" / "orket.log"]
    assert place.crash_logs() == []
    assert place.script("migrations") is None
    assert identify(tmp_path).generation == "unknown"


def test_links_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere" / "orket.log")
    root = tmp_path / "root"
    touch(root / "workspace" / "default" / "x")
    (root / "workspace" / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "workspace" / "loop").symlink_to(root / "workspace")
    place = layout(root)
    assert place.logs() == [place.run_log, place.server_log]


def test_a_workspace_that_is_a_file_or_a_fifo_has_no_logs(tmp_path: Path) -> None:
    (tmp_path / "workspace").touch()
    place = layout(tmp_path)
    assert place.logs() == [place.run_log, place.server_log]
    os.mkfifo(tmp_path / "pipe")
    assert Layout(tmp_path / "pipe", tmp_path).logs()[0].parts[-3:-1] == ("workspace", "default")
