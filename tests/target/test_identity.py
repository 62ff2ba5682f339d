"""Which Orket it is, from its files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from orket_console.target.identity import Identity, identify

COMMIT = "3dca4c08" * 5


def project(root: Path, version: str, name: str = "orket") -> None:
    (root / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "{version}"\n')


@pytest.mark.parametrize(
    ("version", "generation"), [("0.3.16", "old"), ("0.4.0", "new"), ("0.5.9", "new"), ("1", "?")]
)
def test_version_tells_the_generation(tmp_path: Path, version: str, generation: str) -> None:
    project(tmp_path, version)
    expected = "unknown" if generation == "?" else generation
    assert identify(tmp_path) == Identity(version, expected, "")  # type: ignore[arg-type]


def test_where_the_scripts_lie_wins_over_the_version(tmp_path: Path) -> None:
    project(tmp_path, "0.3.16")
    (tmp_path / "scripts" / "governance").mkdir(parents=True)
    assert identify(tmp_path).generation == "new"
    (tmp_path / "scripts" / "governance").rmdir()
    (tmp_path / "scripts" / "run_migrations.py").touch()
    project(tmp_path, "0.5.9")
    assert identify(tmp_path).generation == "old"


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[project", b"project = 1", b"x=" + b"[" * 5000],
    ids=lambda content: repr(content[:12]),
)
def test_a_project_file_that_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    assert identify(tmp_path) == Identity("", "unknown", "")


def test_another_project_is_not_orket(tmp_path: Path) -> None:
    project(tmp_path, "9.9", name="other")
    assert identify(tmp_path).version == ""


def test_a_hostile_version_is_made_safe(tmp_path: Path) -> None:
    project(tmp_path, "0.3\\u001b[2J")
    assert identify(tmp_path).version == "0.3␛[2J"


def test_commit_by_loose_ref_packed_ref_and_detached_head(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert identify(tmp_path).commit == ""
    (git / "packed-refs").write_text(f"# pack-refs\n{COMMIT} refs/heads/main\n")
    assert identify(tmp_path).commit == COMMIT
    (git / "refs" / "heads" / "main").write_text("a" * 40 + "\n")
    assert identify(tmp_path).commit == "a" * 40
    (git / "HEAD").write_text(COMMIT)
    assert identify(tmp_path).commit == COMMIT


@pytest.mark.parametrize("head", ["ref: ../../secret", "ref: refs/../../secret", "x", ""])
def test_a_head_that_leads_elsewhere_is_not_followed(tmp_path: Path, head: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head)
    (tmp_path / "secret").write_text("b" * 40)
    assert identify(tmp_path).commit == ""
