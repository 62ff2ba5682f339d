"""Runbook class 4: a database can't be used, or is not of this version's shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from orket_console.base.refs import ProbeRef, SessionRef, TableRef
from orket_console.base.sqlite import Fault
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.incidents.diagnosis.facts import DatabaseSeen, Facts
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.run_case import of
from orket_console.incidents.diagnosis.rules.run_causes import LACKS_TABLE

_UNREADABLE: Final = (Fault.DENIED, Fault.NEEDS_RECOVERY, Fault.FAILED)
_CORRUPT: Final = (Fault.CORRUPT, Fault.NOT_A_DATABASE)
_MIGRATE: Final = seen.action(
    "migrations", "run the migrations: both databases are backed up first"
)
_GATES: Final = (
    seen.action("release-smoke", "then the release smoke (skip-docker=yes without Docker)"),
    seen.action("security-canary", "and the security canary"),
)
_RESTORE: Final = seen.action(
    "restore", "restore it from a backup; keep the file for `sqlite3 .recover`"
)


def _about(database: DatabaseSeen) -> str:
    return f"The {database.kind} database"


def _case(database: DatabaseSeen, conclusion: str, *steps: Step, state: State) -> Case:
    what = f"{database.name}: {database.fault or 'readable'}"
    detail = f", {database.detail}" if database.detail else ""
    return Case(
        conclusion,
        (Evidence(f"{what}{detail}", TableRef(database.name, "sqlite_schema")),
         seen.probe(database.probe, f"probe of {database.name}")),
        steps,
        state=state,
        subjects=(database.probe,),
        essence=(database.kind, str(database.fault or "")),
    )  # fmt: skip


def _faulty(facts: Facts, faults: tuple[Fault, ...]) -> Iterator[DatabaseSeen]:
    return (database for database in facts.databases if database.fault in faults)


def _missing(facts: Facts) -> Iterator[Case]:
    for database in _faulty(facts, (Fault.MISSING,)):
        if database.used:
            yield _case(
                database,
                f"{_about(database)} is gone: it was in use here, and its file is not there.",
                Step("check ORKET_DURABLE_ROOT, and what was deleted or moved"),
                seen.action("restore", "restore it; Orket makes it anew, but without its history"),
                state=State.FAILING,
            )


def _unreadable(facts: Facts) -> Iterator[Case]:
    for database in _faulty(facts, _UNREADABLE):
        step = Step("give the servers' user read and write permission on the file and its folder")
        if database.fault is Fault.NEEDS_RECOVERY:
            step = Step("start its server once, which rolls a torn write back")
        yield _case(
            database,
            f"{_about(database)} can't be read: {database.fault}.",
            step,
            state=State.FAILING,
        )


def _locked(facts: Facts) -> Iterator[Case]:
    for database in facts.databases:
        if database.fault is not Fault.LOCKED and not database.holders:
            continue
        case = _case(
            database,
            f"{_about(database)} is locked by a writer that does not let go.",
            Step("find the process that holds it: fuser on the file, or lsof"),
            Step("a migration or a hung server? end that one, never delete its journal"),
            state=State.DEGRADED,
        )
        holders = tuple(
            Evidence(f"held by {one}", ProbeRef(database.probe)) for one in database.holders
        )
        yield replace(case, evidence=(*holders, *case.evidence), essence=(database.kind, "locked"))


def _corrupt(facts: Facts) -> Iterator[Case]:
    for database in _faulty(facts, _CORRUPT):
        yield _case(
            database,
            f"{_about(database)} is damaged: {database.fault}.",
            Step("stop its servers before more is written"),
            _RESTORE,
            *_GATES,
            state=State.FAILING,
        )
    reading = facts.reading("integrity")
    if reading is not None and reading.word == "corrupt":
        yield Case(
            "A database is damaged inside, though it can be read.",
            (seen.reading(reading),),
            (Step("stop its servers before more is written"), _RESTORE, *_GATES),
            subjects=("integrity",),
            essence=("integrity",),
        )


def _empty(facts: Facts) -> Iterator[Case]:
    for database in facts.databases:
        if database.fault is Fault.EMPTY:
            what = "is a file of 0 bytes"
        elif database.fault is None and database.used and not _has_own(database):
            what = "has none of Orket's tables"
        else:
            continue
        yield _case(
            database,
            f"{_about(database)} {what}: it was emptied, or made by the migrations before Orket.",
            Step("restore it, or take it away and let Orket make it anew"),
            Step("run no migration before its tables are there: it fails and leaves a stub"),
            state=State.FAILING,
        )


def _has_own(database: DatabaseSeen) -> bool:
    """Whether any of the tables that Orket makes is there."""
    absent = sum(difference.startswith("no table ") for difference in database.differences)
    return absent < 3 or database.tables > 1


def _pending(facts: Facts) -> Iterator[Case]:
    for database in facts.databases:
        if not database.pending or not (database.tables or database.used):
            continue
        count = len(database.pending)
        yield Case(
            f"{seen.plural(count, 'migration')} of the {database.kind} database "
            f"{'is' if count == 1 else 'are'} not applied: {seen.listed(database.pending)}.",
            (
                Evidence(
                    f"{database.name}: no row for {seen.listed(database.pending)}",
                    TableRef(database.name, "_schema_migrations"),
                ),
            ),
            (_MIGRATE, *_GATES),
            state=State.DEGRADED,
            count=count,
            subjects=(database.probe,),
            essence=(database.kind, "pending"),
        )


def _unknown(facts: Facts) -> Iterator[Case]:
    for database in facts.databases:
        if not database.unknown:
            continue
        count = len(database.unknown)
        yield Case(
            f"The {database.kind} database has {seen.plural(count, 'migration')} applied that no "
            f"file here has: {seen.listed(database.unknown)}.",
            (
                Evidence(
                    f"{database.name}: applied {seen.listed(database.unknown)}",
                    TableRef(database.name, "_schema_migrations"),
                ),
            ),
            (
                Step("the code is older than the database: update it, or restore the database"),
                Step("was the migration file renamed? Then the same change may be applied twice"),
            ),
            state=State.DEGRADED,
            count=count,
            subjects=(database.probe,),
            essence=(database.kind, "unknown"),
        )


def _drift(facts: Facts) -> Iterator[Case]:
    for database in facts.databases:
        if database.fault is not None or not database.differences or not _has_own(database):
            continue
        yield Case(
            f"The {database.kind} database is not of the known shape: "
            f"{seen.listed(database.differences)}.",
            (
                Evidence(
                    f"{database.name}: {seen.listed(database.differences)}",
                    TableRef(database.name, "sqlite_schema"),
                ),
            ),
            (
                Step("compare the installation's version with its migrations"),
                _MIGRATE,
                *_GATES,
            ),
            state=State.FAILING,
            count=len(database.differences),
            subjects=(database.probe,),
            essence=(database.kind, *database.differences),
        )


def _lacks_table(facts: Facts) -> Iterator[Case]:
    """Runs, or servers, that name a table or column which the database lacks."""
    found = [moment for moment in facts.log.moments if LACKS_TABLE.search(moment.words)]
    told = {moment.session for moment in found}
    # Of what the log does not tell any more the ledger has the reason.
    runs = [one.run for one in of(facts, "schema-missed") if one.run.session not in told]
    if not found and not runs:
        return
    words = [moment.words for moment in found] + [run.failure_reason for run in runs]
    names = sorted(set(map(_named, words)))
    ended = [run.ended or run.started for run in runs]
    last = seen.latest([*(moment.last_at for moment in found), *ended])
    yield Case(
        f"What runs here needs what the database does not have: {seen.listed(names)}.",
        (
            *seen.lines(found),
            *(Evidence(shorten(run.failure_reason, 90), SessionRef(run.session)) for run in runs),
        ),
        (_MIGRATE, *_GATES),
        since=seen.earliest([*(moment.first_at for moment in found), *ended]),
        last=last,
        state=State.INFO if seen.ran_well_since(facts, last) else State.FAILING,
        count=sum(moment.count for moment in found) + len(runs),
        confidence=Confidence.CERTAIN,
        subjects=("runtime-db", *sorted({*told, *(run.session for run in runs)} - {""})),
        essence=tuple(names),
    )


def _named(words: str) -> str:
    """`table run_flows` out of SQLite's complaint."""
    at = words.lower().find("no such ")
    return " ".join(words[at:].split()[2:4]).replace(":", "").rstrip(".,;)'\"")


