"""`orket-console runs`: the sessions there are, and one with its issues and turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.invocation import Invocation, target_command
from orket_console.cli.run_lines import detail_lines, run_lines, turn_lines
from orket_console.cli.run_questions import changes, export, preflight
from orket_console.runs.detail import open_run
from orket_console.runs.ledger import Ledger
from orket_console.runs.model import RunDetail, RunPage, Tally
from orket_console.runs.narrow import RUN_KEYS, TURN_KEYS, narrow_runs, search_turns, unknown_key
from orket_console.runs.resolve import resolve_session
from orket_console.runs.sessions import list_runs


@click.group("runs", help="Sessions with their issues and turns.")
def command() -> None:
    """A group: its commands do the work."""


@command.command("list", help="The newest sessions, of ledger, sessions table, traces and logs.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    metavar="N",
    help="So many at most.",
)
@click.option("--skip", type=click.IntRange(0), default=0, metavar="N", help="Pass over so many.")
@click.option(
    "--filter",
    "expression",
    default="",
    metavar="EXPR",
    help=f"Of these, those that have every word; {' '.join(f'{key}:' for key in RUN_KEYS)}",
)
@click.option("--long", "tally", is_flag=True, help="Read their turns, too: tokens, models, why.")
@target_command
def _list(invocation: Invocation, limit: int, skip: int, expression: str, tally: bool) -> ExitCode:
    _hint(invocation, expression, tuple(RUN_KEYS))
    page = list_runs(invocation.target, invocation.clock, limit, skip)
    runs = narrow_runs(page.runs, expression)
    tallies = _tallies(invocation, page) if tally else {}
    data: dict[str, Any] = {"runs": runs, "more": page.more, "problems": page.problems}
    if tally:
        data["tallies"] = tallies
    invocation.answer("runs-list", data, run_lines(runs, tallies))
    if page.more:
        invocation.narrate(f"older runs were left out: --limit {limit} --skip {skip + limit}")
    return _told(invocation, page.problems)


@command.command("show", help="One session: its issues and turns. A unique prefix is enough.")
@click.argument("session")
@target_command
def _show(invocation: Invocation, session: str) -> ExitCode:
    detail = _opened(invocation, session)
    invocation.answer("runs-show", detail, detail_lines(detail))
    return _told(invocation, detail.problems)


@command.command("turns", help="The turns of a session in order of time.")
@click.argument("session")
@click.option(
    "--filter",
    "expression",
    default="",
    metavar="EXPR",
    help=f"Those that have every word; {' '.join(f'{key}:' for key in TURN_KEYS)}",
)
@target_command
def _turns(invocation: Invocation, session: str, expression: str) -> ExitCode:
    _hint(invocation, expression, TURN_KEYS)
    detail = _opened(invocation, session)
    turns = search_turns(detail.turns, expression)
    data = {
        "session": detail.run.session,
        "of": len(detail.turns),
        "turns": turns,
        "problems": detail.problems,
    }
    invocation.answer("runs-turns", data, turn_lines(turns))
    return _told(invocation, detail.problems)


command.add_command(changes)
command.add_command(preflight)
command.add_command(export)


def _hint(invocation: Invocation, expression: str, keys: Sequence[str]) -> None:
    """A filter that may be meant otherwise is told on stderr."""
    unknown = unknown_key(expression, keys)
    if unknown is not None:
        invocation.narrate(f"orket-console: --filter: {unknown.sentence}")


def _opened(invocation: Invocation, word: str) -> RunDetail:
    target = invocation.target
    session = resolve_session(target, Ledger(target.runtime_db), word)
    return open_run(target, invocation.clock, session)


def _tallies(invocation: Invocation, page: RunPage) -> dict[str, Tally]:
    """What the turns of each run come to, by session; one that vanished meanwhile has none."""
    found: dict[str, Tally] = {}
    for run in page.runs:
        try:
            detail = open_run(invocation.target, invocation.clock, run.session)
        except ConsoleError:
            continue
        found[run.session] = detail.tally
    return found


def _told(invocation: Invocation, problems: Sequence[str]) -> ExitCode:
    """Problems go to stderr; with any of them the answer is a part only."""
    for problem in problems:
        invocation.narrate(f"orket-console: {problem}")
    return ExitCode.CANNOT_TELL if problems else ExitCode.OK
