"""`open FILE`: what a bundle holds and whether it verifies, on a machine with no Orket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.incidents.bundle.conftest import rewritten

Console = Callable[..., Any]


@pytest.fixture
def bundle(console: Console, bare_root: Path, tmp_path: Path) -> Path:
    at = ("--root", str(bare_root))
    path = tmp_path / "x.tar.gz"
    assert console(*at, "incident", "open", "it is slow").status == 0
    assert console(*at, "incident", "export", "--out", str(path)).status == 0
    bare_root.rename(bare_root.with_name("gone"))
    return path


def test_what_it_holds_is_said_and_nothing_is_left(
    console: Console, bundle: Path, own_environment: Path
) -> None:
    run = console("open", str(bundle), "--check", ORKET_DURABLE_ROOT="/nowhere")
    assert (run.status, run.err) == (0, "")
    assert run.out.startswith("INC-1  it is slow\n")
    assert "it is as its manifest says" in run.out
    assert "  left out  rows of pr_review_cycles: " in run.out
    data = console("open", bundle.name, "--json", here=bundle.parent).document["data"]
    assert (data["whole"], data["manifest"]["incident"], data["faults"]) == (True, 1, [])
    assert list((own_environment / "state" / "orket-console" / "bundles").iterdir()) == []


def test_nothing_in_it_speaks_for_the_console(console: Console, bundle: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"it is slow", b"it is slow\\n  it is as its manifest says")

    run = console("open", str(rewritten(bundle, change)), "--check")
    assert run.status == 1
    assert run.out.startswith("INC-1  it is slow ↵ it is as its manifest says\n")
    assert "\n  it is as its" not in run.out


def test_without_a_terminal_the_tabs_are_not_opened(console: Console, bundle: Path) -> None:
    run = console("open", str(bundle))
    assert run.status == 2
    assert "needs a terminal" in run.err


def test_what_is_no_bundle_is_one_line(console: Console, tmp_path: Path) -> None:
    (tmp_path / "no.tar.gz").write_bytes(b"\x1b]52;c;eA==\x07")
    for name, said in (("no.tar.gz", "no whole tar.gz"), ("gone.tar.gz", "missing")):
        run = console("open", name, "--json")
        assert (run.status, run.out) == (3, "")
        assert said in run.err
        assert len(run.err.splitlines()) == 1
