"""The runs there are, and what lies behind those that did not go well."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, read_bytes
from orket_console.incidents.diagnosis.facts import Begun, LogFacts, Moment, RunFacts, RunSeen
from orket_console.runs.detail import OpenedRun
from orket_console.runs.model import Run, RunDetail, Turn, Verdict
from orket_console.runs.sessions import RunList
from orket_console.target.target import Target

MOST: Final = 100
"""Runs that are looked at, the newest."""
_OPENED: Final = 40
_TURNS: Final = 24
_RESPONSES: Final = 3
_RESPONSE_CAP: Final = 256 << 10
_CALL: Final = re.compile(
    rb"""["'](tool|tool_name|tool_calls|function)["']\s*:|<tool_call|<function=""", re.IGNORECASE
)
"""How an answer looks that means to call a tool, in the forms that models write."""
_PARSED: Final = b'"parse_success"'
"""What Orket's parser notes of an answer in which it found a call."""


class RunLook:
    """Looks at runs again and again; one that is as it was is not opened again."""

    def __init__(self, target: Target, clock: Clock) -> None:
        self._target = target
        self._clock = clock
        self._list = RunList(target, clock)
        self._opened: dict[str, tuple[Run, RunDetail]] = {}

    def read(self, log: LogFacts) -> RunFacts:
        """Sources: the runtime database, the trace folders, and `log` for what it says of each.

        Never raises: what can't be read is named in `problems`.
        """
        self._list.page(MOST)
        page = self._list.look()
        moments, begun = _by_session(log)
        runs: list[RunSeen] = []
        opened = 0
        for run in page.runs:
            troubled = run.failed and opened < _OPENED
            opened += troubled
            detail = self._open(run) if troubled else None
            runs.append(_seen(run, detail, moments[run.session], begun[run.session]))
        known = {run.session for run in page.runs}
        self._opened = {name: kept for name, kept in self._opened.items() if name in known}
        return RunFacts(tuple(runs), page.more, page.problems)

    def _open(self, run: Run) -> RunDetail | None:
        kept = self._opened.get(run.session)
        if kept is not None and kept[0] == run:
            return kept[1]
        try:
            detail = OpenedRun(self._target, self._clock, run.session).detail
        except ConsoleError:
            # It went away since it was listed.
            return None
        self._opened[run.session] = (run, detail)
        return detail


def _by_session(
    log: LogFacts,
) -> tuple[defaultdict[str, list[Moment]], defaultdict[str, list[Begun]]]:
    moments: defaultdict[str, list[Moment]] = defaultdict(list)
    begun: defaultdict[str, list[Begun]] = defaultdict(list)
    for moment in log.moments:
        moments[moment.session].append(moment)
    for turn in log.begun:
        begun[turn.session].append(turn)
    return moments, begun


def _seen(run: Run, detail: RunDetail | None, moments: list[Moment], begun: list[Begun]) -> RunSeen:
    every = detail.turns if detail else ()
    turns = tuple(turn for turn in every if turn.failed)[-_TURNS:]
    silent = [turn for turn in turns if turn.verdict is Verdict.NO_PROGRESS][:_RESPONSES]
    return RunSeen(
        run=run,
        issues=detail.issues if detail else (),
        turns=turns,
        answered=frozenset(_named(turn) for turn in every if _has_answer(turn)),
        garbled=tuple(turn.ref for turn in silent if _is_garbled(turn)),
        moments=tuple(moments),
        begun=tuple(begun),
    )


def _named(turn: Turn) -> tuple[str, int]:
    return turn.ref.issue, turn.ref.index


def _has_answer(turn: Turn) -> bool:
    return turn.judged and "model_response.txt" not in turn.missing


def _is_garbled(turn: Turn) -> bool:
    """Whether the answer was meant as a tool call, and the parser found none in it."""
    answer = _read(turn, "model_response.txt")
    if _CALL.search(answer) is None:
        return False
    return _PARSED not in _read(turn, "tool_parser_diagnostics.json")


def _read(turn: Turn, name: str) -> bytes:
    try:
        return read_bytes(f"{turn.path}/{name}", _RESPONSE_CAP)
    except UnreadableError:
        return b""
