"""What a real installation left behind, where it is at hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

# Evidence is named by the path that a root resolves to.
SAMPLES = (Path(__file__).parents[3] / "shared" / "samples").resolve()


@pytest.fixture
def samples() -> Path:
    """The folder of samples: `orket-0.3.16`, `orket-0.3.16-cli`, `orket-0.3.16-http`."""
    if not SAMPLES.is_dir():
        pytest.skip(f"no samples of a real installation at {SAMPLES}")
    return SAMPLES


@pytest.fixture
def installation(samples: Path, tmp_path: Path) -> Path:
    """A writable copy of the sample installation."""
    root = tmp_path / "orket-0.3.16"
    shutil.copytree(samples / "orket-0.3.16", root)
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return root
