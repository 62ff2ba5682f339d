"""Turns as read and drawn off the event loop, and kept; those near by before they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from orket_console.base.secret import Redactor
from orket_console.runs.model import Turn
from orket_console.runs.parts.all import Reading
from orket_console.runs.parts.block import Block
from orket_console.runs.turn import TurnDetail, open_turn
from orket_console.runs.turn_log import TurnLog, read_turn_log
from orket_console.ui.context import UiContext
from orket_console.ui.widgets.block_lines import Body
from orket_console.ui.widgets.turn_view import Drawn, Pen, draw_body, draw_part

if TYPE_CHECKING:
    from orket_console.runs.compare.measure import Measure

_KEPT: Final = 64
"""Turns that are kept in memory once read, of one run."""
_MOST_BYTES: Final = 32 << 20
"""Bytes of the files of those."""
_READY: Final = 4
"""Turns that are kept drawn."""


class Load(Protocol):
    """`Pane.load`: a function in a thread, its result on the loop, stale ones dropped."""

    def __call__(
        self, name: str, function: Callable[[], Any], then: Callable[[Any], None]
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of a turn, to be drawn in dark colours or in light ones."""

    turn: Turn
    part: str
    dark: bool

    @property
    def key(self) -> tuple[str, str, bool]:
        """Another one when it would be drawn differently."""
        return _key(self.turn), self.part, self.dark


class TurnReader:
    """`pen` gives the pen of this moment; `redact` takes out the secrets of the last reading."""

    def __init__(self, context: UiContext, load: Load, pen: Callable[[], Pen]) -> None:
        self._ui = context
        self._load = load
        self._pen = pen
        self._redactor = Redactor(())
        self._details: dict[str, TurnDetail] = {}
        self._logs: dict[str, TurnLog] = {}
        self._measured: dict[str, Measure | None] = {}
        self._ready: dict[tuple[str, str, bool], Drawn] = {}
        self._expected: list[Wanted] = []

    def redact(self, text: str) -> str:
        return self._redactor.redact(text)

    # -- parts of turns

    def ready(self, wanted: Wanted) -> Drawn | None:
        """What is drawn already, to be shown without waiting."""
        drawn = self._ready.get(wanted.key)
        more = drawn is not None and drawn.reading.log is not self._logs.get(_key(wanted.turn))
        return None if more else drawn

    def draw(self, wanted: Wanted, then: Callable[[Drawn], None]) -> None:
        """Read and draw it in a thread."""
        read = self._reading(wanted)

        def take(drawn: Drawn) -> None:
            self._keep(wanted, drawn)
            then(drawn)

        self._load("turn", read, take)

    def expect(self, wanted: Sequence[Wanted]) -> None:
        """Draw these one after the other, for when they are asked for; no others any more.

        Not a log, which may be long to look through.
        """
        self._expected = [each for each in wanted if each.part != "Log"]
        self._prepare()

    def draw_block(self, block: Block, limit: int, then: Callable[[Body], None]) -> None:
        """More of a block, or one that was folded. What is drawn already may lack it."""
        self._ready.clear()
        pen = self._pen()
        self._load(f"block {block.key}", lambda: draw_body(block, limit, pen), then)

    def _prepare(self) -> None:
        """The next one that is expected, and not ready."""
        self._expected = [each for each in self._expected if self.ready(each) is None]
        if not self._expected:
            return
        wanted = self._expected.pop(0)

        def take(drawn: Drawn) -> None:
            self._keep(wanted, drawn)
            self._prepare()

        self._load("turn near by", self._reading(wanted), take)

    def _reading(self, wanted: Wanted) -> Callable[[], Drawn]:
        turn, part, key = wanted.turn, wanted.part, _key(wanted.turn)
        known, log, good = self._details.get(key), self._logs.get(key), self._said_of(turn)
        target, clock, pen = self._ui.target, self._ui.time_of_day, self._pen()

        def read() -> Drawn:
            self._redactor = target.redactor()
            detail = known or open_turn(target, turn)
            said = read_turn_log(target, turn) if log is None and part == "Log" else log
            return draw_part(turn, part, Reading(target, detail, said, clock, good), pen)

        return read

    # -- what is found out later

    def forget_log(self, turn: Turn) -> None:
        """It may have grown."""
        self._logs.pop(_key(turn), None)

    def read_log(self, turn: Turn, then: Callable[[], None]) -> None:
        """Look for a turn's log lines, unless they are known."""
        target = self._ui.target
        if _key(turn) in self._logs:
            return

        def take(log: TurnLog) -> None:
            self._logs[_key(turn)] = log
            then()

        self._load("turn log", lambda: read_turn_log(target, turn), take)

    def measure(self, turn: Turn, then: Callable[[], None]) -> None:
        """Find where a failed turn's run first differs from a good one, unless that is known."""
        session, target, clock = turn.ref.session, self._ui.target, self._ui.clock
        if not turn.failed or session in self._measured:
            return
        self._measured = {session: None}

        def take(measure: Measure | None) -> None:
            self._measured = {session: measure}
            self._ready.clear()
            then()

        def measured() -> Measure | None:
            # Not above: the first turns are drawn without it.
            from orket_console.runs.compare.measure import measure_run

            return measure_run(target, clock, session)

        self._load("good run", measured, take)

    def _said_of(self, turn: Turn) -> str:
        """What a good run has to say of a turn."""
        measure = self._measured.get(turn.ref.session)
        said = measure is not None and (turn.failed or measure.at == turn.ref)
        return measure.line(turn.ref) if measure and said else ""

    # -- keeping

    def _keep(self, wanted: Wanted, drawn: Drawn) -> None:
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
        self._ready.pop(wanted.key, None)
        self._ready = {at: drawn for at, drawn in self._ready.items() if at[0] in kept}
        self._ready[wanted.key] = drawn
        while len(self._ready) > _READY:
            del self._ready[next(iter(self._ready))]


def _key(turn: Turn) -> str:
    return turn.path + turn.mark
