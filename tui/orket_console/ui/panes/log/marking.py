"""Bookmarks of the Log tab: set, listed, gone to, and shown beside their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orket_console.base.refs import LogRef
from orket_console.logs.bookmarks import (
    LONGEST_NOTE,
    Bookmark,
    Bookmarks,
    Change,
    Marks,
    added,
    bookmark_of,
    change_bookmarks,
    noted,
    read_bookmarks,
    without,
)
from orket_console.logs.records import Record

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane
    from orket_console.ui.screens.bookmarks import BookmarksScreen


class Marking:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._path = pane.context.target.state.bookmarks
        self._marks = Marks()
        self._screen: BookmarksScreen | None = None

    def start(self) -> None:
        """Show the marks that were kept."""
        self._pane.load("bookmarks", lambda: read_bookmarks(self._path), self._take_up)

    def toggle(self) -> None:
        """Mark the record that has the cursor, with a note; a marked one is marked no more."""
        record = self._pane.record
        if record is None:
            return
        marked = self._marks.of(record)
        if marked is not None:
            self._change(without(marked), "no longer marked")
            return

        def keep(note: str | None) -> None:
            if note is not None:
                self._add(record, note)

        from orket_console.ui.screens.note import NoteScreen

        question = f"Bookmark on {self._pane.redact(record.place)}"
        self._pane.app.push_screen(NoteScreen(question, "", LONGEST_NOTE), keep)

    def choose(self) -> None:
        """List the bookmarks as they are kept now: another console may have set some."""
        self._pane.load("list-bookmarks", lambda: read_bookmarks(self._path), self._list)

    def _list(self, bookmarks: Bookmarks) -> None:
        from orket_console.ui.screens.bookmarks import BookmarksScreen

        self._take_up(bookmarks)
        self._screen = BookmarksScreen(self._pane.context, bookmarks, self._remove, self._note)
        self._pane.app.push_screen(self._screen, self._go)

    def _go(self, bookmark: Bookmark | None) -> None:
        self._screen = None
        if bookmark is None:
            return

        from orket_console.logs.found_again import find_again

        def come(ref: LogRef | None) -> None:
            if ref is None:
                self._pane.tell(f"the marked line is in no file of {bookmark.source} any more")
            else:
                self._pane.reading.go_to_line(ref)

        self._pane.load("find-bookmark", lambda: find_again(bookmark), come)

    def _add(self, record: Record, note: str) -> None:
        now = self._pane.context.clock.now()
        bookmark = bookmark_of(record, note, now, self._pane.redact)
        self._change(added(bookmark), "marked; M lists the bookmarks")

    def _remove(self, bookmark: Bookmark) -> None:
        self._change(without(bookmark), "removed")

    def _note(self, bookmark: Bookmark, note: str) -> None:
        self._change(noted(bookmark, self._pane.redact(note)), "noted")

    def _change(self, change: Change, said: str) -> None:
        def done(bookmarks: Bookmarks) -> None:
            self._take_up(bookmarks)
            self._pane.app.notify(said, timeout=2)

        # Each change under a name of its own: none is dropped for one that comes after it.
        self._pane.load(f"change-{id(change)}", lambda: change_bookmarks(self._path, change), done)

    def _take_up(self, bookmarks: Bookmarks) -> None:
        self._marks = Marks(bookmarks)
        self._pane.view.mark(lambda record: self._marks.of(record) is not None)
        if self._screen is not None:
            self._screen.show(bookmarks)
