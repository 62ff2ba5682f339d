"""`incident export`: where it goes, what it says, and what it refuses."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]


@pytest.fixture
def at(bare_root: Path) -> tuple[str, ...]:
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    return ("--root", str(bare_root))


def test_it_goes_into_the_state_folder_or_where_it_is_told(
    console: Console, at: tuple[str, ...], own_environment: Path, tmp_path: Path
) -> None:
    assert console(*at, "incident", "export").status == 2
    assert console(*at, "incident", "open", "slow with canary-7f3a91").status == 0
    made = console(*at, "incident", "export", "--json").document["data"]
    (kept,) = own_environment.glob("state/orket-console/*/exports/INC-1-*.tar.gz")
    assert made["path"] == str(kept)
    assert b"canary" not in gzip.decompress(kept.read_bytes())
    out = str(tmp_path / "out.tar.gz")
    run = console(*at, "incident", "export", "--incident", "1", "--out", out)
    assert (run.status, run.err) == (0, "")
    assert f"orket-console open {out}" in run.out
    # There is no database.
    assert re.search(r"left out  rows of .*, and [0-9]+ more: MANIFEST.json in it says", run.out)
    again = console(*at, "incident", "export", "--incident", "1", "--out", out)
    assert again.status == 2
    assert "there is such a file already" in again.err
    inside = console(*at, "incident", "export", "--out", f"{at[1]}/x.tar.gz")
    assert inside.status == 2
    assert "writes nothing into the installation" in inside.err
