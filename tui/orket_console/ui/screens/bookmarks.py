"""`M`: the lines that were marked; one of them is gone to, removed, or given another note."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.logs.bookmarks import LONGEST_NOTE, Bookmark, Bookmarks
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.screens.note import NoteScreen
from orket_console.ui.widgets.listing import Column, Listing, Row

_MOST_ROWS = 14


class BookmarksScreen(Dialog[Bookmark | None]):
    """Ends with the bookmark to go to, or None.

    `remove` and `note` change one and call back `show` with what is kept then.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,backspace", "remove", "remove", id="bookmarks.remove"),
        Binding("n", "note", "note", id="bookmarks.note"),
        Binding("escape,M,q", "dismiss(None)", "close", id="bookmarks.close"),
    ]
    DEFAULT_CSS = """
    BookmarksScreen .dialog { width: 100; }
    """

    def __init__(
        self,
        context: UiContext,
        bookmarks: Bookmarks,
        remove: Callable[[Bookmark], None],
        note: Callable[[Bookmark, str], None],
    ) -> None:
        super().__init__()
        self._ui = context
        self._marked = bookmarks
        self._remove = remove
        self._note = note

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal("Bookmarks", "bold"))
            columns = [Column("time", 19), Column("note", 24), Column("event", 16), Column("what")]
            yield Listing(columns, id="bookmarks")
            keys = "Enter goes there   n note   delete removes   esc closes"
            yield Static(literal(keys, "dim"))

    def on_mount(self) -> None:
        self.show(self._marked)
        self.query_one(Listing).focus()

    def show(self, bookmarks: Bookmarks) -> None:
        """Other bookmarks, or the same ones changed."""
        self._marked = bookmarks
        listing = self.query_one(Listing)
        listing.styles.height = min(max(len(bookmarks), 1), _MOST_ROWS) + 1
        rows = [
            Row(
                each.key,
                (
                    cell(self._ui.day_and_time(each.at) if each.at else "no time"),
                    cell(each.note, "bold"),
                    cell(each.event),
                    cell(each.what),
                ),
            )
            for each in bookmarks
        ]
        listing.show(rows, cell("no line is marked: m marks the one with the cursor"))

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.dismiss(self._selected)

    def action_remove(self) -> None:
        if (bookmark := self._selected) is not None:
            self._remove(bookmark)

    def action_note(self) -> None:
        bookmark = self._selected
        if bookmark is None:
            return

        def keep(note: str | None) -> None:
            if note is not None:
                self._note(bookmark, note)

        question = f"Note on {bookmark.event}: {bookmark.what}"[:200]
        self.app.push_screen(NoteScreen(question, bookmark.note, LONGEST_NOTE), keep)

    @property
    def _selected(self) -> Bookmark | None:
        key = self.query_one(Listing).selected
        return next((each for each in self._marked if each.key == key), None)
