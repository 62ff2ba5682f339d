"""Below the turns: one turn in its parts, read and coloured off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Protocol

from textual.app import ComposeResult
from textual.containers import Vertical

from orket_console.runs.model import Turn
from orket_console.runs.turn import TurnDetail, open_turn
from orket_console.ui.context import UiContext
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.part_line import PartLine
from orket_console.ui.widgets.turn_view import (
    PARTS,
    call_texts,
    part_labels,
    part_view,
)
from orket_console.ui.widgets.view import View

_KEPT: Final = 64
"""Turns that are kept in memory once read, of one run."""
_MOST_BYTES: Final = 32 << 20
"""Bytes of the files of those."""
_SOON: Final = 0.015
"""Seconds that a frame waits for a turn to be read."""


class Load(Protocol):
    """`Pane.load`: a function in a thread, its result on the loop, stale ones dropped."""

    def __call__(
        self, name: str, function: Callable[[], Any], then: Callable[[Any], None]
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One part of one turn, read and coloured."""

    turn: Turn
    part: str
    detail: TurnDetail
    view: View


class TurnPanel(Vertical):
    """Shows a turn's chosen part, or any other text; keeps the part from turn to turn."""

    DEFAULT_CSS = """
    TurnPanel { height: 1fr; width: 1fr; }
    """

    def __init__(self, context: UiContext, load: Load) -> None:
        super().__init__()
        self._ui = context
        self._load_in_thread = load
        self._part = PARTS[0]
        self._turn: Turn | None = None
        self._drawn: _Drawn | None = None
        self._call = 0
        self._asked = ("", "", "")
        self._viewed = ""
        self._details: dict[str, TurnDetail] = {}
        self._held = ExitStack()

    def compose(self) -> ComposeResult:
        yield PartLine()
        yield Detail()

    def on_mount(self) -> None:
        self.query_one(PartLine).display = False

    def show_view(self, view: View) -> None:
        """Something that is no turn. The same again keeps its place."""
        keep = self._turn is None and view.plain == self._viewed
        self._turn = self._drawn = None
        self._asked = ("", "", "")
        self._viewed = view.plain
        self.query_one(PartLine).display = False
        self.query_one(Detail).show(view.body, keep_place=keep)

    def show_turn(self, turn: Turn) -> None:
        """A turn, at the part that was chosen last. The same turn again keeps its place."""
        if self._turn is None or self._turn.path != turn.path:
            self._call = 0
        self._turn = turn
        self._draw()

    def choose(self, part: str) -> None:
        self._part = part
        self._call = 0
        self._draw()

    def step(self, by: int) -> None:
        """The next or previous part, around the ends."""
        self.choose(PARTS[(PARTS.index(self._part) + by) % len(PARTS)])

    def next_call(self) -> bool:
        """Come to the next tool call of this turn; False when there is none after."""
        calls = len(self._turn.tools) if self._turn else 0
        if self._part != "Tools":
            self.choose("Tools")
            return calls > 0
        if self._call + 1 >= calls:
            return False
        self._call += 1
        self._scroll_to_call()
        return True

    def copy_text(self) -> str:
        """The part in full, as it would be read; empty while nothing is shown."""
        return self._drawn.view.plain if self._drawn else ""

    def on_part_line_clicked(self, message: PartLine.Clicked) -> None:
        message.stop()
        self.choose(message.part)

    def _draw(self) -> None:
        turn, part = self._turn, self._part
        if turn is None or self._asked == (turn.path, turn.mark, part):
            return
        self._asked = (turn.path, turn.mark, part)
        known = self._details.get(turn.path + turn.mark)
        dark = self.app.current_theme.dark

        def read() -> _Drawn:
            detail = known or open_turn(self._ui.target, turn)
            return _Drawn(turn, part, detail, part_view(part, detail, self._ui, dark=dark))

        self._hold()
        self._load_in_thread("turn", read, self._take)

    def _hold(self) -> None:
        """Draw nothing until the turn is read, if that is soon: then one frame shows all of it.

        Else the next frame would come first without it, and it would wait for one more.
        """
        self._release()
        self._held.enter_context(self.app.batch_update())
        self.set_timer(_SOON, self._release)

    def _release(self) -> None:
        self._held.close()

    def on_unmount(self) -> None:
        self._release()

    def _take(self, drawn: _Drawn) -> None:
        self._show(drawn)
        self._release()

    def _show(self, drawn: _Drawn) -> None:
        if self._turn is None:
            return
        before = self._drawn
        same = before and (before.turn.path, before.part) == (drawn.turn.path, drawn.part)
        self._drawn = drawn
        self._keep(drawn)
        line = self.query_one(PartLine)
        line.display = True
        line.show(part_labels(drawn.detail), drawn.part)
        self.query_one(Detail).show(drawn.view.body, keep_place=bool(same))
        self._scroll_to_call()

    def _keep(self, drawn: _Drawn) -> None:
        """Keep what was read for coming back to it; what another run's turns held is let go."""
        session = drawn.turn.ref.session
        kept = {key: d for key, d in self._details.items() if d.turn.ref.session == session}
        kept[drawn.turn.path + drawn.turn.mark] = drawn.detail
        weights = {key: sum(file.size for file in d.files) for key, d in kept.items()}
        while len(kept) > _KEPT or (len(kept) > 1 and sum(weights.values()) > _MOST_BYTES):
            oldest = next(iter(kept))
            del kept[oldest], weights[oldest]
        self._details = kept

    def _scroll_to_call(self) -> None:
        if self._drawn is None or self._part != "Tools" or self._call < 1:
            return
        view = self.query_one(Detail)
        width = max(view.scrollable_content_region.width, 10)
        calls = call_texts(self._drawn.detail, dark=True)[: self._call]
        lines = sum(len(text.wrap(self.app.console, width)) for text in calls)
        view.scroll_to(y=lines, animate=False, force=True)
