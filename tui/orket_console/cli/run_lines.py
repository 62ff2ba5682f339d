"""What `runs list`, `runs show` and `runs turns` print: a line or a few for each thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orket_console.base.state import GLYPHS
from orket_console.base.text import shorten
from orket_console.runs import words
from orket_console.runs.model import Run, RunDetail, Tally, Turn

NO_RUNS = "no runs: neither the ledger, a trace folder nor a log has one"
_LONGEST_NAME = 24


def run_lines(runs: Sequence[Run], tallies: Mapping[str, Tally]) -> Iterator[str]:
    """A line a run; below it what its turns come to, where it has a tally."""
    if not runs:
        yield NO_RUNS
        return
    sessions = max(len(run.session) for run in runs)
    names = min(max(len(run.name) for run in runs), _LONGEST_NAME)
    for run in runs:
        started = f"{run.started:%Y-%m-%d %H:%M:%S}" if run.started else "no start recorded  "
        counts = f"{_number(run.issues)} issues {_number(run.turns)} turns {words.took(run):>7}"
        name = f"{shorten(run.name, names):<{names}}"
        outcome = f"{GLYPHS[run.state]} {words.outcome(run)}"
        yield f"{started}  {run.session:<{sessions}}  {name}  {counts}  {outcome}"
        if run.session in tallies:
            yield from _below(run, tallies[run.session])


def detail_lines(detail: RunDetail) -> Iterator[str]:
    """A run: its head, its issues, its turns."""
    yield from _head_lines(detail)
    for note in detail.notes:
        yield f"  note      {note}"
    yield ""
    yield f"{words.count(len(detail.issues), 'issue')}"
    for issue in detail.issues:
        summary = f"  {shorten(issue.summary, 40)}" if issue.summary else ""
        yield f"  {issue.issue}  {words.issue_state(issue)}{summary}"
    yield ""
    yield f"{words.count(len(detail.turns), 'turn')}, in order of time"
    yield from turn_lines(detail.turns)


def turn_lines(turns: Sequence[Turn]) -> Iterator[str]:
    """When, which and what became of each turn; what it asked for; gaps and oddities."""
    for turn in turns:
        at = f"{turn.at:%H:%M:%S.%f}"[:-3] if turn.at else ""
        about = f"~ {at}" if turn.at_from == "file time" else f"  {at}"
        state = f"  {turn.change}" if turn.change else ""
        yield f"{about}  {turn.ref}  {GLYPHS[turn.state]} {words.turn_outcome(turn)}"
        yield f"{'':16}asked {turn.asked or 'nothing'}{state}"
        for remark in filter(None, (words.gaps(turn), turn.note)):
            yield f"{'':16}{remark}"


def _head_lines(detail: RunDetail) -> Iterator[str]:
    run = detail.run
    yield f"{run.session}  {run.name}  {GLYPHS[run.state]} {words.outcome(run)}"
    yield f"  {words.title(run)}"
    if run.started:
        ended = f" to {run.ended:%H:%M:%S}" if run.ended else ", no end recorded"
        yield f"  started   {run.started:%Y-%m-%d %H:%M:%S} UTC{ended}"
    for label, text in words.points(run, detail.tally):
        yield f"  {label:<9} {text}"


def _below(run: Run, tally: Tally) -> Iterator[str]:
    for label, text in words.points(run, tally):
        if label not in ("build", "found in", "traces"):
            yield f"{'':21}{label:<9} {text}"


def _number(number: int | None) -> str:
    return f"{'?' if number is None else number:>3}"
