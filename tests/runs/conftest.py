"""Every test here has an installation that it lays down a row and a turn at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.runs.building import Installation


@pytest.fixture
def orket(bare_root: Path) -> Installation:
    return Installation(bare_root)
