"""What every tab's pane has in common: its context, its background reading, its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from textual.containers import Vertical
from textual.worker import Worker, WorkerState

from orket_console.base.errors import ConsoleError
from orket_console.base.refs import Ref
from orket_console.ui.context import UiContext
from orket_console.ui.crash import fault_line
from orket_console.ui.panes.offer import Offer

Result = TypeVar("Result")


class Pane(Vertical):
    """One tab. Arranges widgets and turns messages into calls; computes nothing itself."""

    TITLE: ClassVar[str] = ""

    def __init__(self, context: UiContext) -> None:
        super().__init__(id=f"pane-{self.TITLE.lower()}", classes="pane")
        self.context = context
        self._generations: dict[str, int] = {}

    def shown(self) -> None:
        """The tab came into view: put the focus where the operator's keys should go."""

    def hidden(self) -> None:
        """The tab went out of view."""

    def place(self) -> Ref | None:
        """Where the operator is, so that `-` can lead back here."""
        return None

    def open_ref(self, ref: Ref) -> bool:
        """Show what `ref` points at; False when it can't be found here."""
        return False

    def to_moment(self, at: datetime) -> None:
        """Stand at a moment, where this tab's rows have times."""

    def look_now(self) -> None:
        """Look again at what this tab shows, before it would by itself."""

    def unfinished(self) -> str:
        """What goes on if the console is quit now; empty when nothing does."""
        return ""

    def offers(self) -> Sequence[Offer]:
        """What the palette offers beside the rest, about what is in view here."""
        return ()

    def why_off(self, action: str) -> str:
        """Why a key that `check_action` turned off does nothing now."""
        return "nothing is selected that it could act on"

    def load(
        self, name: str, function: Callable[[], Result], then: Callable[[Result], None]
    ) -> None:
        """Run `function` in a thread and hand its result to `then` on the event loop.

        A result that comes after a newer `load` of the same name began is dropped. An
        error is told in a toast, and the pane stays as it was: so is one that nobody thought
        of, for what is not told would be believed to be there.
        """
        generation = self._generations.get(name, 0) + 1
        self._generations[name] = generation

        async def run() -> None:
            # With what comes of it: to show it may take as long, or want the next reading.
            with self.context.reads.one():
                try:
                    result = await asyncio.to_thread(function)
                except ConsoleError as error:
                    self.tell(str(error))
                    return
                except Exception as error:
                    self.tell(fault_line(error))
                    return
                if self._generations[name] == generation and self.is_attached:
                    then(result)

        self.run_worker(run(), name=name, group=f"{self.id}-{name}", exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Any other work of the tab that failed in a way that nobody thought of."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.tell(fault_line(event.worker.error))

    def tell(self, problem: str) -> None:
        """A toast for something that went wrong and that the operator should know."""
        self.app.notify(problem, severity="warning", markup=False, timeout=8)
