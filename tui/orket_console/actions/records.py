"""The record of every action: written before it starts, completed when it has ended.

`<state>/actions/<id>/result.json`, with the streams in `stdout` and `stderr` beside it. A
supervisor loads this module with little else, so it imports no plan and no target.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from orket_console.actions.held import RUNNING, hold, is_held, noted
from orket_console.actions.left_over import left_over
from orket_console.actions.origin import Origin, origin_of
from orket_console.actions.streams import NAMES, ORDER
from orket_console.actions.supervisor import NOTE_LENGTH
from orket_console.actions.supervisor_log import last_word
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.base.clock import ago
from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, make_private, read_bytes, write_whole
from orket_console.base.secret import Redactor
from orket_console.base.text import clean, clean_json, one_line, shorten

if TYPE_CHECKING:
    from orket_console.actions.plan import Plan
    from orket_console.target.target import Target

RESULT: Final = "result.json"
_RESERVE: Final = "reserve"
_RESERVED: Final = 32 << 10
"""Bytes that are kept free for the end of a record and of the audit, should the disk be full."""
_MOST: Final = 500
_CAP: Final = 1 << 20
_LONGEST_ID: Final = 200


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation was like at a moment, as far as a gate's verdict depends on it.

    `installation` is the git commit, else the version; `env` the SHA-256 of `.env`; `schemas`
    that of each database's schema and applied migrations. Each says so where there is nothing,
    or it could not be read.
    """

    installation: str
    env: str
    schemas: dict[str, str]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an action. `verdict` is None while it runs; times are UTC, `seconds` monotonic.

    `environment` holds names of variables, never values. `supervisor` is the process that runs
    it, `pid` the action's own first. `survivors` are processes of the action that were alive
    when it ended. `backups` are copies of databases made before it began. `notes` is what else
    the operator should know. `conditions` are those at its start, `conditions_after` those at
    its end, of a gate; `bundle` is the id of the run of a bundle that it was a step of.
    """

    id: str
    action: str
    title: str
    effect: str
    writes: bool
    parameters: dict[str, str]
    argv: list[str]
    cwd: str
    environment: list[str]
    origin: Origin
    installation: dict[str, str]
    started: datetime
    ended: datetime | None = None
    seconds: float | None = None
    supervisor: int | None = None
    pid: int | None = None
    exit_status: int | None = None
    verdict: Verdict | None = None
    evidence: str = ""
    survivors: list[str] = []
    backups: list[str] = []
    notes: list[str] = []
    conditions: Conditions | None = None
    conditions_after: Conditions | None = None
    bundle: str = ""

    @property
    def running(self) -> bool:
        return self.verdict is None

    @property
    def word(self) -> str:
        return self.verdict.value if self.verdict else "running"

    def ran_with(self, action: str, parameters: Mapping[str, str]) -> bool:
        """Whether it is a run of that action with these parameters, redacted as they are here."""
        return self.action == action and self.parameters == parameters


@dataclass(frozen=True, slots=True)
class History:
    """Records, newest first, and the ids of those that can't be read. `older` were left out."""

    records: tuple[Record, ...]
    unreadable: tuple[str, ...]
    older: int = 0

    def last(self) -> dict[str, Record]:
        """The newest record of each action."""
        return {record.action: record for record in reversed(self.records)}


def new_record(target: Target, plan: Plan, started: datetime, bundle: str = "") -> Record:
    """The record of a run that is about to start, its secrets redacted.

    `bundle` is the id of the run of a bundle that it is a step of.
    """
    redactor = target.redactor()
    identity = target.identity
    return Record(
        id=f"{started:%Y%m%dT%H%M%S.%f}-{plan.action.name}-{os.urandom(2).hex()}",
        action=plan.action.name,
        title=plan.action.title,
        effect=plan.effect.value,
        writes=plan.effect.writes,
        parameters={name: redactor.redact(value) for name, value in plan.values.items()},
        argv=[redactor.redact(argument) for argument in plan.argv],
        cwd=str(plan.cwd),
        environment=[change.name for change in plan.changes],
        origin=origin_of(target.environment),
        installation={
            "version": identity.version,
            "generation": identity.generation,
            "commit": identity.commit,
        },
        started=started,
        bundle=bundle,
    )


def folder_of(target: Target, record_id: str) -> Path:
    return target.state.actions / record_id


def open_folder(target: Target, record: Record) -> BinaryIO:
    """Make the record's folder with the record in it, before anything is started.

    Returns the lock by which the action is known to be supervised; it appears with the folder.
    Raises `ConsoleError` when it can't be: then nothing may start.
    """
    folder = folder_of(target, record.id)
    hidden = folder.with_name(f".{record.id}")
    try:
        make_private(folder.parent)
        hidden.mkdir(mode=0o700)
        lock = hold(hidden / RUNNING)
        try:
            lock.write(b" " * NOTE_LENGTH)
            lock.flush()
            # Made now, since what is there can be opened on a full disk too.
            for name in (*NAMES.values(), ORDER, _RESERVE):
                (hidden / name).touch(mode=0o600)
            (hidden / _RESERVE).write_bytes(bytes(_RESERVED))
            save(hidden, record)
            hidden.rename(folder)
        except BaseException:
            lock.close()
            raise
    except OSError as error:
        raise ConsoleError(
            f"{record.title} was not started: its record can't be written: {error.strerror}",
            where=str(folder),
            remedy="make room, or set state.dir to a folder that can be written",
        ) from error
    return lock


