"""A filter line, and under it what of its words may have been meant otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.runs.narrow import unknown_key
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.pointing import pointed


class HintedFilter(Vertical):
    """Points at a word before a colon that is none of `keys`: it is looked for as it stands."""

    DEFAULT_CSS = """
    HintedFilter { height: auto; }
    HintedFilter Static { height: 1; padding: 0 1; display: none; }
    HintedFilter.-open Static { display: block; }
    """

    def __init__(self, keys: Sequence[str], bar: str) -> None:
        super().__init__()
        self._keys = keys
        self._bar = bar

    def compose(self) -> ComposeResult:
        yield FilterBar(f"words, or {' '.join(f'{key}:' for key in self._keys)}", self._bar)
        yield Static(markup=False)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.add_class("-open")
        self._say()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say()

    def _say(self) -> None:
        bar, said = self.query_one(FilterBar), self.query_one(Static)
        unknown = unknown_key(bar.value, self._keys)
        if unknown is None:
            said.update("")
        else:
            width = self.app.size.width - 2  # the bar may not be laid out yet
            scrolled = int(bar.scroll_offset.x)
            said.update(pointed(unknown.column, unknown.sentence, scrolled, width))
