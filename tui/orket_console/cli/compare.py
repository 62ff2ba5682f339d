"""`orket-console compare`: two turns or two runs, or a run and the last good one."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import TurnRef
from orket_console.cli.invocation import Invocation, target_command
from orket_console.runs.compare.lines import hunks, unified
from orket_console.runs.compare.rules import RULES, check_rules
from orket_console.runs.compare.runs import (
    RunComparison,
    compare_further,
    compare_runs,
    find_divergence,
)
from orket_console.runs.compare.turns import TurnComparison, compare_turns, names_of_turns
from orket_console.runs.detail import open_run
from orket_console.runs.key import parse_key
from orket_console.runs.ledger import Ledger
from orket_console.runs.model import RunDetail, Turn
from orket_console.runs.pick import pick_turn
from orket_console.runs.resolve import resolve_session
from orket_console.runs.words import count

_RULES = "\n".join(f"  {rule.name:<10} {rule.what}" for rule in RULES)
_HELP = f"""Two turns (SESSION:ISSUE:TURN[:ROLE]) or two sessions; with one session alone, that
run against the last one of its epic that ended well.

Runs are aligned by issue, role and order. The first turn that differs is shown; those after it
that differ are listed: they may only follow from it.

What always differs is taken out before; --keep NAME leaves it in:

\b
{_RULES}

Exit status 0 when they are the same, 1 when they differ, 3 when there is nothing to compare
with, and when one is still running and is the same so far.
"""


@click.command("compare", help=_HELP)
@click.argument("one", metavar="A")
@click.argument("other", metavar="[B]", required=False)
@click.option("--keep", "keep", multiple=True, metavar="NAME", help="Compare this as well.")
@click.option("--first", is_flag=True, help="Stop at the first turn that differs.")
@target_command
def command(
    invocation: Invocation, one: str, other: str | None, keep: tuple[str, ...], *, first: bool
) -> ExitCode:
    check_rules(keep)
    if ":" in one or (other is not None and ":" in other):
        return _turns(invocation, one, other, keep)
    comparison = _runs(invocation, one, other, keep)
    if not first:
        comparison = compare_further(invocation.target, comparison, most=None)
    invocation.answer("compare", _run_data(comparison), _run_lines(comparison))
    if comparison.running is not None and not comparison.differs:
        return ExitCode.CANNOT_TELL
    return ExitCode.WRONG if comparison.differs else ExitCode.OK


def _turns(invocation: Invocation, one: str, other: str | None, keep: Collection[str]) -> ExitCode:
    if other is None:
        raise ConsoleError(
            "one turn alone can't be compared",
            remedy="name two turns, or the turn's session to find where it first differs",
            exit_code=ExitCode.USAGE,
        )
    left = _open_turn(invocation, parse_key(one))
    right = _open_turn(invocation, parse_key(other))
    names = names_of_turns(left, right)
    comparison = compare_turns(invocation.target, left[1], right[1], names, keep)
    invocation.answer("compare", _turn_data(comparison), _turn_lines(comparison))
    return ExitCode.WRONG if comparison.differs else ExitCode.OK


def _open_turn(invocation: Invocation, key: TurnRef) -> tuple[RunDetail, Turn]:
    detail = _open_run(invocation, key.session)
    return detail, pick_turn(detail.turns, key)


def _open_run(invocation: Invocation, word: str) -> RunDetail:
    target = invocation.target
    return open_run(
        target, invocation.clock, resolve_session(target, Ledger(target.runtime_db), word)
    )


def _runs(
    invocation: Invocation, one: str, other: str | None, keep: Collection[str]
) -> RunComparison:
    """Both runs up to the first turn that differs."""
    target, clock = invocation.target, invocation.clock
    if other is None:
        session = resolve_session(target, Ledger(target.runtime_db), one)
        return find_divergence(target, clock, session, keep)
    left, right = _open_run(invocation, one), _open_run(invocation, other)
    return compare_runs(target, left, right, keep)


def _run_data(comparison: RunComparison) -> dict[str, object]:
    divergence = comparison.divergence
    return {
        "kind": "runs",
        "differs": comparison.differs,
        "summary": comparison.summary,
        "measure": comparison.measure,
        "left": comparison.left,
        "right": comparison.right,
        "pairs": comparison.pairs,
        "same": comparison.same,
        "compared": len(comparison.turns),
        "running": comparison.running.session if comparison.running else None,
        "first_divergence": _turn_data(divergence) if divergence else None,
        "differing": [{**_sides(each), "summary": each.summary} for each in comparison.differing],
    }


def _sides(comparison: TurnComparison) -> dict[str, object]:
    return {
        "left": str(comparison.left.ref) if comparison.left else None,
        "right": str(comparison.right.ref) if comparison.right else None,
    }


def _turn_data(comparison: TurnComparison) -> dict[str, object]:
    return {
        "kind": "turns",
        "differs": comparison.differs,
        "summary": comparison.summary,
        **_sides(comparison),
        "parts": [
            {
                "name": part.name,
                "differs": part.differs,
                "summary": part.summary,
                "hunks": [[list(line) for line in unified(hunk)] for hunk in hunks(part.rows)],
            }
            for part in comparison.parts
        ],
    }


def _run_lines(comparison: RunComparison) -> Iterator[str]:
    yield f"- {comparison.left.session}  {comparison.left.name}  {comparison.left.status}"
    yield f"+ {comparison.right.session}  {comparison.right.name}  {comparison.right.status}"
    yield f"  measured by {comparison.measure}"
    if comparison.divergence is None:
        yield f"  {comparison.summary}"
        return
    yield f"  {comparison.same} of {comparison.pairs} turns are the same, then"
    yield ""
    yield from _turn_lines(comparison.divergence)
    yield from _further_lines(comparison)


def _further_lines(comparison: RunComparison) -> Iterator[str]:
    """The turns after the first that differ, too; they may only follow from it."""
    further = comparison.differing[1:]
    if further:
        yield ""
        yield f"after it {count(len(further), 'turn')} differ{'s' if len(further) == 1 else ''}"
    for each in further:
        turn = each.right or each.left
        yield f"≠ {turn.ref if turn else ''}  {each.summary}"
    if comparison.rest:
        yield f"  {count(len(comparison.rest), 'turn')} not compared"


def _turn_lines(comparison: TurnComparison) -> Iterator[str]:
    for sign, turn in (("-", comparison.left), ("+", comparison.right)):
        yield f"{sign} {turn.ref if turn else 'no such turn'}"
    yield f"  {comparison.summary}"
    for part in comparison.parts:
        if not part.differs:
            continue
        yield ""
        yield f"{part.name}"
        for number, hunk in enumerate(hunks(part.rows)):
            if number:
                yield "  …"
            for sign, line in unified(hunk):
                yield f"{sign} {line}".rstrip()