def close_folder(folder: Path, record: Record) -> None:
    """Save a record with its end, and let go of what told that it runs. Raises `OSError`."""
    save(folder, record)
    for name in (RUNNING, _RESERVE):
        (folder / name).unlink(missing_ok=True)


def make_room(folder: Path) -> None:
    """Give up what was kept free for the end: it has come."""
    with contextlib.suppress(OSError):
        (folder / _RESERVE).unlink(missing_ok=True)


def save(folder: Path, record: Record) -> None:
    """Replace the record in an action's folder. Raises `OSError`."""
    write_whole(folder / RESULT, msgspec.json.format(msgspec.json.encode(record), indent=2))


def completed(
    record: Record,
    judgement: Judgement,
    redactor: Redactor,
    *,
    ended: datetime,
    seconds: float,
    exit_status: int | None,
    survivors: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Record:
    """The record with its end."""
    return msgspec.structs.replace(
        record,
        ended=ended,
        seconds=round(seconds, 3),
        exit_status=exit_status,
        verdict=judgement.verdict,
        evidence=redactor.redact(one_line(judgement.evidence)),
        survivors=[redactor.redact(one_line(name)) for name in survivors],
        notes=[*record.notes, *(redactor.redact(one_line(note)) for note in notes)],
    )


def history(target: Target, limit: int = _MOST) -> History:
    """The newest `limit` records of this target.

    Reads `<state>/actions/*/result.json`. One whose supervisor is gone reads as interrupted;
    one that can't be read is named.
    """
    try:
        found = (p.name for p in target.state.actions.iterdir())
        # One with a dot is still being made, or was left by a console that was killed then.
        names = sorted((name for name in found if not name.startswith(".")), reverse=True)
    except OSError:
        return History((), ())
    records: list[Record] = []
    unreadable: list[str] = []
    for name in names[:limit]:
        try:
            records.append(load(target, name))
        except ConsoleError:
            unreadable.append(clean(name))
    return History(tuple(records), tuple(unreadable), max(len(names) - limit, 0))


def load(target: Target, record_id: str) -> Record:
    """One record by its id. Raises `ConsoleError` when it is not there or not whole."""
    folder = folder_of(target, record_id)
    try:
        if not _is_id(record_id):
            raise ValueError("it is no record's id")
        record = _read(folder)
        if record.running and not is_held(folder / RUNNING):
            # Read again: it may have ended between the two looks.
            record = _as_it_is(_read(folder), folder)
    except (UnreadableError, ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise ConsoleError(
            f"no readable record {shorten(record_id, _LONGEST_ID)}: {one_line(str(error))}",
            remedy="`orket-console actions history` lists them",
        ) from error
    return record


def _is_id(text: str) -> bool:
    """Whether it can be a record's: the name of one folder, and no option."""
    plain = text.isprintable() and "/" not in text and 0 < len(text) <= _LONGEST_ID
    return plain and not text.startswith((".", "-"))


def _read(folder: Path) -> Record:
    """The record as it was written, and while it runs, whose processes run it."""
    document = clean_json(msgspec.json.decode(read_bytes(folder / RESULT, _CAP)))
    record = msgspec.convert(document, Record)
    if record.running and (processes := noted(folder / RUNNING)):
        supervisor, pid = processes
        return msgspec.structs.replace(record, supervisor=supervisor, pid=pid)
    return record


def _as_it_is(record: Record, folder: Path) -> Record:
    """A record that is `running` with its supervisor gone was interrupted."""
    if not record.running:
        return record
    alive = left_over(record)
    also = f"; its process {alive[0]} is still alive" if alive else ""
    why = f": {said}" if (said := last_word(folder)) else ""
    return msgspec.structs.replace(
        record,
        verdict=Verdict.INTERRUPTED,
        evidence=f"its supervisor went away before it ended{why}{also}",
    )


def unfinished(target: Target) -> Iterator[Record]:
    """The records, newest first, of what runs, and of what did not come to its end.

    Reads those alone whose lock is still there, however many others there are.
    """
    try:
        kept = sorted(target.state.actions.iterdir(), reverse=True)
    except OSError:
        return
    for folder in kept:
        if not folder.name.startswith(".") and (folder / RUNNING).exists():
            with contextlib.suppress(ConsoleError):
                yield load(target, folder.name)


def took(seconds: float) -> str:
    """A duration: `0.2 s`, `81 s`, `12m04s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else ago(seconds)
