"""The thread that reads the logs for a screen."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from orket_console.base.clock import Clock
from orket_console.base.refs import LogRef
from orket_console.logs.indexing import Indexing
from orket_console.logs.mailbox import Mailbox
from orket_console.logs.reader import Reader
from orket_console.logs.sources import Source
from orket_console.target.layout import Layout

if TYPE_CHECKING:
    from orket_console.logs.hits.rank import Rank


class Live:
    """The thread that reads, and the one that indexes. Daemonic, and ended by `stop`."""

    def __init__(self, mailbox: Mailbox, layout: Layout, clock: Clock) -> None:
        self._mailbox = mailbox
        self.indexing = Indexing()
        self._reader = Reader(mailbox, layout, clock, self.indexing)
        self._thread = threading.Thread(
            target=self._reader.run, name="orket-console-log", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def rank(self, sources: Sequence[Source], ref: LogRef, at: datetime | None) -> Rank | None:
        """Which of all lines that are searched for a line is; None while that isn't known.

        Reads: to be called in a thread.
        """
        hunt = self._reader.search.hunt
        if hunt is None:
            return None
        # Only here: what searches is imported when something is sought.
        from orket_console.logs.hits.rank import rank_of

        return rank_of(hunt, sources, ref, at)

    def stop(self, timeout: float = 0.0) -> bool:
        """Tell the thread to end, and wait so long for it; whether it has ended."""
        self._mailbox.close()
        self.indexing.close()
        self._thread.join(timeout)
        return not self._thread.is_alive()
