"""The installation's own Python, never silently the console's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orket_console.target.dotenv import EnvFile
from orket_console.target.interpreter import Interpreter, find_interpreter
from orket_console.target.settings import Scalar, load_settings


def python(folder: Path, name: str = "python") -> Path:
    path = folder / "bin" / name
    path.parent.mkdir(parents=True)
    path.symlink_to(sys.executable)
    return path


def found(
    root: Path, environment: dict[str, str] | None = None, own: str = "/console", **flags: Scalar
) -> Interpreter:
    settings = load_settings(
        root,
        root / "none",
        EnvFile(root / ".env"),
        {},
        {f"target.{name}": value for name, value in flags.items()},
    )
    return find_interpreter(root, settings, environment or {"PATH": ""}, own)


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_the_environment_in_the_root_and_its_link_is_not_followed(
    tmp_path: Path, name: str
) -> None:
    path = python(tmp_path / name)
    assert found(tmp_path) == Interpreter(path, f"{name} in the root")


def test_configured_wins(tmp_path: Path) -> None:
    python(tmp_path / ".venv")
    path = python(tmp_path / "other")
    assert found(tmp_path, python="other/bin/python") == Interpreter(path, "--python")


@pytest.mark.parametrize("configured", ["none/bin/python", "~no-such-user-here/python"])
def test_configured_but_broken_is_told_and_not_passed_over(tmp_path: Path, configured: str) -> None:
    python(tmp_path / ".venv")
    interpreter = found(tmp_path, python=configured)
    assert interpreter.path is None
    assert configured in interpreter.origin


def test_the_active_environment_unless_it_is_the_consoles(tmp_path: Path) -> None:
    path = python(tmp_path / "active")
    environment = {"VIRTUAL_ENV": str(tmp_path / "active"), "PATH": ""}
    assert found(tmp_path, environment) == Interpreter(path, "VIRTUAL_ENV")
    assert found(tmp_path, environment, own=str(tmp_path / "active")).path is None


def test_path_without_the_consoles_own(tmp_path: Path) -> None:
    own, system = python(tmp_path / "own", "python3"), python(tmp_path / "system", "python3")
    environment = {"PATH": f"{own.parent}:{system.parent}"}
    assert found(tmp_path, environment, own=str(tmp_path / "own")).path == system


def test_none_says_what_to_do(tmp_path: Path) -> None:
    interpreter = found(tmp_path)
    assert interpreter.path is None
    assert "target.python" in interpreter.origin
