"""Finding in the Log tab: text, and the next and previous error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orket_console.logs.search import Sought, is_error, mentions

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane


@dataclass(frozen=True, slots=True)
class _Seek:
    """A search that goes on in pages not read yet; `keys` are those for down and up."""

    step: int
    sought: Sought
    what: str
    keys: tuple[str, str]


class Finding:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._seek: _Seek | None = None
        self.needle = ""

    def find(self, text: str) -> None:
        """Mark `text`, and go to the nearest place: back from the newest line, else onwards."""
        self.needle = text
        self._pane.view.find(text)
        self._pane.refresh_bindings()
        self.found(-1 if self._pane.view.following else 1)

    def found(self, step: int) -> None:
        """Go to the next or previous place of the text that was last looked for."""
        if self.needle:
            self._search(_Seek(step, mentions(self.needle), f"“{self.needle}”", ("n", "N")))

    def error(self, step: int) -> None:
        self._search(_Seek(step, is_error, "error", ("e", "E")))

    def go_on(self) -> None:
        """Go on with a search that waits for a page, once the page is there."""
        if self._seek is not None and not self._pane.reading.shown.progress.reading:
            self._search(self._seek)

    def give_up(self) -> None:
        self._seek = None

    def _search(self, seek: _Seek) -> None:
        """Go to the nearest item that is sought, reading on as far as it takes."""
        view = self._pane.view
        self._seek = None
        index = view.window.next_index(seek.step, seek.sought)
        if index is not None:
            view.pause()
            view.select(index)
        elif self._pane.reading.page(older=seek.step < 0):
            self._seek = seek
        else:
            where, key = ("earlier", seek.keys[0]) if seek.step < 0 else ("later", seek.keys[1])
            self._pane.app.notify(f"no {where} {seek.what}; {key} looks the other way", timeout=3)
