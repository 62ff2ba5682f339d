"""Recovery passes and their steps."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.ledger import rows
from orket_console.incidents.ledger.incidents import turned
from orket_console.incidents.ledger.model import (
    Mark,
    PassStep,
    RecoveryPass,
    StepKind,
    StepState,
    Turn,
    Who,
)
from orket_console.incidents.ledger.store import Store

_UNDER_WAY = "(SELECT ended FROM passes WHERE passes.id = steps.pass) IS NULL"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step to come; `key` is its own within the pass. With `evidence` it is closed by that
    from the beginning on."""

    key: str
    kind: StepKind
    title: str
    wants: str
    evidence: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """How a step ends: by evidence, by an operator's word with a reason, or skipped with one."""

    state: StepState
    at: datetime
    by: Who
    evidence: tuple[Mapping[str, Any], ...] = ()
    reason: str = ""


def begin_pass(
    store: Store,
    incident: int,
    planned: Sequence[PlannedStep],
    at: datetime,
    by: Who,
    mark: Mark | None = None,
) -> RecoveryPass:
    """The next pass of an incident, with all its steps. `mark` is what there is beside the
    ledger. Raises `ConsoleError` (exit 2) while one is under way."""
    with store.writing() as connection:
        last = _passes(connection, incident)
        if last and last[-1].ended is None:
            raise _wrong(f"pass {last[-1].number} of INC-{incident} is under way")
        begun = (rows.written(at), rows.encoded_who(by), _marked(connection, mark))
        cursor = connection.execute(
            "INSERT INTO passes (incident, number, begun, begun_by, begun_mark)"
            " VALUES (?, ?, ?, ?, ?)",
            (incident, len(last) + 1, *begun),
        )
        made = int(cursor.lastrowid or 0)
        connection.executemany(
            "INSERT INTO steps (pass, position, key, kind, title, wants, state, at, by, evidence)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    made,
                    position,
                    step.key,
                    step.kind,
                    store.safe(step.title),
                    store.safe(step.wants),
                    StepState.CLOSED if step.evidence else StepState.OPEN,
                    rows.written(at) if step.evidence else None,
                    rows.encoded_who(by) if step.evidence else None,
                    store.safe_json(list(step.evidence)),
                )
                for position, step in enumerate(planned, 1)
            ],
        )
        turned(connection, Turn(incident, at, by, "pass begun", f"pass {len(last) + 1}"))
        return _passes(connection, incident)[-1]


def passes(store: Store, incident: int) -> list[RecoveryPass]:
    """In order."""
    with store.reading() as connection:
        return _passes(connection, incident)


def pass_under_way(store: Store, incident: int) -> RecoveryPass | None:
    found = passes(store, incident)
    return found[-1] if found and found[-1].ended is None else None


def steps(store: Store, of_pass: int) -> list[PassStep]:
    """In order."""
    with store.reading() as connection:
        found = connection.execute(
            f"SELECT {rows.STEP} FROM steps WHERE pass = ? ORDER BY position",
            (of_pass,),
        ).fetchall()
    return [rows.step(row) for row in found]


def close_step(store: Store, step: int, closing: Closing) -> PassStep:
    """Raises `ConsoleError` (exit 2) for a step that is closed or whose pass is judged, and
    without evidence or reason."""
    if closing.state is StepState.CLOSED and not closing.evidence:
        raise _wrong("a step is closed by evidence, or by hand with a reason")
    by_word = closing.state in (StepState.BY_HAND, StepState.SKIPPED)
    if by_word and not closing.reason.strip():
        raise _wrong(f"a step is {closing.state} with a reason alone")
    with store.writing() as connection:
        cursor = connection.execute(
            "UPDATE steps SET state = ?, at = ?, by = ?, evidence = ?, reason = ?"
            f" WHERE id = ? AND state = ? AND {_UNDER_WAY}",
            (
                closing.state,
                rows.written(closing.at),
                rows.encoded_who(closing.by),
                store.safe_json(list(closing.evidence)),
                store.safe(closing.reason.strip()),
                step,
                StepState.OPEN,
            ),
        )
        if not cursor.rowcount:
            raise _wrong("this step is closed or its pass judged, maybe by another operator")
        return _step(connection, step)


def reopen_step(store: Store, step: int) -> PassStep:
    """What closed it holds no more. Nothing is taken back of what an operator said, or of a pass
    that is judged."""
    with store.writing() as connection:
        connection.execute(
            "UPDATE steps SET state = ?, at = NULL, by = NULL, evidence = '[]', reason = ''"
            f" WHERE id = ? AND state = ? AND {_UNDER_WAY}",
            (StepState.OPEN, step, StepState.CLOSED),
        )
        return _step(connection, step)


def end_pass(
    store: Store,
    ended: RecoveryPass,
    at: datetime,
    by: Who,
    lacking: Sequence[str],
    conditions: Mapping[str, Any],
    closed: Sequence[PassStep] = (),
    mark: Mark | None = None,
) -> RecoveryPass:
    """Judge it: clean where nothing is lacking. `mark` is what there is beside the ledger.

    Raises `ConsoleError` (exit 2) for one that is judged already, and where one of the steps
    `closed`, which it was judged by, is open again by another operator's look.
    """
    with store.writing() as connection:
        cursor = connection.execute(
            "UPDATE passes SET ended = ?, clean = ?, lacking = ?, conditions = ?, ended_mark = ?"
            " WHERE id = ? AND ended IS NULL",
            (
                rows.written(at),
                int(not lacking),
                store.safe_json(list(lacking)),
                store.safe_json(conditions),
                _marked(connection, mark),
                ended.id,
            ),
        )
        if not cursor.rowcount:
            raise _wrong(f"pass {ended.number} is judged already")
        for step in closed:
            if _step(connection, step.id).state is StepState.OPEN:
                raise _wrong(f"step “{step.title}” was opened again meanwhile: verify again")
        said = "clean" if not lacking else f"not clean: {'; '.join(lacking)}"
        what = f"pass {ended.number} {said}"
        turned(connection, Turn(ended.incident, at, by, "pass ended", store.safe(what)))
        return next(one for one in _passes(connection, ended.incident) if one.id == ended.id)


def _passes(connection: sqlite3.Connection, incident: int) -> list[RecoveryPass]:
    found = connection.execute(
        f"SELECT {rows.RECOVERY} FROM passes WHERE incident = ? ORDER BY number",
        (incident,),
    ).fetchall()
    return [rows.recovery_pass(row) for row in found]


def _marked(connection: sqlite3.Connection, mark: Mark | None) -> str | None:
    """With where the ledger itself is."""
    if mark is None:
        return None
    newest = "SELECT (SELECT max(id) FROM turns), (SELECT max(id) FROM sightings)"
    turn, sighting = connection.execute(newest).fetchone()
    return rows.encoded_mark(replace(mark, turn=turn or 0, sighting=sighting or 0))


def _step(connection: sqlite3.Connection, step: int) -> PassStep:
    row = connection.execute(
        f"SELECT {rows.STEP} FROM steps WHERE id = ?",
        (step,),
    ).fetchone()
    if row is None:
        raise _wrong(f"there is no step {step}")
    return rows.step(row)


def _wrong(what: str) -> ConsoleError:
    return ConsoleError(what, exit_code=ExitCode.USAGE)
