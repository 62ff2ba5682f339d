"""The last line: the keys that work here and now, the nearest first, read from the bindings."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text
from textual.screen import Screen
from textual.widget import Widget

from orket_console.ui.keys import key_text

_ALWAYS = ("app.help", "app.palette")


class KeyBar(Widget):
    def __init__(self) -> None:
        super().__init__(id="key-bar")

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Text:
        last = self._part(_ALWAYS)
        room = self.size.width - last.cell_len - 2
        line = Text(" ", no_wrap=True, end="")
        for key, label in self._shown():
            part = Text.assemble((key, "bold"), " ", (label, "dim"), "  ")
            if line.cell_len + part.cell_len > room:
                break
            line.append_text(part)
        line.pad_right(max(self.size.width - last.cell_len - line.cell_len, 0))
        return line.append_text(last)

    def _part(self, ids: tuple[str, ...]) -> Text:
        keys = dict(self._pairs(ids))
        return Text("  ").join(
            [Text.assemble((key, "bold"), " ", (label, "dim")) for key, label in keys.items()]
        )

    def _pairs(self, ids: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for active in self.screen.active_bindings.values():
            if active.binding.id in ids:
                yield key_text(self.app, active.binding), active.binding.description

    def _shown(self) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not active.enabled or binding.id in _ALWAYS:
                continue
            if binding.action in seen:
                continue
            seen.add(binding.action)
            yield key_text(self.app, binding), binding.description
