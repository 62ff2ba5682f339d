"""When a pilot may go on: once nothing is left to do, rather than once the machine seems idle.

Textual's own `wait_for_idle` watches the processor: it sleeps for 20 ms at least, for a second
where any thread works, and on a busy machine it takes a console that got no turn for an idle one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual._compositor import Compositor
from textual._context import active_app
from textual._styles_cache import StylesCache
from textual.screen import Screen

_PATIENCE = 0.25
"""Seconds for what threads read: a test may hold such a reading, and press keys meanwhile."""
_LIMIT = 5.0
"""Seconds for the loop to come to rest; what then still schedules itself never will."""
_LOOKED_AT: set[Compositor] = set()


@contextmanager
def pilots_wait_for_what_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For as long as the block lasts; it also drops what Textual would keep of each console.

    Until a pilot waits nobody looks: what Textual would draw sixty times a second, and show to
    no terminal, is drawn once, when nothing is left to do.
    """
    in_threads: set[asyncio.Future[Any]] = set()
    run_in_executor = asyncio.BaseEventLoop.run_in_executor

    def noted(
        loop: asyncio.BaseEventLoop, executor: Any, function: Callable[..., Any], *arguments: Any
    ) -> asyncio.Future[Any]:
        future = run_in_executor(loop, executor, function, *arguments)
        in_threads.add(future)
        future.add_done_callback(in_threads.discard)
        return future

    render_update = Compositor.render_update

    def seen(compositor: Compositor, full: bool = False, **more: Any) -> Any:
        # What lies behind a box is known only while Textual draws it.
        looks = full or compositor in _LOOKED_AT or more.get("screen_stack")
        return render_update(compositor, full, **more) if looks else None

    async def wait_for_idle(_least: float = 0.0, _most: float = 1.0) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            await _at_rest(began + _LIMIT)
            if not in_threads or loop.time() > began + _PATIENCE:
                return
            await asyncio.sleep(0.002)

    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", noted)
    monkeypatch.setattr(Compositor, "render_update", seen)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait_for_idle)
    monkeypatch.setattr("textual.app.wait_for_idle", wait_for_idle)
    yield
    # A cache that outlives consoles, by a method's self: each holds all that it last drew.
    StylesCache.get_inner_outer.cache_clear()


async def _at_rest(end: float) -> None:
    """Until no callback is due, and drawing what changed begins nothing new."""
    loop = asyncio.get_running_loop()
    app = active_app.get()
    while loop.time() < end:
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            continue
        if app.is_running:
            app.screen._on_timer_update()
            _draw(app.screen)
        if not loop._ready:  # type: ignore[attr-defined]
            return


def _draw(screen: Screen) -> None:
    """What changed since it was last drawn."""
    if screen._compositor._dirty_regions:
        _LOOKED_AT.add(screen._compositor)
        try:
            screen._compositor_refresh()
        finally:
            _LOOKED_AT.clear()
