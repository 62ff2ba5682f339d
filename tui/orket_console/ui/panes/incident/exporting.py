"""`x`: the incident as one archive, redacted, made behind the tab."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.text import Text

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.looking import Looked
from orket_console.ui.literal import literal

if TYPE_CHECKING:
    from orket_console.incidents.bundle.export import Bundle
    from orket_console.ui.panes.incident.pane import IncidentPane


class Exporting:
    """`busy` while one is being made."""

    def __init__(self, pane: IncidentPane) -> None:
        self._pane = pane
        self.busy = False
        self._made_of = 0
        self._path = ""

    def made(self, one: Incident) -> Text:
        """Where the last archive of an incident is, for as long as the console runs."""
        # As one word with its path, which would begin a line of its own.
        said = f"\nexported:\N{NO-BREAK SPACE}{self._path}"
        return literal(said, "dim") if self._made_of == one.id else Text()

    def start(self, one: Incident) -> None:
        pane, looked = self._pane, self._pane.watcher.looked
        if looked is None:
            pane.tell("looking …: export it when the first look is over")
            return
        self.busy = True
        pane.app.notify(f"exporting {one.name} …", markup=False, timeout=3)
        pane.run_worker(self._export(one, looked), group="incident-export", exit_on_error=False)

    async def _export(self, one: Incident, looked: Looked) -> None:
        pane = self._pane
        try:
            made = await asyncio.to_thread(self._make, one, looked)
        except ConsoleError as error:
            pane.tell(str(error))
        else:
            self._made_of, self._path = one.id, made.path
            out = len(made.left_out)
            lacks = f"; {out} left out, as its MANIFEST says" if out else ""
            pane.app.notify(
                f"{one.name} is in {made.path} ({size(made.size)}, {made.removed} secrets removed; "
                f"audit: {made.audit}{lacks})",
                markup=False,
                timeout=15,
            )
        finally:
            self.busy = False
            pane.look_now()

    def _make(self, one: Incident, looked: Looked) -> Bundle:
        # Not above: the tab's first paint exports nothing.
        from orket_console.incidents.bundle.export import export_incident, place_for

        context, store = self._pane.context, self._pane.watcher.follower().store()
        path = place_for(context.target, one, context.clock)
        return export_incident(context.target, context.clock, store, one.id, looked, path)
