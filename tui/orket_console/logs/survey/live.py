"""The thread that keeps a survey of the logs for a screen, as they grow.

What it found waits to be taken; nothing is ever called on the screen's thread but `found`,
which may only leave a message.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.text import one_line
from orket_console.logs.filter import Filter
from orket_console.logs.scan.pool import StoppedError
from orket_console.logs.scan.spans import SPAN
from orket_console.logs.sources import Source
from orket_console.logs.survey.facets import Facet, facets
from orket_console.logs.survey.patterns import Pattern, has_earlier, lately, patterns
from orket_console.logs.survey.surveyor import Extent, Surveyor
from orket_console.logs.survey.timeline import Timeline, timeline

EVERY: Final = 1.0
"""Seconds between two looks at whether the logs grew."""
AT_A_TIME: Final = 3 << 20
"""Bytes of a log that are counted at one such look: about one part in fifty of a core."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a screen wants to know: of which lines of which logs, and how it shows it.

    `details` asks for patterns and facets as well, `whole` for the logs from their beginnings.
    `moment` is compared with for what is new; without one it is some minutes before the end.
    """

    wanted: Filter
    sources: tuple[Source, ...]
    width: int = 60
    details: bool = False
    whole: bool = False
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found for a wish. `progress` is bytes done and all there are, while reading.

    `moment` is what was compared with; None where nothing is older than it.
    """

    wish: Wish
    lines: int = 0
    matched: int = 0
    extent: Extent = field(default_factory=Extent)
    timeline: Timeline = field(default_factory=Timeline)
    patterns: tuple[Pattern, ...] = ()
    facets: tuple[Facet, ...] = ()
    moment: datetime | None = None
    progress: tuple[int, int] | None = None
    problem: str = ""


class LiveSurvey:
    """Daemonic thread, ended by `stop`. The last wish counts; what is new is told by `found`."""

    def __init__(self, found: Callable[[], None]) -> None:
        self._found = found
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._wish: Wish | None = None
        self._survey: Survey | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="orket-console-survey", daemon=True)

    # -- the screen's side

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 0.0) -> bool:
        """Tell the thread to end, and wait so long for it; whether it has ended."""
        self._closed = True
        self._wake.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def wish(self, wish: Wish | None) -> None:
        """Want something else; None lets it rest."""
        with self._lock:
            self._wish = wish
        self._wake.set()

    @property
    def survey(self) -> Survey | None:
        """What was found last, for a wish that may be over by now."""
        with self._lock:
            return self._survey

    # -- the thread's side

    def _run(self) -> None:
        working = _Working()
        while not self._closed:
            self._wake.clear()
            with self._lock:
                wish = self._wish
            if wish is not None:
                self._look(working, wish)
            self._wake.wait(EVERY if wish is not None else None)

    def _look(self, working: _Working, wish: Wish) -> None:
        """One look. What goes wrong is told: counts that stand still would be false ones."""
        try:
            survey = working.survey(wish, lambda: self._over(wish), self._tell)
        except StoppedError:
            return
        except ConsoleError as error:
            survey = Survey(wish, problem=str(error))
        except Exception as error:
            said = one_line(f"the survey ended: {type(error).__name__}: {error}")
            survey = Survey(wish, problem=said)
        if survey is not None:
            self._tell(survey)

    def _tell(self, survey: Survey) -> None:
        with self._lock:
            self._survey = survey
        self._found()

    def _over(self, wish: Wish) -> bool:
        return self._closed or self._wish is not wish


class _Working:
    """The counts in hand, and what was said of them last."""

    def __init__(self) -> None:
        self._surveyor: Surveyor | None = None
        self._of: tuple[Filter, tuple[Source, ...]] | None = None
        self._said: Wish | None = None

    def survey(
        self, wish: Wish, stop: Callable[[], bool], tell: Callable[[Survey], None]
    ) -> Survey | None:
        """What there is to say anew; None for nothing. Raises `StoppedError`."""
        surveyor = self._begin(wish)
        # A burst is caught up with behind it, unless somebody looks at what is counted.
        behind = surveyor.extent.logs and not wish.details
        grown = surveyor.read_on(wish.sources, stop, AT_A_TIME if behind else SPAN)
        if wish.whole and not surveyor.extent.whole:
            so_far = _survey(surveyor, wish)
            tell(so_far)

            def told(done: int, total: int) -> None:
                tell(replace(so_far, progress=(done, total)))

            surveyor.read_all(wish.sources, stop, told)
        elif not grown and self._said is wish:
            return None
        self._said = wish
        return _survey(surveyor, wish)

    def _begin(self, wish: Wish) -> Surveyor:
        """Go on with the counts, unless they are of another filter, or of a log now left out."""
        of = (wish.wanted, wish.sources)
        surveyor = self._surveyor
        if (
            surveyor is None
            or self._of is None
            or self._of[0] is not wish.wanted
            or not set(self._of[1]) <= set(wish.sources)
        ):
            surveyor = self._surveyor = Surveyor(wish.wanted)
        self._of = of
        return surveyor


def _survey(surveyor: Surveyor, wish: Wish) -> Survey:
    counts = surveyor.counts
    moment = wish.moment or lately(counts)
    survey = Survey(
        wish,
        counts.lines,
        counts.matched,
        surveyor.extent,
        timeline(counts, wish.width),
        moment=moment if has_earlier(counts, moment) else None,
    )
    if not wish.details:
        return survey
    return replace(survey, patterns=patterns(counts, moment), facets=facets(counts))
