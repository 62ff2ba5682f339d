"""`orket-console incident begin|step|verify`: a recovery pass, closed by evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.incident_doors import INCIDENT, chosen_incident, ledger_of, operator
from orket_console.cli.invocation import Invocation, target_command
from orket_console.incidents.ledger.model import Incident, PassStep, StepState
from orket_console.incidents.ledger.passes import pass_under_way, steps
from orket_console.incidents.ledger.store import Store

if TYPE_CHECKING:
    from orket_console.incidents.recovery.guide import Repeat, Standing

_MARKS = {
    StepState.OPEN: " ",
    StepState.CLOSED: "●",
    StepState.BY_HAND: "▲",
    StepState.SKIPPED: "·",
}


@click.command("begin", help="Begin the next recovery pass of an incident.")
@INCIDENT
@target_command
def begin(invocation: Invocation, number: int | None) -> int:
    from orket_console.incidents.looking import Looker
    from orket_console.incidents.recovery import guide

    store = ledger_of(invocation)
    one = chosen_incident(store, number)
    looker = Looker(invocation.target, invocation.clock)
    guide.begin(store, one, looker.look(), invocation.clock, operator())
    # What is to be checked is looked at from now on.
    return _advance(invocation, store, one)


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
    one = chosen_incident(store, number)
    if position is None:
        return _advance(invocation, store, one)
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
    store = ledger_of(invocation)
    return _advance(
        invocation, store, chosen_incident(store, number), end="always" if end else "clean"
    )


def _advance(invocation: Invocation, store: Store, one: Incident, end: str = "never") -> int:
    """Look, close what evidence closes, and with `end` judge the pass."""
    from orket_console.incidents.ledger.capture import seen_in
    from orket_console.incidents.ledger.signatures import record_look
    from orket_console.incidents.looking import Looker
    from orket_console.incidents.recovery import guide

    target, clock, who = invocation.target, invocation.clock, operator()
    looked = Looker(target, clock).look()
    record_look(store, seen_in(looked.diagnosis), looked.done.at)
    repeats = guide.repeats(store, looked)
    stands = guide.advance(store, target, one, looked, clock, who)
    if stands is None:
        raise ConsoleError(
            f"no pass of {one.name} is under way",
            remedy="orket-console incident begin",
            exit_code=ExitCode.USAGE,
        )
    ends = end == "always" or (end == "clean" and not stands.lacking)
    judged = guide.judge(store, target, stands, clock.now(), who) if ends else None
    for repeat in repeats:
        guide.reopen_for(store, repeat, clock.now(), who)
    clean = judged is not None and bool(judged.clean)
    data: dict[str, Any] = {
        "incident": one.name,
        "pass": judged or stands.of,
        "steps": stands.steps,
        "lacking": stands.lacking,
        "clean": clean,
        "repeats": [
            {"incident": each.incident.name, "signature": each.signature, "at": each.at}
            for each in repeats
        ],
    }
    invocation.answer("incident-verify", data, _lines(one, stands, clean, repeats))
    return ExitCode.OK if clean else ExitCode.WRONG


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


def _lines(one: Incident, stands: Standing, clean: bool, repeats: list[Repeat]) -> Iterator[str]:
    yield f"{one.name} pass {stands.of.number}: {one.title}"
    for each in stands.steps:
        closed = "; ".join(str(proof["what"]) for proof in each.evidence[:1])
        said = {
            StepState.OPEN: f"waits for: {each.wants}",
            StepState.CLOSED: closed,
            StepState.BY_HAND: f"by hand, {each.by}: {each.reason}",
            StepState.SKIPPED: f"skipped, {each.by}: {each.reason}",
        }[each.state]
        yield f" {_MARKS[each.state]} {each.position:>2} {each.title:<48} {said}"
    if clean:
        yield "the pass is clean"
    for why in stands.lacking:
        yield f"lacking: {why}"
    for repeat in repeats:
        yield (
            f"▲ REPEAT: {repeat.signature} came back {repeat.at:%Y-%m-%d %H:%M:%S} UTC after the "
            f"clean pass {repeat.clean.number} of {repeat.incident.name}: the runbook asks for an "
            "escalation (orket-console incident escalate)"
        )
