"""The keys of the whole console, whatever tab is in view."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

from orket_console.ui.tabs import TABS

BINDINGS: Final[list[BindingType]] = [
    *(
        Binding(str(number), f"tab({number - 1})", title, show=False, id=f"app.tab-{number}")
        for number, title in enumerate(TABS, 1)
    ),
    Binding("question_mark", "help", "keys", tooltip="the keys of where you are", id="app.help"),
    Binding("ctrl+p", "palette", "all", tooltip="all there is, by its name", id="app.palette"),
    Binding("colon", "jump", "jump to a run, turn, filter …", show=False, id="app.jump"),
    Binding("minus", "back", "back to where you were", show=False, id="app.back"),
    Binding("ctrl+l", "redraw", "draw the screen anew", show=False, id="app.redraw"),
    Binding("ctrl+z", "suspend", "to the shell; fg comes back", show=False, id="app.suspend"),
    Binding("q", "quit", "quit", show=False, id="app.quit"),
    Binding("ctrl+q", "quit", "quit", show=False, id="app.quit-always"),
    Binding("ctrl+c", "quit", "quit", show=False, id="app.interrupt"),
]
