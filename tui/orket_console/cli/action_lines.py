"""How `actions` prints its lists, plans and records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from orket_console.actions.after import After
from orket_console.actions.catalogue import find
from orket_console.actions.conditions import told as conditions_told
from orket_console.actions.confirmation import Ask, Confirmation
from orket_console.actions.durations import elapsed
from orket_console.actions.overview import ActionDetail, ActionRow, Overview, moment
from orket_console.actions.preconditions import Finding
from orket_console.actions.records import History, Record, folder_of, took
from orket_console.actions.selection import Wanted
from orket_console.actions.verdicts import Verdict
from orket_console.base.refs import OutputRef
from orket_console.base.state import GLYPHS, State
from orket_console.base.text import shorten
from orket_console.cli.invocation import Invocation


def list_lines(invocation: Invocation, found: Overview) -> Iterator[str]:
    now = invocation.clock.now()
    names = max(len(row.name) for row in found.rows)
    for row in found.rows:
        at = moment(row.started, now) if row.started else ""
        last = row.last if row.last == "never" else f"{GLYPHS[row.state]} {row.last} {at}"
        mark = "═" if row.steps else " "
        duration = _duration(row, now)
        yield f"{mark} {row.name:<{names}}  {row.does:<17}  {last:<20}  {duration:>7}".rstrip()
        if row.stale:
            yield f"{'':{names}}    stale: {row.stale}"
        if row.blocked:
            yield f"{'':{names}}    not now: {row.blocked}"
        if row.steps and row.next and row.last != "never":
            yield f"{'':{names}}    next: {row.next}"


def _duration(row: ActionRow, now: datetime) -> str:
    """How long it took; of one that runs, how long already, of what it is expected to."""
    if row.started is None or not row.last.startswith("running"):
        return row.took
    return elapsed(max((now - row.started).total_seconds(), 0.0), row.expected)


def detail_lines(shown: ActionDetail) -> Iterator[str]:
    yield f"{shown.title}  {shown.effect}"
    yield f"  purpose   {shown.purpose}"
    yield f"  runbook   {shown.runbook}"
    yield from plan_lines(shown)
    yield f"  looked at {'  '.join(_looked_at(check) for check in shown.checks)}"
    for number, step in enumerate(shown.steps, 1):
        at = f" {step.started:%Y-%m-%d %H:%M}" if step.started else ""
        stale = f", stale: {step.stale}" if step.stale else ""
        told = f"{GLYPHS[step.state]} {step.last}{at}{stale}"
        yield f"  step {number}    {step.title}  {told}"
    if shown.expected is not None:
        yield f"  takes     {took(shown.expected)} by the runs that passed"
    if shown.last:
        yield f"  last      {_ended(shown.last)}"
        if shown.last.conditions_after:
            yield f"  true for  {conditions_told(shown.last.conditions_after)}"
    if shown.stale:
        yield f"  stale     {shown.stale}"
    if shown.after and shown.last:
        yield from _after_lines(shown.after, shown.last)


def plan_lines(shown: ActionDetail) -> Iterator[str]:
    if shown.source:
        yield f"  declared  {shown.source}"
    yield f"  command   {shown.command or 'none'}"
    yield f"  in        {shown.cwd}"
    for change in shown.environment:
        yield f"  with      {change}"
    for name, value in shown.parameters.items():
        yield f"  parameter {name}={value}"
    yield f"  changes   {shown.changes}"
    yield f"  undone by {shown.undo}"
    for backup in shown.backups:
        yield f"  backup    {backup}"
    yield f"  asks for  {_asked(shown.confirmation)}"
    yield f"  stops     after {shown.timeout:g} s"
    for note in shown.notes:
        yield f"  note      {note}"
    yield f"  ready     {'yes' if shown.ready else f'no: {shown.blocked}'}"


def _looked_at(check: Finding) -> str:
    return f"{GLYPHS[State.OK if check.met else State.FAILING]} {check.what}"


def _asked(asked: Confirmation) -> str:
    if asked.ask is Ask.NOTHING:
        return "nothing"
    way = f"--confirm {asked.name}" if asked.ask is Ask.NAME else "--yes"
    return f"{asked.ask}, or {way}: {asked.reason}"


def record_lines(
    invocation: Invocation,
    record: Record,
    follows: After | None = None,
    steps: Sequence[Record] = (),
) -> Iterator[str]:
    yield f"{record.title}  {_ended(record)}"
    for step in steps:
        yield f"  step      {step.title}  {shorten(_ended(step), 100)}  {step.id}"
    for path in record.backups:
        yield f"  backup    {path}"
    for note in record.notes:
        yield f"  note      {note}"
    if record.conditions_after:
        yield f"  true for  {conditions_told(record.conditions_after)}"
    yield f"  kept in   {folder_of(invocation.target, record.id)}"
    if follows:
        yield from _after_lines(follows, record)


def _after_lines(follows: After, record: Record) -> Iterator[str]:
    passed = record.verdict is Verdict.PASSED
    for note in follows.notes:
        yield f"  note      {note}"
    for lead in follows.leads:
        # What passed has no line to be looked up.
        if not (passed and isinstance(lead.ref, OutputRef)):
            yield f"  see       {lead.text}"
    what = f"--again {record.id} --resume" if follows.parameters else _words(follows.action)
    way = f": `orket-console actions run {what}`" if what else ""
    yield f"  next      {follows.next}{way}"


def _words(name: str) -> str:
    """An action as it is run from the command line, with what has to be given for it."""
    needed = (p for p in find(name).parameters if p.required and not p.default) if name else ()
    return " ".join([name, *(f"--param {p.name}={p.kind}" for p in needed)])


def history_lines(kept: History, wanted: Wanted) -> Iterator[str]:
    if not kept.records:
        like = "" if wanted == Wanted() else "like that "
        yield f"no action {like}was run yet on this installation by this user"
        return
    titles = max(len(record.title) for record in kept.records)
    for record in kept.records:
        at = f"{record.started:%Y-%m-%d %H:%M:%S}"
        yield f"{at}  {record.title:<{titles}}  {shorten(_ended(record), 100)}  {record.id}"


def _ended(record: Record) -> str:
    state = record.verdict.state if record.verdict else State.INFO
    after = f" ({took(record.seconds)})" if record.seconds is not None else ""
    evidence = f": {record.evidence}" if record.evidence else ""
    return f"{GLYPHS[state]} {record.word}{after}{evidence}"
