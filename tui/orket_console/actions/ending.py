"""The end of an action: what is left of it stopped, its output taken, judged, and on record."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import psutil

from orket_console.actions import processes
from orket_console.actions.audit import record_end
from orket_console.actions.cancelling import requests
from orket_console.actions.job import Job, Places, decoded, text
from orket_console.actions.outcome import Output
from orket_console.actions.records import (
    Conditions,
    Record,
    close_folder,
    completed,
    make_room,
    took,
)
from orket_console.actions.reports import report
from orket_console.actions.rules import rule_named
from orket_console.actions.supervision import Ending, Supervision
from orket_console.actions.verdicts import Judgement, Verdict, judge
from orket_console.base.clock import SystemClock

_QUITTING_GRACE: Final = 0.5
_QUITTING_DRAIN: Final = 0.2
"""A machine that goes down leaves little time to end in."""


def concluded(
    job: bytes, supervision: Supervision, ending: Ending, writing: Sequence[int]
) -> Record:
    """Stop what has to be stopped, judge it, and write its end down; the record with its end.

    The locks in `writing` are let go of before that is seen, so that the next can begin then.
    """
    told = decoded(job)
    seconds = time.monotonic() - supervision.began
    survivors = _stopped(told, supervision, ending)
    notes = _drained(supervision, _QUITTING_DRAIN if supervision.quitting else told.drain)
    left = (f"left running: {'; '.join(survivors)}",) if survivors else ()
    record = completed(
        msgspec.structs.replace(told.record, supervisor=supervision.own, pid=supervision.pid),
        _judgement(told, supervision, ending, seconds),
        told.redactor(),
        ended=SystemClock().now(),
        seconds=seconds,
        exit_status=supervision.status,
        survivors=survivors,
        notes=(*notes, *left),
    )
    if told.places:
        record = msgspec.structs.replace(record, conditions_after=_conditions_now(told.places))
    make_room(Path(text(told.folder)))
    record = _audited(told, record, supervision.keeper.digests)
    for lock in writing:
        os.close(lock)
    # Where it can't be, the record stays without an end and reads as interrupted.
    with contextlib.suppress(OSError):
        close_folder(Path(text(told.folder)), record)
    return record


def never_ran(job: bytes, reason: str) -> None:
    """Complete the record of what could not be started, and tell the audit trail."""
    told = decoded(job)
    record = completed(
        told.record,
        Judgement(Verdict.FAILED, reason),
        told.redactor(),
        ended=SystemClock().now(),
        seconds=0.0,
        exit_status=None,
    )
    # Where the disk is full, the console's answer says it alone.
    with contextlib.suppress(OSError):
        close_folder(Path(text(told.folder)), record)
    with contextlib.suppress(OSError):
        record_end(Path(text(told.audit)), record, {})


def _stopped(job: Job, supervision: Supervision, ending: Ending) -> tuple[str, ...]:
    """The processes that are alive when all is stopped that has to be, named."""

    def look() -> list[psutil.Process]:
        # All that the action is stands under its supervisor, which has nothing else there.
        found = processes.of_action(job.record.id, supervision.own)
        return [process for process in found if process.pid != supervision.own]

    if ending is Ending.EXITED:
        return processes.named(look())
    folder = Path(text(job.folder))

    def hurry() -> bool:
        return supervision.quitting or len(requests(folder)) > 1

    grace = _QUITTING_GRACE if supervision.quitting else job.grace
    survivors = processes.stop(look, hurry, grace, supervision.pause)
    supervision.has_exited()
    return survivors


def _drained(supervision: Supervision, seconds: float) -> tuple[str, ...]:
    """Take what is still in the pipes, for a bounded time; what there is to note about it."""
    whole = supervision.drained(seconds)
    held = () if whole else ("its output is still held open by a process that it left behind",)
    problem = supervision.keeper.problem
    return (*held, problem) if problem else held


def _judgement(job: Job, supervision: Supervision, ending: Ending, seconds: float) -> Judgement:
    """The verdict of how it ended."""
    after = took(seconds)
    match ending:
        case Ending.CANCELLED:
            who = requests(Path(text(job.folder)))[0]
            return Judgement(Verdict.CANCELLED, f"cancelled after {after} by {who}")
        case Ending.TIMED_OUT:
            return Judgement(Verdict.TIMED_OUT, f"stopped: no end within {after}")
        case Ending.QUIT:
            evidence = f"its supervisor was told to end after {after}, and stopped it"
            return Judgement(Verdict.INTERRUPTED, evidence)
        case Ending.EXITED:
            return judge(rule_named(job.rule), _output(job, supervision))


def _output(job: Job, supervision: Supervision) -> Output:
    return Output(
        supervision.status or 0,
        supervision.tail("stdout"),
        supervision.tail("stderr"),
        report(Path(text(job.cwd)), text(job.report), job.before),
    )


def _conditions_now(places: Places) -> Conditions:
    # Not above: it loads SQLite, which an action that is no gate need not wait for at its end.
    from orket_console.actions.conditions import conditions_at

    return conditions_at(places)


def _audited(job: Job, record: Record, digests: Mapping[str, str]) -> Record:
    """The ended record, with a note where the audit trail can't tell of its end."""
    try:
        record_end(Path(text(job.audit)), record, digests)
    except OSError as error:
        note = f"its end is not in the audit trail: {error.strerror}"
        return msgspec.structs.replace(record, notes=[*record.notes, note])
    return record
