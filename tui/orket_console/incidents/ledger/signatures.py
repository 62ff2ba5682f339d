"""Signatures of failures over time: when they appear, go, and come back; merged and split."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.ledger import rows
from orket_console.incidents.ledger.model import SeenSignature, Sighting, Who
from orket_console.incidents.ledger.store import Store

_ALL: Final = (
    f"SELECT {rows.SIGNATURE}, m.into_signature FROM signatures s"
    " LEFT JOIN merges m ON m.signature = s.signature AND m.undone IS NULL"
)
_DEEPEST: Final = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as far as the ledger goes by it. `evidence` is when its newest evidence is
    from, None where nothing dates it; `run` the session of the newest run that failed so, empty
    where it is no failure of a run."""

    signature: str
    failure: str
    rule: str
    title: str
    evidence: datetime | None
    run: str = ""


def record_look(store: Store, seen: Iterable[Seen], at: datetime) -> list[Sighting]:
    """What one look at everything saw. Returns the appearances: those that were not there at
    the last look, whose evidence is newer than it was, or that are of another run.

    A failure that stays is one appearance, however often it is looked at; and so is that of a
    run, whose rows stay whatever is done.
    """
    appeared: list[Sighting] = []
    with store.writing() as connection:
        known = {one.signature: one for one in _read(connection)}
        now_there = {one.signature: one for one in seen}
        for one in now_there.values():
            before = known.get(one.signature)
            came_up = _comes_up(connection, one, before)
            _keep(connection, store, one, at, count=int(came_up))
            if came_up or _is_newer(one, before):
                appeared.append(_sighted(connection, one, at))
        gone = [name for name, one in known.items() if one.present and name not in now_there]
        connection.executemany(
            "UPDATE signatures SET present = 0 WHERE signature = ?", [(name,) for name in gone]
        )
    return appeared


def _comes_up(connection: sqlite3.Connection, one: Seen, before: SeenSignature | None) -> bool:
    if before is None or not one.run:
        return before is None or not before.present
    known = connection.execute(
        "SELECT 1 FROM sightings WHERE signature = ? AND run = ?", (one.signature, one.run)
    )
    return known.fetchone() is None


def _is_newer(one: Seen, before: SeenSignature | None) -> bool:
    known = before.evidence if before else None
    return one.evidence is not None and (known is None or one.evidence > known)


def _sighted(connection: sqlite3.Connection, one: Seen, at: datetime) -> Sighting:
    cursor = connection.execute(
        "INSERT INTO sightings (signature, at, evidence, run) VALUES (?, ?, ?, ?)",
        (one.signature, rows.written(at), rows.optional(one.evidence), one.run),
    )
    return Sighting(one.signature, at, one.evidence, one.run, int(cursor.lastrowid or 0))


def _keep(
    connection: sqlite3.Connection, store: Store, one: Seen, at: datetime, *, count: int
) -> None:
    """Newer evidence of what is there still does not count as having come up."""
    connection.execute(
        "INSERT INTO signatures (signature, failure, rule, title, first, last, count, evidence,"
        " present) VALUES (?, ?, ?, ?, ?, ?, 1, ?, 1)"
        " ON CONFLICT (signature) DO UPDATE SET last = excluded.last, title = excluded.title,"
        " evidence = max(coalesce(evidence, excluded.evidence),"
        "                coalesce(excluded.evidence, evidence)),"
        " count = count + ?, present = 1",
        (
            one.signature,
            one.failure,
            one.rule,
            store.safe(one.title),
            rows.written(at),
            rows.written(at),
            rows.optional(one.evidence),
            count,
        ),
    )


def signatures(store: Store) -> list[SeenSignature]:
    """All that were ever seen, the one seen last first."""
    with store.reading() as connection:
        found = _read(connection)
    return sorted(found, key=lambda one: (one.last, one.signature), reverse=True)


def same_as(store: Store, signature: str) -> frozenset[str]:
    """All signatures that count as this one, itself among them."""
    with store.reading() as connection:
        found = {one.signature: one for one in _read(connection)}
    root = _root(signature, found)
    return frozenset({name for name in found if _root(name, found) == root} | {signature})


def sightings(store: Store, names: Iterable[str]) -> Sequence[Sighting]:
    """The appearances of these signatures, oldest first."""
    wanted = sorted(names)
    marks = ", ".join("?" * len(wanted))
    with store.reading() as connection:
        found = connection.execute(
            f"SELECT {rows.SIGHTING} FROM sightings WHERE signature IN ({marks}) ORDER BY id",
            wanted,
        ).fetchall()
    return [rows.sighting(row) for row in found]


def merge(store: Store, signature: str, into: str, at: datetime, by: Who, reason: str) -> None:
    """Let one signature count as another from now on, until it is split off again.

    Raises `ConsoleError` (exit 2) for one that is not known, is merged already, or would count
    as itself.
    """
    with store.writing() as connection:
        found = {one.signature: one for one in _read(connection)}
        for name in (signature, into):
            if name not in found:
                raise _wrong(f"no failure of signature {name} was seen")
        if found[signature].merged_into:
            raise _wrong(f"{signature} is merged into {found[signature].merged_into} already")
        if _root(into, found) == _root(signature, found):
            raise _wrong(f"{signature} and {into} count as one already")
        connection.execute(
            "INSERT INTO merges (signature, into_signature, at, by, reason) VALUES (?, ?, ?, ?, ?)",
            (signature, into, rows.written(at), rows.encoded_who(by), store.safe(reason)),
        )


def split(store: Store, signature: str, at: datetime, by: Who, reason: str) -> None:
    """Take a merge back. Raises `ConsoleError` (exit 2) where there is none."""
    with store.writing() as connection:
        cursor = connection.execute(
            "UPDATE merges SET undone = ?, undone_by = ?, undone_reason = ?"
            " WHERE signature = ? AND undone IS NULL",
            (rows.written(at), rows.encoded_who(by), store.safe(reason), signature),
        )
        if not cursor.rowcount:
            raise _wrong(f"{signature} is merged into no other")


def _read(connection: sqlite3.Connection) -> list[SeenSignature]:
    return [rows.signature(row) for row in connection.execute(_ALL).fetchall()]


def _root(name: str, found: dict[str, SeenSignature]) -> str:
    # Bounded: a ledger that was edited by hand may lead in a circle.
    for _ in range(_DEEPEST):
        one = found.get(name)
        if one is None or not one.merged_into:
            break
        name = one.merged_into
    return name


def _wrong(what: str) -> ConsoleError:
    return ConsoleError(
        what, remedy="orket-console incident signatures lists them", exit_code=ExitCode.USAGE
    )
