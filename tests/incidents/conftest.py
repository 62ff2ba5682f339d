"""An installation in which something of every kind can happen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.incidents.scene import Scene

from orket_console.target.target import Target


@pytest.fixture
def scene(bare_root: Path, target_of: Callable[..., Target]) -> Scene:
    return Scene(bare_root, target_of(bare_root))
