"""`orket-console runs`: the sessions there are, and one with its issues and turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from orket_console.base.errors import ExitCode
from orket_console.base.state import GLYPHS
from orket_console.base.text import shorten
from orket_console.cli.invocation import Invocation, target_command
from orket_console.cli.run_questions import changes, export, preflight
from orket_console.runs import words
from orket_console.runs.detail import open_run
from orket_console.runs.ledger import Ledger
from orket_console.runs.model import Run, RunDetail, RunPage
from orket_console.runs.resolve import resolve_session
from orket_console.runs.sessions import list_runs

_NO_RUNS = "no runs: neither the ledger nor a trace folder has one"


@click.group("runs", help="Sessions with their issues and turns.")
def command() -> None:
    """A group: its commands do the work."""


@command.command("list", help="The newest sessions: ledger, sessions table and traces as one.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, metavar="N")
@target_command
def _list(invocation: Invocation, limit: int) -> ExitCode:
    page = list_runs(invocation.target, invocation.clock, limit)
    invocation.answer("runs-list", page, _run_lines(page))
    if page.more:
        invocation.narrate(f"older runs were left out: --limit {limit}")
    return _told(invocation, page.problems)


@command.command("show", help="One session: its issues and turns. A unique prefix is enough.")
@click.argument("session")
@target_command
def _show(invocation: Invocation, session: str) -> ExitCode:
    target = invocation.target
    found = resolve_session(target, Ledger(target.runtime_db), session)
    detail = open_run(target, invocation.clock, found)
    invocation.answer("runs-show", detail, _detail_lines(detail))
    return _told(invocation, detail.problems)


command.add_command(changes)
command.add_command(preflight)
command.add_command(export)


def _told(invocation: Invocation, problems: Sequence[str]) -> ExitCode:
    """Problems go to stderr; with any of them the answer is a part only."""
    for problem in problems:
        invocation.narrate(f"orket-console: {problem}")
    return ExitCode.CANNOT_TELL if problems else ExitCode.OK


def _run_lines(page: RunPage) -> Iterator[str]:
    if not page.runs:
        yield _NO_RUNS
        return
    sessions = max(len(run.session) for run in page.runs)
    names = min(max(len(run.name) for run in page.runs), 24)
    for run in page.runs:
        started = f"{run.started:%Y-%m-%d %H:%M:%S}" if run.started else "no start recorded  "
        counts = f"{_number(run.issues)} issues {_number(run.turns)} turns {words.took(run):>7}"
        name = f"{shorten(run.name, names):<{names}}"
        outcome = f"{GLYPHS[run.state]} {words.outcome(run)}"
        yield f"{started}  {run.session:<{sessions}}  {name}  {counts}  {outcome}"


def _number(number: int | None) -> str:
    return f"{'?' if number is None else number:>3}"


def _detail_lines(detail: RunDetail) -> Iterator[str]:
    yield from _head_lines(detail.run)
    for note in detail.notes:
        yield f"  note      {note}"
    yield ""
    yield f"{words.count(len(detail.issues), 'issue')}"
    for issue in detail.issues:
        summary = f"  {shorten(issue.summary, 40)}" if issue.summary else ""
        yield f"  {issue.issue}  {words.issue_state(issue)}{summary}"
    yield ""
    yield f"{words.count(len(detail.turns), 'turn')}, in order of time"
    for turn in detail.turns:
        at = f"{turn.at:%H:%M:%S.%f}"[:-3] if turn.at else ""
        about = f"~ {at}" if turn.at_from == "file time" else f"  {at}"
        state = f"  {turn.change}" if turn.change else ""
        glyph = GLYPHS[turn.state]
        yield f"{about}  {turn.ref}  {glyph} {words.turn_outcome(turn)}"
        yield f"{'':16}asked {turn.asked or 'nothing'}{state}"
        for remark in filter(None, (words.gaps(turn), turn.note)):
            yield f"{'':16}{remark}"


def _head_lines(run: Run) -> Iterator[str]:
    yield f"{run.session}  {run.name}  {GLYPHS[run.state]} {words.outcome(run)}"
    yield f"  {words.title(run)}"
    if words.reason(run):
        yield f"  reason    {words.reason(run)}"
    if run.started:
        ended = f" to {run.ended:%H:%M:%S}" if run.ended else ", no end recorded"
        yield f"  started   {run.started:%Y-%m-%d %H:%M:%S} UTC{ended}"
    yield f"  build     {run.build or 'none recorded'}"
    yield f"  found in  {', '.join(run.sources) or 'nothing'}"
    if run.traces:
        yield f"  traces    {run.traces}"
