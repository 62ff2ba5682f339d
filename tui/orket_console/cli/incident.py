"""`orket-console incident`: open one, list them, see how it stands, write to it, close it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from orket_console.base.clock import ago
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli import (
    incident_escalate,
    incident_export,
    incident_recovery,
    incident_timeline,
)
from orket_console.cli.incident_doors import INCIDENT, chosen_incident, ledger_of
from orket_console.cli.incident_lines import (
    ESCALATE,
    Hows,
    hows_of,
    repeat_lines,
    step_documents,
    step_lines,
)
from orket_console.cli.invocation import Invocation, target_command
from orket_console.incidents.diagnosis.finding import SETTLED
from orket_console.incidents.diagnosis.rules.seen import plural
from orket_console.incidents.ledger.incidents import (
    close_incident,
    incidents,
    open_incident,
    turns,
)
from orket_console.incidents.ledger.model import Incident, SeenSignature
from orket_console.incidents.ledger.passes import passes, steps
from orket_console.incidents.ledger.signatures import merge, signatures, split
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import add_note, escalations, gates, notes
from orket_console.incidents.operator import operator
from orket_console.incidents.overview import Overview, overview

if TYPE_CHECKING:
    from orket_console.incidents.diagnosis.diagnose import Diagnosis
    from orket_console.incidents.diagnosis.finding import Finding
    from orket_console.incidents.recovery.returning import Repeat

_REASON = click.option("--reason", required=True, help="Why; it is kept.")


@click.group("incident", help="Recovery, step by step, with its proof.")
def command() -> None:
    pass


command.add_command(incident_recovery.begin)
command.add_command(incident_recovery.step)
command.add_command(incident_recovery.verify)
command.add_command(incident_escalate.escalate)
command.add_command(incident_timeline.timeline)
command.add_command(incident_export.export)


@command.command("open", help="Open an incident from what is found now, or by hand with a TITLE.")
@click.argument("title", required=False)
@click.option("--finding", metavar="RULE", help="Of that rule's finding, or a signature's.")
@target_command
def open_one(invocation: Invocation, title: str | None, finding: str | None) -> int:
    store, who = ledger_of(invocation), operator()
    # Here, so that the other commands need not wait for it.
    from orket_console.incidents.ledger.capture import opening_by_hand, opening_from
    from orket_console.incidents.looking import Looker
    from orket_console.incidents.recovery.returning import note_look

    closed = {one.id for one in incidents(store) if one.closed}
    looked = Looker(invocation.target, invocation.clock).look()
    repeats = note_look(store, looked, invocation.clock.now(), who)
    context = (invocation.target, looked.done, looked.diagnosis, who)
    if title is not None and finding is None:
        opening = opening_by_hand(title, *context)
    else:
        chosen = _chosen(looked.diagnosis, finding)
        for repeat in repeats:
            if repeat.incident.id in closed and repeat.signature == chosen.signature:
                return _reopened(invocation, repeat)
        opening = opening_from(chosen, *context)
    opened = open_incident(store, opening)
    invocation.answer("incident-open", opened, [f"{opened.name} opened: {opened.title}"])
    return ExitCode.OK


def _reopened(invocation: Invocation, repeat: Repeat) -> int:
    """What had an incident that was closed after a clean pass goes on with that."""
    one = repeat.incident
    said = f"{one.name} opened again: {one.title}"
    invocation.answer("incident-open", one, (said, *repeat_lines([repeat])))
    return ExitCode.OK


@command.command("list", help="All incidents: open ones first, then the newest.")
@target_command
def list_all(invocation: Invocation) -> int:
    found = incidents(ledger_of(invocation))
    without = [_without_capture(one) for one in found]
    invocation.answer("incident-list", {"incidents": without}, map(_line, found))
    if not found and not invocation.as_json:
        invocation.narrate("no incident yet: orket-console incident open")
    return ExitCode.OK


@command.command("status", help="How an incident stands: passes, steps, notes, escalations.")
@INCIDENT
@target_command
def status(invocation: Invocation, number: int | None) -> int:
    store = ledger_of(invocation)
    one = chosen_incident(store, number)
    shown = overview(store, one.id)
    hows = hows_of(invocation.target, shown.steps)
    data = {
        "incident": one,
        "seen": shown.seen,
        "clean": shown.clean,
        "came_back": shown.came_back,
        "worked": shown.worked,
        "passes": [
            {"pass": each, "steps": step_documents(steps(store, each.id), hows)}
            for each in passes(store, one.id)
        ],
        "gates": gates(store, one.id),
        "notes": notes(store, one.id),
        "escalations": escalations(store, one.id),
        "turns": turns(store, one.id),
    }
    invocation.answer("incident-status", data, _status_lines(store, shown, hows, invocation))
    return ExitCode.OK if one.closed else ExitCode.WRONG


@command.command("note", help="Write a note to an incident.")
@click.argument("text")
@INCIDENT
@target_command
def write_note(invocation: Invocation, text: str, number: int | None) -> int:
    store = ledger_of(invocation)
    one = chosen_incident(store, number)
    note = add_note(store, one.id, invocation.clock.now(), operator(), text)
    invocation.answer("incident-note", note, [f"noted for {one.name}"])
    return ExitCode.OK


@command.command("close", help="Close an incident, with what it ended.")
@_REASON
@INCIDENT
@target_command
def close(invocation: Invocation, reason: str, number: int | None) -> int:
    store = ledger_of(invocation)
    one = chosen_incident(store, number)
    closed = close_incident(store, one.id, invocation.clock.now(), operator(), reason)
    invocation.answer("incident-close", closed, [f"{closed.name} closed: {closed.reason}"])
    return ExitCode.OK


@command.command("signatures", help="Every failure that was seen, by its signature.")
@target_command
def list_signatures(invocation: Invocation) -> int:
    found = signatures(ledger_of(invocation))
    invocation.answer("incident-signatures", {"signatures": found}, map(_signature_line, found))
    return ExitCode.OK


@command.command("merge", help="Let one signature count as another, until it is split again.")
@click.argument("signature")
@click.argument("into")
@_REASON
@target_command
def merge_two(invocation: Invocation, signature: str, into: str, reason: str) -> int:
    store = ledger_of(invocation)
    merge(store, signature, into, invocation.clock.now(), operator(), reason)
    data = {"signature": signature, "into": into, "reason": reason}
    invocation.answer("incident-merge", data, [f"{signature} counts as {into}"])
    return ExitCode.OK


@command.command("split", help="Take a merge back.")
@click.argument("signature")
@_REASON
@target_command
def split_off(invocation: Invocation, signature: str, reason: str) -> int:
    store = ledger_of(invocation)
    split(store, signature, invocation.clock.now(), operator(), reason)
    data = {"signature": signature, "reason": reason}
    invocation.answer("incident-split", data, [f"{signature} counts for itself again"])
    return ExitCode.OK


def _chosen(diagnosis: Diagnosis, wanted: str | None) -> Finding:
    for one in diagnosis.leading:
        if wanted in (None, one.rule, one.signature) and one.state not in SETTLED:
            return one
    found = ", ".join(sorted({one.rule for one in diagnosis.findings}))
    what = f"nothing is found by {wanted}" if wanted else "nothing is found to be wrong"
    raise ConsoleError(
        what,
        remedy=f"there is {found}" if found else "give it a title to open one by hand",
        exit_code=ExitCode.USAGE,
    )


def _without_capture(one: Incident) -> dict[str, object]:
    names = (name for name in one.__slots__ if name != "captured")
    return {"name": one.name, **{name: getattr(one, name) for name in names}}


def _line(one: Incident) -> str:
    state = "closed" if one.closed else "open"
    return f"{one.name:<7} {state:<7} {one.opened:%Y-%m-%d %H:%M:%S}  {one.title}"


def _signature_line(one: SeenSignature) -> str:
    there = "now" if one.present else f"{one.last:%Y-%m-%d %H:%M:%S}"
    merged = f" (counts as {one.merged_into})" if one.merged_into else ""
    return f"{one.signature}  {one.count}×  last {there}  {one.title}{merged}"


def _status_lines(
    store: Store, shown: Overview, hows: Hows, invocation: Invocation
) -> Iterator[str]:
    one = shown.incident
    age = ago((invocation.clock.now() - one.opened).total_seconds())
    yield f"{one.name}  {one.title}"
    yield f"  opened {one.opened:%Y-%m-%d %H:%M:%S} UTC by {one.opened_by}, {age} ago"
    if one.closed:
        yield f"  closed {one.closed:%Y-%m-%d %H:%M:%S} UTC by {one.closed_by}: {one.reason}"
    if one.signature:
        yield f"  signature {one.signature}, came up {plural(shown.seen, 'time')}"
    if shown.clean:
        yield f"  last clean pass {shown.clean:%Y-%m-%d %H:%M:%S} UTC"
    yield from (f"  tried before: {tried}" for tried in shown.worked)
    if shown.came_back:
        yield f"  ▲ REPEAT: {shown.came_back.detail}"
        if shown.due:
            yield f"    {ESCALATE}"
    for each in passes(store, one.id):
        judged = {None: "under way", True: "clean", False: f"not clean: {'; '.join(each.lacking)}"}
        yield f"  pass {each.number}: {judged[each.clean]}"
        yield from (f"   {line}" for line in step_lines(steps(store, each.id), hows, shown.worked))
    for note in notes(store, one.id):
        yield f"  {note.at:%H:%M:%S} {note.by}: {note.text}"
    for record in escalations(store, one.id):
        where = record.url or record.path or "draft"
        yield f"  escalation of {record.at:%Y-%m-%d %H:%M:%S}: {where}"
