"""Starting an action: on record and locked first, then under a supervisor of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from orket_console.actions import processes, rules
from orket_console.actions.audit import record_refusal, record_start
from orket_console.actions.backups import backed_up, backed_up_or_kept
from orket_console.actions.catalogue import Effect
from orket_console.actions.conditions import conditions_of, places_of
from orket_console.actions.job import Job, encoded, raw
from orket_console.actions.lock import hold_writing
from orket_console.actions.notes import leave, note_of
from orket_console.actions.plan import Plan
from orket_console.actions.pruning import prune
from orket_console.actions.records import (
    Record,
    close_folder,
    completed,
    folder_of,
    load,
    new_record,
    open_folder,
)
from orket_console.actions.reports import mark
from orket_console.actions.supervisor import assignment
from orket_console.actions.supervisor_log import last_word, opened_log
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.actions.within import OWN, Within, lent
from orket_console.base.errors import ConsoleError
from orket_console.base.text import decode
from orket_console.target.target import Target

DRAIN: Final = 2.0
"""Seconds that output is awaited after the action's end: a child may hold the pipe for ever."""
_GRACE_OF_STEPS: Final = processes.GRACE + DRAIN + 8.0
"""What a sequencer is left to stop its step in, which has a grace and an end of its own."""
_SUPERVISOR: Final = ("-P", "-c", "from orket_console.actions.supervisor import main; main()")


def launch(
    target: Target, plan: Plan, at: datetime, confirmation: str, step_of: Within | None = None
) -> Record:
    """Write the record and start the action; its record as it runs. Waits until it does.

    `confirmation` tells the audit trail how the operator agreed. A step of a bundle runs under
    the locks that the bundle holds already. Raises `ConsoleError`, with
    nothing started, which is audited too: when the plan is blocked, when another writing action
    runs, when record, audit or a backup can't be written, or the interpreter can't be executed.
    """
    try:
        record, reason = _launched(target, plan, at, confirmation, step_of)
    except ConsoleError as error:
        record_refusal(target, plan.action.name, plan.values, str(error), at)
        raise
    if reason:
        raise ConsoleError(f"{record.title} {reason}", where=record.cwd)
    running = load(target, record.id)
    if running.writes and not step_of:
        leave(target.path, note_of(running))
    return running


def _launched(
    target: Target, plan: Plan, at: datetime, confirmation: str, step_of: Within | None
) -> tuple[Record, str]:
    """The record, and why the action does not run though it was allowed to."""
    if plan.blocked:
        raise ConsoleError(f"{plan.action.title} can't be run now: {plan.blocked}")
    with contextlib.ExitStack() as locks:
        writing = list(step_of.locks) if step_of else []
        if plan.effect.writes and not step_of:
            writing.append(locks.enter_context(hold_writing(target, plan.action.title)).fileno())
        bundle = step_of.bundle if step_of else ""
        record = _conditioned(target, plan, new_record(target, plan, at, bundle))
        running = locks.enter_context(open_folder(target, record)).fileno()
        # An audit trail may be read from elsewhere than where this console stands.
        folder = folder_of(target, record.id).absolute()
        try:
            record = _secured(target, plan, record, folder)
            _audited(target, record, confirmation)
        except ConsoleError as error:
            _save_refused(target, record, error)
            raise
        held = [*writing, running]
        return record, _handed_over(
            folder, _assignment(target, plan, record, folder, held, writing), held
        )


def _conditioned(target: Target, plan: Plan, record: Record) -> Record:
    """The record of a gate with what its verdict will be true for."""
    if not plan.action.gate:
        return record
    return msgspec.structs.replace(record, conditions=conditions_of(target))


def _secured(target: Target, plan: Plan, record: Record, folder: Path) -> Record:
    """The record with the copies of what may be lost. Raises `ConsoleError`."""
    # The steps of a bundle each have their own.
    if plan.effect is not Effect.CHANGES_DATABASES or plan.action.steps:
        return record
    secure = backed_up_or_kept if plan.action.mends else backed_up
    copies, notes = secure(target, folder)
    return msgspec.structs.replace(record, backups=copies, notes=[*notes, *prune(target)])


def _audited(target: Target, record: Record, confirmation: str) -> None:
    """Tell the audit trail. Raises `ConsoleError` where it can't be: then nothing may start."""
    try:
        record_start(target.state.audit, record, confirmation)
    except OSError as error:
        raise ConsoleError(
            f"{record.title} was not started: the audit trail can't be written: {error.strerror}",
            where=str(target.state.audit),
            remedy="make room, or see that it is a file which you may write",
        ) from error


def _save_refused(target: Target, record: Record, error: ConsoleError) -> None:
    """The record of what was not started; where the disk is full, the error says it alone."""
    refused = completed(
        record,
        Judgement(Verdict.FAILED, str(error)),
        target.redactor(),
        ended=record.started,
        seconds=0.0,
        exit_status=None,
    )
    with contextlib.suppress(OSError):
        close_folder(folder_of(target, record.id), refused)


def _assignment(
    target: Target,
    plan: Plan,
    record: Record,
    folder: Path,
    locks: list[int],
    writing: list[int],
) -> bytes:
    """What the supervisor is told; a sequencer gets the locks that its steps write under."""
    to_lend = writing if plan.action.steps else []
    told = lent(to_lend) if plan.action.steps else {}
    return assignment(
        plan.argv,
        str(plan.cwd.absolute()),
        {**_without_own(plan.environment), **told, processes.MARK: record.id},
        locks,
        lent=to_lend,
        folder=str(folder),
        # What the console's own programs leave behind, a server or a step, is meant to stay.
        adopts=not plan.action.module,
        secrets=[secret.reveal() for secret in target.redactor().known],
        timeout=plan.timeout,
        job=encoded(_job(target, plan, record, folder)),
    )


def _job(target: Target, plan: Plan, record: Record, folder: Path) -> Job:
    report = plan.action.report
    relative = plan.values[report] if report else ""
    return Job(
        folder=raw(str(folder)),
        audit=raw(str(target.state.audit.absolute())),
        record=record,
        cwd=raw(str(plan.cwd.absolute())),
        rule=rules.told(plan.action.verdict),
        report=raw(relative),
        before=mark(plan.cwd / relative) if relative else None,
        places=places_of(target) if plan.action.gate else None,
        grace=processes.GRACE if not plan.action.steps else _GRACE_OF_STEPS,
        drain=DRAIN,
        secrets=[raw(secret.reveal()) for secret in target.redactor().known],
    )


def _handed_over(folder: Path, assigned: bytes, locks: list[int]) -> str:
    """Start a supervisor that inherits the locks; why the action does not run, if it doesn't."""
    try:
        with opened_log(folder) as log, _supervisor(log, locks) as process:
            answer, _ = process.communicate(assigned)
    except OSError as error:
        return f"could not be started: its supervisor can't be: {error}"
    if answer.endswith(b"\n"):
        return decode(answer).strip()
    return f"could not be started: its supervisor ended: {last_word(folder) or 'it said nothing'}"


def _supervisor(log: BinaryIO, locks: list[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  ourselves
        [sys.executable, *_SUPERVISOR],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        pass_fds=locks,
        env=_without_own(os.environ),
    )


def _without_own(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what the action that this process may be was told of itself."""
    return {name: value for name, value in environment.items() if name not in OWN}
