"""The installation is found as told, else upward; what is none is one line that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.target.discovery import MARKERS, find_root


def installation(path: Path, marker: str = MARKERS[0]) -> Path:
    (path / marker).parent.mkdir(parents=True)
    (path / marker).touch()
    return path


@pytest.mark.parametrize("marker", MARKERS)
def test_any_marker_makes_an_installation(tmp_path: Path, marker: str) -> None:
    root = installation(tmp_path / "orket", marker)
    assert find_root(None, None, {}, root).path == root


def test_argument_wins_over_option_over_environment_over_upward(tmp_path: Path) -> None:
    named = {name: installation(tmp_path / name) for name in ("a", "o", "e", "here")}
    here = named["here"] / "workspace" / "default"
    environment = {"ORKET_ROOT": str(named["e"])}

    def found(argument: str | None, option: str | None, env: dict[str, str]) -> tuple[Path, str]:
        root = find_root(argument, option, env, here)
        return root.path, root.origin

    assert found(str(named["a"]), str(named["o"]), environment) == (named["a"], "ROOT argument")
    assert found(None, str(named["o"]), environment) == (named["o"], "--root")
    assert found(None, None, environment) == (named["e"], "ORKET_ROOT")
    assert found(None, None, {"ORKET_ROOT": " "}) == (named["here"], "nearest folder upward")
    assert find_root(None, None, {}, named["here"]).origin == "current folder"


def test_a_relative_root_is_from_here(tmp_path: Path) -> None:
    root = installation(tmp_path / "orket")
    assert find_root("orket", None, {}, tmp_path).path == root


@pytest.mark.parametrize(
    "root",
    ["none", "file", "bare", "~no-such-user-here", "a\0b", "l" * 5000],
    ids=lambda root: repr(root[:20]),
)
def test_what_is_no_installation_is_one_line(tmp_path: Path, root: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "bare").mkdir()
    with pytest.raises(ConsoleError) as refusal:
        find_root(root, None, {}, tmp_path)
    assert refusal.value.exit_code is ExitCode.CANNOT_TELL
    assert "ROOT argument" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_folder_without_markers_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError) as refusal:
        find_root(str(tmp_path), None, {}, tmp_path)
    assert all(marker in str(refusal.value) for marker in MARKERS)
    with pytest.raises(ConsoleError) as refusal:
        find_root(None, None, {}, tmp_path)
    assert all(marker in str(refusal.value) for marker in MARKERS)
    assert "orket-console demo" in str(refusal.value)
