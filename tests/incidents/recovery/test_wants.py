"""What closes a step, looked for in installations as runs and deliveries leave them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.incidents.findings import DOWN, OK, STALLED, looked_at

from orket_console.actions.conditions import conditions_of
from orket_console.base.clock import FixedClock
from orket_console.base.refs import SessionRef
from orket_console.demo.generate import generate
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.finding import FailureClass
from orket_console.incidents.ledger.model import StepKind
from orket_console.incidents.recovery.plan import plan_for
from orket_console.incidents.recovery.wants import Scene, is_there, proof
from orket_console.runs.sessions import RunList
from orket_console.target.target import Target

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
LOOKED = looked_at(NOW)


@pytest.fixture
def scene(tmp_path: Path, target_of: Callable[..., Target]) -> Callable[..., Scene]:
    def of(scenario: str, since: datetime = NOW - timedelta(hours=3)) -> Scene:
        root = tmp_path / scenario
        if not root.exists():
            generate(
                root,
                scenario,
                seed=1,
                now=NOW,
                api_port=18082,
                webhook_port=18080,
                python=sys.executable,
            )
        target = target_of(root)
        conditions = conditions_of(target)
        return Scene(target, FixedClock(NOW), LOOKED, (), conditions, since, frozenset())

    return of


def test_a_run_that_says_running_is_quiet_by_its_processes(scene: Callable[..., Scene]) -> None:
    there = scene("stale-running")
    listed = RunList(there.target, there.clock)
    listed.page()
    stale = [run for run in listed.look().runs if run.status == "running"]
    assert len(stale) == 3
    (closed,) = proof(there, f"quiet:{stale[0].session}")
    assert stale[0].session in closed["what"]
    assert closed["kind"] == "session"
    assert proof(there, "quiet:none") == ()


def test_the_epic_has_to_end_well_after_the_pass_began(scene: Callable[..., Scene]) -> None:
    there = scene("regression")
    listed = RunList(there.target, there.clock)
    listed.page()
    runs = listed.look().runs
    worst = next(run for run in reversed(runs) if run.failed)
    names = [run for run in runs if run.name == worst.name and not run.failed]
    assert names
    assert proof(there, f"ran:{worst.session}") != ()
    late = scene("regression", max(run.started for run in names if run.started) + timedelta(1))
    assert proof(late, f"ran:{worst.session}") == ()
    assert proof(there, "ran:none") == ()


def test_deliveries_and_queries(scene: Callable[..., Scene]) -> None:
    well, stuck = scene("healthy"), scene("webhook-secret", NOW - timedelta(minutes=20))
    assert proof(well, "delivered:") != ()
    assert proof(well, "query:stuck-cycles") != ()
    assert proof(stuck, "query:stuck-cycles") == ()
    # Since then they were refused, all of them.
    assert proof(stuck, "delivered:") == ()


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        ("gitea-unreachable", ["probe:gitea", "query:stuck-cycles", "action:test-delivery"]),
        ("webhook-down", ["probe:webhook", "action:test-delivery", "delivered:"]),
    ],
)
def test_the_webhook_class_waits_for_what_its_cause_broke(rule: str, keys: list[str]) -> None:
    finding = replace(DOWN, rule=rule, failure=FailureClass.WEBHOOK, subjects=("webhook",))
    planned = [step.key for step in plan_for(finding, finding.failure)]
    assert [key for key in planned if key in keys] == keys


@pytest.mark.parametrize(
    ("rule", "actions"),
    [
        ("api-down", ["probe:api"]),
        # It answers all the time: that it does so proves no restart.
        ("api-key-stale", ["probe:api-key"]),
        ("webhook-down", ["probe:webhook", "action:test-delivery"]),
        ("webhook-signature-missing", ["action:test-delivery"]),
    ],
)
def test_no_action_is_asked_for_that_is_proven_before_it_is_done(
    rule: str, actions: list[str]
) -> None:
    failure = FailureClass.API if rule.startswith("api") else FailureClass.WEBHOOK
    planned = plan_for(replace(DOWN, rule=rule, failure=failure), failure)
    assert [step.key for step in planned if step.kind is StepKind.ACTION] == actions


def test_migrations_are_run_where_they_help() -> None:
    locked = replace(DOWN, rule="db-locked", failure=FailureClass.SCHEMA, subjects=("webhook-db",))
    planned = [step.key for step in plan_for(locked, locked.failure)]
    assert "probe:webhook-db" in planned
    assert "action:migrations" not in planned
    pending = replace(locked, rule="migration-pending")
    assert "action:migrations" in [step.key for step in plan_for(pending, pending.failure)]


def test_stale_runs_are_looked_at_one_by_one() -> None:
    sessions = tuple(replace(DOWN.evidence[0], ref=SessionRef(f"s{n}")) for n in range(5))
    stale = replace(STALLED, rule="stale-running", evidence=sessions)
    planned = [step.key for step in plan_for(stale, stale.failure)]
    assert [key for key in planned if key.startswith(("quiet:", "ran:"))] == [
        "quiet:s0",
        "quiet:s1",
        "quiet:s2",
        "ran:s0",
    ]


def test_what_a_probe_is_red_by_is_there_whatever_its_lines_are_dated() -> None:
    red = Round(NOW, 0.1, (replace(OK[0], state=DOWN.state, word="refused"),))
    looked = replace(LOOKED, done=red)
    dated = replace(DOWN, last=NOW - timedelta(hours=9))
    assert is_there(dated, looked, NOW)
    assert not is_there(dated, LOOKED, NOW)
    assert not is_there(replace(dated, state=OK[0].state), looked, NOW)
