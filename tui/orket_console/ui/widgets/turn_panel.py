"""Below the turns: one turn in its parts, read and coloured off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from orket_console.base.refs import LogRef
from orket_console.runs.model import Turn
from orket_console.runs.parts.all import PARTS, part_labels, part_names
from orket_console.runs.parts.tools import call_key
from orket_console.ui.context import UiContext
from orket_console.ui.copying import file_name
from orket_console.ui.widgets.block_lines import Body
from orket_console.ui.widgets.block_view import BlockView
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.part_line import PartLine
from orket_console.ui.widgets.turn_reader import Load, TurnReader, Wanted
from orket_console.ui.widgets.turn_view import Drawn, Pen, text_of
from orket_console.ui.widgets.view import View

_SOON: Final = 0.015
"""Seconds that a frame waits for a turn to be read."""
_AT_REST: Final = 0.3
"""Seconds that a turn is in view before its log lines are looked for."""


class TurnPanel(Vertical):
    """Shows a turn's chosen part, or any other text; keeps the part from turn to turn."""

    DEFAULT_CSS = """
    TurnPanel { height: 1fr; width: 1fr; }
    TurnPanel BlockView { height: 1fr; width: 1fr; }
    """

    def __init__(self, context: UiContext, load: Load) -> None:
        super().__init__()
        self._reader = TurnReader(context, load, self._pen)
        self._part = PARTS[0]
        self._turn: Turn | None = None
        self._near: Sequence[Turn] = ()
        self._drawn: Drawn | None = None
        self._call = 0
        self._asked: Wanted | None = None
        self._viewed = ""
        self._rest: Timer | None = None
        self._held = ExitStack()

    def compose(self) -> ComposeResult:
        yield PartLine()
        yield Detail()
        yield BlockView(self._reader.redact)

    def on_mount(self) -> None:
        self._show_blocks(shown=False)

    @property
    def blocks(self) -> BlockView:
        return self.query_one(BlockView)

    # -- what the pane brings

    def take_keys(self) -> None:
        """Give the keys to what is in view."""
        (self.query_one(Detail) if self._turn is None else self.blocks).focus()

    def show_view(self, view: View) -> None:
        """Something that is no turn. The same again keeps its place."""
        keep = self._turn is None and view.plain == self._viewed
        self._turn = self._drawn = self._asked = None
        self._viewed = view.plain
        self._show_blocks(shown=False)
        self.query_one(Detail).show(view.body, keep_place=keep)

    def show_turn(self, turn: Turn, near: Sequence[Turn] = ()) -> None:
        """A turn, at the part that was chosen last. The same turn again keeps its place.

        Those `near` it, the likeliest first, are made ready for being shown without waiting.
        """
        if self._turn is None or self._turn.path != turn.path:
            self._call = 0
        self._turn, self._near = turn, near
        self._draw()

    @property
    def part(self) -> str:
        """The part that was chosen last."""
        return self._part

    def choose(self, part: str) -> None:
        self._part = part
        self._call = 0
        if part == "Log" and self._turn is not None:
            self._reader.forget_log(self._turn)
            self._asked = None
        self._draw()

    def step(self, by: int) -> None:
        """The next or previous part that this turn has, around the ends."""
        names = part_names(self._drawn.reading.detail, self._part) if self._drawn else PARTS
        self.choose(names[(names.index(self._part) + by) % len(names)])

    def step_call(self, by: int) -> bool:
        """Come to the next tool call of this turn, or the one before; False for none.

        From another part, to the tool calls themselves.
        """
        calls = len(self._turn.tools) if self._turn else 0
        if self._part != "Tools":
            self.choose("Tools")
            return calls > 0
        if not 0 <= self._call + by < calls:
            return False
        self._come_to_call(self._call + by)
        return True

    def come_to_last_call(self) -> None:
        """Of the turn that is shown, or soon will be."""
        self._come_to_call(max(len(self._turn.tools) - 1, 0) if self._turn else 0)

    def _come_to_call(self, at: int) -> None:
        self._call = at
        if self._drawn is not None and self._drawn.turn is self._turn:
            self._scroll_to_call()

    # -- what can be taken away, or leads elsewhere

    def taken(self) -> tuple[str, Callable[[], str]] | None:
        """The part, or the file under the cursor, as a file's name and what gives its text.

        None while nothing is shown. The text is to be made in a thread.
        """
        drawn, viewed = self._drawn, self._viewed
        if self._turn is None and viewed:
            return "run.txt", lambda: viewed
        if drawn is None:
            return None
        chosen = self.blocks.block if drawn.part == "Files" and self.blocks.has_focus else None
        ref = drawn.turn.ref
        part = chosen.title if chosen is not None and chosen.file else f"{drawn.part.lower()}.txt"
        name = file_name(ref.session, ref.issue, str(ref.index), ref.role, part)
        return name, lambda: text_of(drawn, chosen)

    def log_line(self) -> LogRef | None:
        """The log line under the cursor; None where there is none."""
        drawn, block = self._drawn, self.blocks.block
        if drawn is None or drawn.part != "Log" or block is None or block.at is None:
            return None
        return LogRef(*block.at) if self.blocks.has_focus else None

    # -- messages

    def on_part_line_clicked(self, message: PartLine.Clicked) -> None:
        message.stop()
        self.choose(message.part)

    def on_block_view_wanted(self, message: BlockView.Wanted) -> None:
        message.stop()
        drawn, block = self._drawn, message.block

        def take(body: Body) -> None:
            if self._drawn is drawn:
                self.blocks.supply(block.key, body)

        self._reader.draw_block(block, message.limit, take)

    def on_unmount(self) -> None:
        self._release()

    # -- reading

    def _draw(self) -> None:
        if self._turn is None:
            return
        wanted, asked = self._wanted(self._turn), self._asked
        if asked is not None and asked.key == wanted.key:
            return
        self._asked = wanted
        if not self._shows(wanted.turn, wanted.part):
            self.blocks.forget_limits()
        ready = self._reader.ready(wanted)
        if ready is not None:
            self._release()
            self._show(ready)
            return
        self._hold()
        self._reader.draw(wanted, lambda drawn: self._take(wanted, drawn))

    def _wanted(self, turn: Turn) -> Wanted:
        return Wanted(turn, self._part, self.app.current_theme.dark)

    def _pen(self) -> Pen:
        view = self.blocks
        dark = self.app.current_theme.dark
        return Pen(view.is_open, view.limit_of, self._reader.redact, dark)

    def _make_ready(self) -> None:
        self._reader.expect([self._wanted(turn) for turn in self._near])

    def _hold(self) -> None:
        """Draw nothing until the turn is read, if that is soon: then one frame shows all of it.

        Else the next frame would come first without it, and it would wait for one more.
        """
        self._release()
        self._held.enter_context(self.app.batch_update())
        self.set_timer(_SOON, self._release)

    def _release(self) -> None:
        self._held.close()

    def _take(self, wanted: Wanted, drawn: Drawn) -> None:
        if self._asked is wanted:
            self._show(drawn)
            self._release()

    def _look_soon(self) -> None:
        """Look for the turn's log lines once it is clear that it stays in view."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_AT_REST, self._look)

    def _look(self) -> None:
        turn = self._turn
        if turn is not None:
            self._reader.measure(turn, self._again)
            self._reader.read_log(turn, lambda: self._more_of(turn))

    def _more_of(self, turn: Turn) -> None:
        if self._turn is not None and self._turn.path == turn.path:
            self._again()

    def _again(self) -> None:
        """Draw the turn that is in view once more: there is more to say of it."""
        if self._turn is not None:
            self._asked = None
            self._draw()

    # -- showing

    def _show(self, drawn: Drawn) -> None:
        if self._turn is None:
            return
        same = self._shows(drawn.turn, drawn.part)
        self._drawn = drawn
        self._show_blocks(shown=True)
        self.query_one(PartLine).show(part_labels(drawn.reading, drawn.part), drawn.part)
        self.blocks.show(drawn.part, drawn.blocks, drawn.bodies, keep_place=same)
        if not same:
            self._scroll_to_call()
        if drawn.reading.log is None:
            self._look_soon()
        # Once this one is on screen: what is made ready must not keep it waiting.
        self.call_after_refresh(self._make_ready)

    def _shows(self, turn: Turn, part: str) -> bool:
        drawn = self._drawn
        return drawn is not None and (drawn.turn.path, drawn.part) == (turn.path, part)

    def _show_blocks(self, *, shown: bool) -> None:
        """Either the parts of a turn are in view, or the text of something else."""
        blocks, detail = self.blocks, self.query_one(Detail)
        if (blocks.display, detail.display) == (shown, not shown):
            return
        had_keys = blocks.has_focus or detail.has_focus
        self.query_one(PartLine).display = blocks.display = shown
        detail.display = not shown
        if had_keys:
            (blocks if shown else detail).focus()

    def _scroll_to_call(self) -> None:
        if self._drawn is not None and self._drawn.part == "Tools":
            self.blocks.go_to(call_key(self._call + 1))
