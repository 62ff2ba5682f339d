"""A gate's verdict holds as long as what it was judged on is as it was, and no longer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from orket_console.actions.catalogue import Effect, find
from orket_console.actions.conditions import NONE, conditions_of, differences, told
from orket_console.actions.overview import ActionRow, detail, overview
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import Conditions, Record, load, new_record
from orket_console.actions.runner import start
from orket_console.actions.standing import stale
from orket_console.actions.verdicts import Verdict
from orket_console.target.target import Target

pytestmark = pytest.mark.usefixtures("no_action_outlives")
SUCCESS = "print('[security-canary] SUCCESS')\n"
THEN = Conditions(installation="0.3.16", env="e1", schemas={"webhook.db": "s1"})
DATABASE = ".orket/durable/db/webhook.db"
COMMIT = "0123456789" * 4


def executed(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def run(target: Target, made: Plan) -> Record:
    async def ended() -> Record:
        return await (await start(target, made, lambda piece: None)).ended()

    return load(target, asyncio.run(ended()).id)


def row_of(target: Target, name: str) -> ActionRow:
    return next(row for row in overview(target).rows if row.name == name)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda root: (root / ".env").write_text("A=1\n"), ".env changed since"),
        (lambda root: (root / ".env").unlink(), ".env is gone since"),
        (
            lambda root: executed(root / DATABASE, "CREATE TABLE more (id TEXT)"),
            "schema of webhook.db changed since",
        ),
        (
            lambda root: (root / DATABASE).write_text("no database at all, whatever it was once"),
            "schema of webhook.db can't be read: not a database since",
        ),
        (lambda root: (root / DATABASE).unlink(), "schema of webhook.db is gone since"),
        (
            lambda root: (root / ".git" / "HEAD").write_text(COMMIT),
            "Orket was 9999999999, is 0123456789 since",
        ),
    ],
)
def test_a_gate_is_stale_when_its_conditions_changed(
    root: Path,
    target: Target,
    canary_running: Callable[[str], Plan],
    change: Callable[[Path], object],
    reason: str,
) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text("9" * 40)
    record = run(target, canary_running(SUCCESS))
    assert record.conditions == record.conditions_after == conditions_of(target)
    assert row_of(target, "security-canary").stale == ""
    executed(root / DATABASE, "INSERT INTO webhook_events VALUES ('1')")
    assert row_of(target, "security-canary").stale == ""
    change(root)
    assert row_of(target, "security-canary").stale == reason
    assert detail(target, find("security-canary"), {}).stale == reason


def test_what_is_as_it_was_again_is_stale_no_more(
    root: Path, target: Target, canary_running: Callable[[str], Plan]
) -> None:
    run(target, canary_running(SUCCESS))
    before = (root / ".env").read_bytes()
    (root / ".env").write_text("")
    assert row_of(target, "security-canary").stale
    (root / ".env").write_bytes(before)
    assert not row_of(target, "security-canary").stale


def test_a_migration_is_judged_by_the_schema_that_it_leaves(root: Path, target: Target) -> None:
    (root / "scripts" / "run_migrations.py").write_text(
        "import sqlite3\n"
        f"with sqlite3.connect({DATABASE!r}) as db:\n"
        "    db.execute('CREATE TABLE _schema_migrations (id TEXT)')\n"
        "    db.execute(\"INSERT INTO _schema_migrations VALUES ('002')\")\n"
        "print('[MIGRATE] Applied 002_webhook_indexes.sql to webhook.db')\n"
    )
    record = run(target, plan(target, find("migrations"), {}))
    assert record.verdict is Verdict.PASSED
    assert record.conditions and record.conditions_after
    assert differences(record.conditions, record.conditions_after) == (
        "schema of webhook.db changed",
    )
    assert row_of(target, "migrations").stale == ""
    executed(root / DATABASE, "DELETE FROM _schema_migrations")
    assert row_of(target, "migrations").stale == "schema of webhook.db changed since"


def test_what_changed_under_a_gate_makes_it_true_for_neither(
    target: Target, canary_running: Callable[[str], Plan]
) -> None:
    body = f"import pathlib\npathlib.Path('.env').write_text('A=2')\n{SUCCESS}"
    record = run(target, canary_running(body))
    assert record.verdict is Verdict.PASSED
    assert row_of(target, "security-canary").stale == ".env changed while it ran"


@pytest.mark.parametrize(
    ("effect", "after", "now", "reason"),
    [
        (Effect.READS, THEN, THEN, ""),
        (
            Effect.READS,
            {"schemas": {"webhook.db": "s2"}},
            None,
            "schema of webhook.db changed while it ran",
        ),
        (Effect.CHANGES_DATABASES, {"schemas": {"webhook.db": "s2"}}, None, ""),
        (
            Effect.CHANGES_DATABASES,
            {"env": "e2", "schemas": {"webhook.db": "s2"}},
            None,
            ".env changed while it ran",
        ),
        (Effect.READS, THEN, {"env": NONE}, ".env is gone since"),
        (
            Effect.READS,
            THEN,
            {"installation": "0.5.9", "env": "e2"},
            "Orket was 0.3.16, is 0.5.9, .env changed since",
        ),
        (
            Effect.READS,
            THEN,
            {"schemas": {"other.db": "s1"}},
            "schema of webhook.db is gone, schema of other.db is new since",
        ),
    ],
)
def test_own_work_and_others_are_told_apart(
    target: Target, effect: Effect, after: object, now: object, reason: str
) -> None:
    left = msgspec.structs.replace(THEN, **after) if isinstance(after, dict) else THEN
    current = msgspec.structs.replace(left, **now) if isinstance(now, dict) else left
    record = _record(target, effect, left)
    assert stale(record, current) == reason


def test_only_what_says_something_of_the_installation_goes_stale(target: Target) -> None:
    record = _record(target, Effect.READS, THEN)
    changed = msgspec.structs.replace(THEN, env="e2")
    assert stale(record, changed)
    for verdict in (Verdict.CANCELLED, Verdict.UNKNOWN, Verdict.INTERRUPTED, None):
        assert not stale(msgspec.structs.replace(record, verdict=verdict), changed)
    assert not stale(msgspec.structs.replace(record, conditions=None), changed)


def test_conditions_hold_no_secret_and_what_is_no_gate_has_none(root: Path, target: Target) -> None:
    (root / "scripts" / "report_failure_modes.py").write_text("")
    record = run(target, plan(target, find("failure-report"), {"out": ""}))
    assert record.conditions is None
    assert record.conditions_after is None
    taken = conditions_of(target)
    assert len(taken.env) == 64
    assert set(taken.schemas) == {"orket_persistence.db", "webhook.db"}
    assert told(taken).startswith(f"Orket of no known version, .env {taken.env[:8]}, schema of o")
    assert told(THEN) == "Orket 0.3.16, .env e1, schema of webhook.db s1"


def _record(target: Target, effect: Effect, after: Conditions) -> Record:
    made = plan(target, find("security-canary"), {})
    record = new_record(target, made, datetime(2026, 11, 23, tzinfo=UTC))
    return msgspec.structs.replace(
        record,
        effect=effect.value,
        verdict=Verdict.PASSED,
        conditions=THEN,
        conditions_after=after,
    )