_DATABASES: Final = ("runtime-db", "webhook-db")
DATABASE_RULES: Final = (
    Rule(
        "db-missing",
        "A database is gone",
        FailureClass.SCHEMA,
        "the database files, and the traces, logs and secrets that tell they were in use",
        "ORKET_DURABLE_ROOT of the servers points elsewhere",
        _missing,
        probes=_DATABASES,
    ),
    Rule(
        "db-unreadable",
        "A database can't be read",
        FailureClass.SCHEMA,
        "the database files and their modes",
        "the servers' own user can read and write it",
        _unreadable,
        probes=_DATABASES,
    ),
    Rule(
        "db-locked",
        "A database is locked",
        FailureClass.SCHEMA,
        "a read of the schema, and for half a second the kernel's table of locks",
        "the next rounds can read it: then a writer was only slow",
        _locked,
        under=("disk-full",),
        probes=_DATABASES,
    ),
    Rule(
        "db-corrupt",
        "A database is damaged",
        FailureClass.SCHEMA,
        "a read of the schema, and SQLite's own check where it was asked for",
        "`PRAGMA integrity_check` on a copy says ok",
        _corrupt,
        under=("disk-full",),
        probes=(*_DATABASES, "integrity"),
    ),
    Rule(
        "db-empty",
        "A database is empty",
        FailureClass.SCHEMA,
        "the size of the database files, and their tables",
        "no run and no webhook has ever used it",
        _empty,
        under=("disk-full",),
        probes=_DATABASES,
    ),
    Rule(
        "migration-pending",
        "A migration is not applied",
        FailureClass.SCHEMA,
        "the files of scripts/migrations against the rows of _schema_migrations",
        "the file's change is in the schema, applied by hand without its row",
        _pending,
        under=("db-empty",),
        probes=_DATABASES,
    ),
    Rule(
        "migration-unknown",
        "A migration was applied that has no file",
        FailureClass.SCHEMA,
        "the rows of _schema_migrations against the files of scripts/migrations",
        "the file lies elsewhere, or was renamed on purpose",
        _unknown,
        probes=_DATABASES,
    ),
    Rule(
        "column-drift",
        "Tables or columns are missing",
        FailureClass.SCHEMA,
        "the tables and columns that the known versions have",
        "this version of Orket does not have them any more",
        _drift,
        under=("migration-pending",),
        shares=True,
        probes=_DATABASES,
    ),
    Rule(
        "schema-missed",
        "A table that the code needs is not there",
        FailureClass.SCHEMA,
        "“no such table” and “no such column” in the logs",
        "the table is there now, and no such line came since",
        _lacks_table,
        under=("db-empty", "db-missing", "migration-pending", "column-drift"),
            ),
)  # fmt: skip
