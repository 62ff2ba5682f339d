"""That an action prints nothing is told beside how long it runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orket_console.ui.widgets.action_text import silence


@pytest.mark.parametrize(
    ("quiet", "said"),
    [(0.0, ""), (59.0, ""), (60.0, ", nothing printed for 1m00s"), (600.0, "for 10m00s")],
)
def test_silence_is_told_once_it_lasts(quiet: float, said: str) -> None:
    run: Any = SimpleNamespace(quiet=quiet)
    assert silence(run).endswith(said)
    assert bool(silence(run)) is bool(said)
