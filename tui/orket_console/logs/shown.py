"""What a screen shows of the logs: its filter, the place it is held at, and how far it is read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from orket_console.logs.filter import Filter
from orket_console.logs.hits.hunted import Hunted
from orket_console.logs.indexing import Indexed
from orket_console.logs.mailbox import Mailbox, Progress, Update
from orket_console.logs.seek import Place
from orket_console.logs.sources import SourceState
from orket_console.logs.window import Window


@dataclass(slots=True)
class Shown:
    """One filter at one place. `place` is None at the end of the logs.

    `detached` tells that newer items than those kept were let go. `new` and `new_errors`
    count what came while the view was held still; `matched` everything that came so far, and
    `fresh` what of it was written meanwhile. `filtered` tells how far the filter is searched for.
    """

    filter: Filter
    place: Place | None = None
    detached: bool = False
    progress: Progress = field(default_factory=Progress)
    matched: int = 0
    malformed: int = 0
    new: int = 0
    new_errors: int = 0
    fresh: int = 0
    filtered: Hunted | None = None
    problem: str = ""
    states: tuple[SourceState, ...] = ()
    indexed: Indexed = field(default_factory=Indexed)

    @property
    def live(self) -> bool:
        """Whether what is written next belongs behind what is kept."""
        return self.place is None and not self.detached

    def count(self, update: Update, *, held: bool) -> None:
        """Take note of what an update brought; `held` tells that the view stands still."""
        self.progress = update.progress
        self.problem = update.problem
        self.states = update.states
        self.indexed = update.indexed
        self.matched += update.count.matched
        self.malformed += update.count.malformed
        self.fresh += update.count.fresh
        self.filtered = update.filtered
        if held:
            self.new += update.count.fresh
            self.new_errors += update.count.fresh_errors

    def seen(self) -> None:
        """The operator looks at the newest, or begins to look away from it."""
        self.new = self.new_errors = 0

    def room_for_fresh(self, window: Window, update: Update, *, held: bool) -> bool:
        """Whether fresh items are to be kept. A full view that stands still lets go of them.

        Where some of them were let go already, a view that goes on begins anew with the rest.
        """
        if not self.live:
            return False
        if held and (window.full or update.overrun):
            self.detached = window.cut_below = True
            return False
        if update.overrun:
            window.clear()
            window.cut_above = True
        return True

    def page(self, window: Window, mailbox: Mailbox, *, older: bool) -> bool:
        """Ask for the next page in a direction; False where there is none.

        Where items were let go at that end, the page begins at the last one kept.
        """
        if self.progress.reading:
            return True
        cut = window.cut_above if older else window.cut_below
        ended = self.progress.oldest if older else self.progress.newest
        record = window.first_record() if older else window.last_record()
        if record is None or (ended and not cut):
            return False
        place = None
        if cut:
            place = Place.before(record) if older else Place.after(record)
        if older:
            window.cut_above = False
        else:
            window.cut_below = False
        self.progress = replace(self.progress, reading=True)
        mailbox.page(older=older, place=place)
        return True
