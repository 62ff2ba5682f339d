"""By keyboard at 80×24: each failure class from red to a clean pass; then the same again, and an
escalation whose command shows it."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.incidents.faults import (
    PENDING,
    change_secret,
    deliver,
    forget_migration,
    kill_listeners,
    run_again,
    shell,
    start_api_while_its_port_is_taken,
)
from tests.ui.walking import console_on, demo_of, walk
from textual._compositor import Compositor
from textual._context import visible_screen_stack

from orket_console.cli.open import target_of
from orket_console.demo.scenarios import Outcome
from orket_console.incidents.bundle.opening import BundleClock, opened_bundle
from orket_console.ui.screens import confirm, typed_confirm

pytestmark = [pytest.mark.first, pytest.mark.usefixtures("no_action_outlives")]


@pytest.fixture(autouse=True)
def quick_fingers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pilot types as fast as a paste comes."""
    monkeypatch.setattr(confirm, "ALONE", 0.02)
    monkeypatch.setattr(typed_confirm, "ALONE", 0.02)
    monkeypatch.setattr(typed_confirm, "APART", 0.0)


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal each update of it is drawn all the same, and thrown away."""

    def nothing(of: Compositor, *_: object, **more: Any) -> None:
        visible_screen_stack.set(more.get("screen_stack") or [])
        of._dirty_regions.clear()

    monkeypatch.setattr(Compositor, "render_update", nothing)


async def test_api_unavailable(tmp_path: Path) -> None:
    with demo_of("api-down", tmp_path) as demo:
        async with walk(demo) as console:
            await console.begin("The API server could not start")
            await console.do("Restart API server")
            # Gate by gate; what closes a step is told wherever the operator is.
            for gate in ("tests", "volatility gate", "CLI smoke"):
                await console.do(f"Verification: {gate}")
            await console.judge()

            kill_listeners(demo.api_port)
            start_api_while_its_port_is_taken(demo)
            await console.repeated("Log", "Webhooks", "Runs", "Actions")
            command = await console.escalated()
            status, said = await asyncio.to_thread(shell, command)
            assert (status, "Failed to connect" in said) == (7, True)
            await console.press("t")
            await console.until("escalation filed")
            assert "escalation drafted" in console.screen


async def test_webhook_failures(tmp_path: Path) -> None:
    with demo_of("webhook-secret", tmp_path) as demo:
        async with walk(demo) as console:
            await console.begin("The webhook secret does not match")
            await console.do("Webhook server has .env's secret")
            await console.do("Signed test delivery accepted")
            await console.at("Deliveries are accepted again")
            assert await asyncio.to_thread(deliver, demo) == 200
            await console.press("enter")
            await console.verify()

            change_secret(demo)
            assert [await asyncio.to_thread(deliver, demo) for _ in range(3)] == [401] * 3
            await console.repeated("Webhooks")
            command = await console.escalated()
            status, said = await asyncio.to_thread(shell, command)
            assert (status, "refused with 401" in said) == (1, True)


async def test_run_stalls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with demo_of("stalled-run", tmp_path) as demo:
        async with walk(demo) as console:
            await console.begin("The model does not do what its turns must")
            await console.do("Failure report made")
            await console.at("The epic run again, and it ended well")
            run_again(demo, 1, Outcome.DONE)
            await console.press("v")
            await console.verify()

            run_again(demo, 2, Outcome.NO_PROGRESS)
            await console.repeated("Runs")
            command = await console.escalated()
            status, said = await asyncio.to_thread(shell, command)
            assert (status, '"model_response"' in said) == (0, True)

            root = str(demo.root)
            status, said = await asyncio.to_thread(
                shell, f"orket-console --root {root} audit verify"
            )
            assert status == 0, said
            there = await console.shown()
            sent = tmp_path / "sent.tar.gz"
            shutil.copy(await console.exported(), sent)

    # On another account, and with no Orket any more.
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "other"))
    assert not demo.root.exists()
    with opened_bundle(sent) as bundle:
        assert bundle.whole
        async with console_on(target_of(bundle), BundleClock(bundle.at)) as console:
            await console.until("INC-1  ▲ REPEAT")
            assert await console.shown() == there


async def test_schema_mismatch(tmp_path: Path) -> None:
    with demo_of("schema-drift", tmp_path) as demo:
        async with walk(demo) as console:
            await console.begin("1 migration of the runtime database is not applied")
            await console.do("Run migrations")
            # Without what this machine may not have: set before it is run.
            await console.at("Smoke gate: release smoke")
            await console.press("enter")
            await console.until("type ")
            await console.press("escape", "p")
            await console.until("skip-docker: leave out")
            if re.search(r"skip-docker:.*\n.*\[ \] no", console.screen):
                await console.press("space")
            await console.press("tab", "space")
            await console.until(lambda text: "[ ] no" not in text)
            await console.press("enter")
            await console.until(lambda text: "skip-docker: leave out" not in text)
            await console.press("enter")
            await console.agree()
            await console.do("Smoke gate: security canary")
            await console.verify()

            forget_migration(demo)
            await console.repeated()
            command = await console.escalated()
            status, said = await asyncio.to_thread(shell, command)
            assert (status, PENDING in said) == (1, True)
