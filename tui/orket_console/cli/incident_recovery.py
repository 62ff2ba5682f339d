"""`orket-console incident begin|step|verify`: a recovery pass, closed by evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.incident_doors import INCIDENT, chosen_incident, ledger_of
from orket_console.cli.incident_lines import (
    Hows,
    hows_of,
    repeat_documents,
    repeat_lines,
    step_documents,
    step_lines,
)
from orket_console.cli.invocation import Invocation, target_command
from orket_console.incidents.ledger.model import Incident, PassStep
from orket_console.incidents.ledger.passes import pass_under_way, steps
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.operator import operator
from orket_console.incidents.recovery.worked import Tried, what_worked

if TYPE_CHECKING:
    from orket_console.incidents.recovery.guide import Standing
    from orket_console.incidents.recovery.returning import Repeat


@click.command("begin", help="Begin the next recovery pass of an incident.")
@INCIDENT
@target_command
def begin(invocation: Invocation, number: int | None) -> int:
    from orket_console.incidents.looking import Looker
    from orket_console.incidents.recovery import guide
    from orket_console.incidents.recovery.returning import note_look

    store = ledger_of(invocation)
    looked = Looker(invocation.target, invocation.clock).look()
    note_look(store, looked, invocation.clock.now(), operator())
    one = chosen_incident(store, number)
    guide.begin(store, invocation.target, one, looked, invocation.clock, operator())
    # What is to be checked is looked at from now on.
    return _advance(invocation, store, one.id)


@click.command("step", help="The steps of the pass; close POSITION by hand, or skip it.")
@click.argument("position", type=click.IntRange(1, 999), required=False)
@click.option("--by-hand", "how", flag_value="hand", help="Done, but not to be seen from here.")
@click.option("--skip", "how", flag_value="skip", help="Left out.")
@click.option("--reason", default="", help="Why; it is kept, and needed for both.")
@INCIDENT
@target_command
def step(
    invocation: Invocation, position: int | None, how: str | None, reason: str, number: int | None
) -> int:
    from orket_console.incidents.recovery import guide

    store = ledger_of(invocation)
    if position is None:
        return _advance(invocation, store, number)
    one = chosen_incident(store, number)
    wanted = _step_at(store, one, position)
    if how is None:
        raise ConsoleError(
            f"step {position} waits for: {wanted.wants}",
            remedy="it closes by itself; or give --by-hand or --skip with a --reason",
            exit_code=ExitCode.USAGE,
        )
    close = guide.close_by_hand if how == "hand" else guide.skip
    closed = close(store, one, wanted, invocation.clock.now(), operator(), reason)
    lines = [f"{one.name} step {closed.position} {closed.state}: {closed.reason}"]
    invocation.answer("incident-step", closed, lines)
    return ExitCode.OK


@click.command("verify", help="Look at everything, and say whether the pass is clean.")
@click.option("--end", is_flag=True, help="End the pass even if it is not clean.")
@INCIDENT
@target_command
def verify(invocation: Invocation, end: bool, number: int | None) -> int:
    end_it = "always" if end else "clean"
    return _advance(invocation, ledger_of(invocation), number, end=end_it)


def _advance(invocation: Invocation, store: Store, number: int | None, end: str = "never") -> int:
    """Look, remember, close what evidence closes, and with `end` judge the pass."""
    from orket_console.incidents.looking import Looker
    from orket_console.incidents.recovery import guide
    from orket_console.incidents.recovery.returning import note_look

    target, clock, who = invocation.target, invocation.clock, operator()
    looked = Looker(target, clock).look()
    repeats = note_look(store, looked, clock.now(), who)
    # Only now: what came back may have opened it again.
    one = chosen_incident(store, number)
    stands = guide.advance(store, target, one, looked, clock, who)
    if stands is None:
        return _without_pass(invocation, one, repeats)
    ends = end == "always" or (end == "clean" and not stands.lacking)
    judged = guide.judge(store, target, stands, clock.now(), who) if ends else None
    clean = judged is not None and bool(judged.clean)
    findings = tuple(f for f in looked.diagnosis.findings if f.signature in stands.signatures)
    hows = hows_of(target, stands.steps, findings, looked.done)
    data: dict[str, Any] = {
        "incident": one.name,
        "pass": judged or stands.of,
        "steps": step_documents(stands.steps, hows),
        "lacking": stands.lacking,
        "clean": clean,
        "repeats": repeat_documents(repeats),
    }
    lines = _lines(one, stands, hows, what_worked(store, stands.signatures), clean=clean)
    invocation.answer("incident-verify", data, (*lines, *repeat_lines(repeats)))
    return ExitCode.OK if clean else ExitCode.WRONG


def _without_pass(invocation: Invocation, one: Incident, repeats: list[Repeat]) -> int:
    """What came back is said; else there is nothing to look for."""
    if not repeats:
        raise ConsoleError(
            f"no pass of {one.name} is under way",
            remedy="orket-console incident begin",
            exit_code=ExitCode.USAGE,
        )
    data = {
        "incident": one.name,
        "pass": None,
        "steps": [],
        "lacking": [],
        "clean": False,
        "repeats": repeat_documents(repeats),
    }
    invocation.answer("incident-verify", data, repeat_lines(repeats))
    return ExitCode.WRONG


def _step_at(store: Store, one: Incident, position: int) -> PassStep:
    under_way = pass_under_way(store, one.id)
    found = steps(store, under_way.id) if under_way else []
    for each in found:
        if each.position == position:
            return each
    raise ConsoleError(
        f"there is no step {position}",
        remedy=f"{one.name} has {len(found)} steps under way",
        exit_code=ExitCode.USAGE,
    )


def _lines(
    one: Incident, stands: Standing, hows: Hows, tried: list[Tried], *, clean: bool
) -> Iterator[str]:
    yield f"{one.name} pass {stands.of.number}: {one.title}"
    yield from step_lines(stands.steps, hows, tried)
    if clean:
        yield "the pass is clean"
    for why in stands.lacking:
        yield f"lacking: {why}"
