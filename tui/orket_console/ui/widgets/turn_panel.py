"""Below the turns: one turn in its parts, read and coloured off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Protocol

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from orket_console.base.refs import LogRef
from orket_console.base.secret import Redactor
from orket_console.runs.model import Turn
from orket_console.runs.parts.all import PARTS, Reading, part_labels, part_names
from orket_console.runs.parts.tools import call_key
from orket_console.runs.turn import TurnDetail, open_turn
from orket_console.runs.turn_log import TurnLog, read_turn_log
from orket_console.ui.context import UiContext
from orket_console.ui.copying import file_name
from orket_console.ui.widgets.block_view import BlockView
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.part_line import PartLine
from orket_console.ui.widgets.turn_view import Drawn, Pen, draw_body, draw_part, text_of
from orket_console.ui.widgets.view import View

if TYPE_CHECKING:
    from orket_console.runs.compare.measure import Measure

_KEPT: Final = 64
"""Turns that are kept in memory once read, of one run."""
_MOST_BYTES: Final = 32 << 20
"""Bytes of the files of those."""
_SOON: Final = 0.015
"""Seconds that a frame waits for a turn to be read."""
_AT_REST: Final = 0.3
"""Seconds that a turn is in view before its log lines are looked for."""


class Load(Protocol):
    """`Pane.load`: a function in a thread, its result on the loop, stale ones dropped."""

    def __call__(
        self, name: str, function: Callable[[], Any], then: Callable[[Any], None]
    ) -> None: ...


class TurnPanel(Vertical):
    """Shows a turn's chosen part, or any other text; keeps the part from turn to turn."""

    DEFAULT_CSS = """
    TurnPanel { height: 1fr; width: 1fr; }
    TurnPanel BlockView { height: 1fr; width: 1fr; }
    """

    def __init__(self, context: UiContext, load: Load) -> None:
        super().__init__()
        self._ui = context
        self._load_in_thread = load
        self._redactor = Redactor(())
        self._part = PARTS[0]
        self._turn: Turn | None = None
        self._drawn: Drawn | None = None
        self._call = 0
        self._asked = ("", "", "")
        self._viewed = ""
        self._details: dict[str, TurnDetail] = {}
        self._logs: dict[str, TurnLog] = {}
        self._measured: dict[str, Measure | None] = {}
        self._rest: Timer | None = None
        self._held = ExitStack()

    def compose(self) -> ComposeResult:
        yield PartLine()
        yield Detail()
        yield BlockView(self._redact)

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
        self._turn = self._drawn = None
        self._asked = ("", "", "")
        self._viewed = view.plain
        self._show_blocks(shown=False)
        self.query_one(Detail).show(view.body, keep_place=keep)

    def show_turn(self, turn: Turn) -> None:
        """A turn, at the part that was chosen last. The same turn again keeps its place."""
        if self._turn is None or self._turn.path != turn.path:
            self._call = 0
        self._turn = turn
        self._draw()

    @property
    def part(self) -> str:
        """The part that was chosen last."""
        return self._part

    def choose(self, part: str) -> None:
        self._part = part
        self._call = 0
        if part == "Log" and self._turn is not None:
            # It may have grown.
            self._logs.pop(_key(self._turn), None)
            self._asked = ("", "", "")
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
        drawn, block, pen = self._drawn, message.block, self._pen()

        def take(body: Any) -> None:  # noqa: ANN401  as `Load` hands it on
            if self._drawn is drawn:
                self.blocks.supply(block.key, body)

        self._load_in_thread(
            f"block {block.key}", lambda: draw_body(block, message.limit, pen), take
        )

    def on_unmount(self) -> None:
        self._release()

    # -- reading

    def _draw(self) -> None:
        turn, part = self._turn, self._part
        if turn is None or self._asked == (turn.path, turn.mark, part):
            return
        self._asked = (turn.path, turn.mark, part)
        known, log = self._details.get(_key(turn)), self._logs.get(_key(turn))
        good = self._said_of(turn)
        target, clock, pen = self._ui.target, self._ui.time_of_day, self._pen()
        if not self._shows(turn, part):
            self.blocks.forget_limits()

        def read() -> Drawn:
            self._redactor = target.redactor()
            detail = known or open_turn(target, turn)
            said = read_turn_log(target, turn) if log is None and part == "Log" else log
            return draw_part(turn, part, Reading(target, detail, said, clock, good), pen)

        self._hold()
        self._load_in_thread("turn", read, self._take)

    def _pen(self) -> Pen:
        view = self.blocks
        return Pen(view.is_open, view.limit_of, self._redact, self.app.current_theme.dark)

    def _redact(self, text: str) -> str:
        return self._redactor.redact(text)

    def _hold(self) -> None:
        """Draw nothing until the turn is read, if that is soon: then one frame shows all of it.

        Else the next frame would come first without it, and it would wait for one more.
        """
        self._release()
        self._held.enter_context(self.app.batch_update())
        self.set_timer(_SOON, self._release)

    def _release(self) -> None:
        self._held.close()

    def _take(self, drawn: Drawn) -> None:
        self._show(drawn)
        self._release()

    def _look_soon(self) -> None:
        """Look for the turn's log lines once it is clear that it stays in view."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_AT_REST, self._look)

    def _measure(self, turn: Turn) -> None:
        """Find where a failed turn's run first differs from a good one."""
        session, target, clock = turn.ref.session, self._ui.target, self._ui.clock
        if not turn.failed or session in self._measured:
            return
        self._measured = {session: None}

        def take(measure: Measure | None) -> None:
            self._measured = {session: measure}
            self._again()

        def measure() -> Measure | None:
            # Not above: the first turns are drawn without it.
            from orket_console.runs.compare.measure import measure_run

            return measure_run(target, clock, session)

        self._load_in_thread("good run", measure, take)

    def _said_of(self, turn: Turn) -> str:
        """What a good run has to say of a turn."""
        measure = self._measured.get(turn.ref.session)
        said = measure is not None and (turn.failed or measure.at == turn.ref)
        return measure.line(turn.ref) if measure and said else ""

    def _again(self) -> None:
        """Draw the turn that is in view once more: there is more to say of it."""
        if self._turn is not None:
            self._asked = ("", "", "")
            self._draw()

    def _look(self) -> None:
        turn, target = self._turn, self._ui.target
        if turn is not None:
            self._measure(turn)
        if turn is None or _key(turn) in self._logs:
            return

        def take(log: TurnLog) -> None:
            self._logs[_key(turn)] = log
            if self._turn is not None and _key(self._turn) == _key(turn):
                self._again()

        self._load_in_thread("turn log", lambda: read_turn_log(target, turn), take)

    # -- showing

    def _show(self, drawn: Drawn) -> None:
        if self._turn is None:
            return
        same = self._shows(drawn.turn, drawn.part)
        self._drawn = drawn
        self._keep(drawn)
        self._show_blocks(shown=True)
        self.query_one(PartLine).show(part_labels(drawn.reading, drawn.part), drawn.part)
        self.blocks.show(drawn.part, drawn.blocks, drawn.bodies, keep_place=same)
        if not same:
            self._scroll_to_call()
        if drawn.reading.log is None:
            self._look_soon()

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

    def _keep(self, drawn: Drawn) -> None:
        """Keep what was read for coming back to it; what another run's turns held is let go."""
        session, key = drawn.turn.ref.session, _key(drawn.turn)
        kept = {key: d for key, d in self._details.items() if d.turn.ref.session == session}
        kept[key] = drawn.reading.detail
        weights = {key: sum(file.size for file in d.files) for key, d in kept.items()}
        while len(kept) > _KEPT or (len(kept) > 1 and sum(weights.values()) > _MOST_BYTES):
            oldest = next(iter(kept))
            del kept[oldest], weights[oldest]
        if drawn.reading.log is not None:
            self._logs[key] = drawn.reading.log
        self._logs = {key: log for key, log in self._logs.items() if key in kept}
        self._details = kept

    def _scroll_to_call(self) -> None:
        if self._drawn is not None and self._drawn.part == "Tools":
            self.blocks.go_to(call_key(self._call + 1))


def _key(turn: Turn) -> str:
    return turn.path + turn.mark
