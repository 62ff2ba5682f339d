"""The tabs on an opened bundle: the same as on the installation, nothing asked; and what was
changed since it was exported is told on each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.incidents.bundle.conftest import Export, export, incident, leaky, rewritten
from tests.incidents.conftest import scene
from tests.pictures.stage import screen_text
from tests.ui.conftest import Until

from orket_console.cli.open import target_of
from orket_console.incidents.bundle.opening import opened_bundle
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp

__all__ = ["export", "incident", "leaky", "scene"]


async def test_every_tab_opens_on_a_bundle(
    export: Export,
    tmp_path: Path,
    console_on: Callable[[Target], ConsoleApp],
    until: Until,
) -> None:
    path = tmp_path / "sent" / "x.tar.gz"
    export(path)
    changed = rewritten(path, lambda name, raw: raw + b" " if name == "report.md" else raw)
    with opened_bundle(changed) as opened:
        app = console_on(target_of(opened))
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: "not asked" in screen_text(pilot))
            assert "refused" in screen_text(pilot)
            assert "CHANGED" in screen_text(pilot)
            await pilot.press("2")
            await until(pilot, lambda: "turn_failed" in screen_text(pilot))
            await pilot.press("3")
            await until(pilot, lambda: "missing signature" in screen_text(pilot))
            await pilot.press("4")
            await until(pilot, lambda: "s1" in screen_text(pilot))
            await pilot.press("5")
            await until(pilot, lambda: "Failure report" in screen_text(pilot))
            await pilot.press("6")
            await until(pilot, lambda: "bundle is not what was exported" in screen_text(pilot))
            assert "pass 1 was under way" in screen_text(pilot)
            assert "CHANGED" in screen_text(pilot)
