"""The console, with a task on its event loop that notes how late it is woken.

`python -m tests.bench.lagging OUT [ROOT]`: at the end, seconds late per look, as JSON in OUT,
with the moment (seconds since the epoch) of each.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import ClassVar

from orket_console.cli.main import main
from orket_console.ui import app

_EVERY = 0.005


class _Watched(app.ConsoleApp):
    CSS_PATH = str(Path(app.__file__).with_name("console.tcss"))
    late: ClassVar[list[tuple[float, float]]] = []

    async def on_mount(self) -> None:
        # Textual calls the handlers of the classes above by itself.
        self.run_worker(self._watch(), exit_on_error=False)

    async def _watch(self) -> None:
        while True:
            due = time.perf_counter() + _EVERY
            await asyncio.sleep(_EVERY)
            self.late.append((time.time(), time.perf_counter() - due))


if __name__ == "__main__":
    out = Path(sys.argv.pop(1))
    app.ConsoleApp = _Watched
    try:
        main()
    finally:
        out.write_text(json.dumps(_Watched.late))
