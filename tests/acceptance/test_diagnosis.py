"""The ten real runs, each with the cause that reading its artifacts by hand establishes."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.refs import LogRef, TurnRef
from orket_console.base.state import State
from orket_console.health.look import Memory
from orket_console.health.rounds import run_round
from orket_console.incidents.diagnosis.diagnose import Diagnosis, diagnose
from orket_console.incidents.diagnosis.document import as_document
from orket_console.incidents.diagnosis.gathering.gather import Gatherer
from orket_console.target.target import Target

CAUSES = {
    # Three turns each ask for in_progress → done, which the state machine forbids.
    "34a2b001": "governance-violation",
    # The guard blocks all three issues: “Insufficient acceptance criteria coverage.”
    "6cea0e38": "guard-rejection",
    # “I think we should consider the problem a little more before acting.”, twice.
    "ca9dc647": "no-progress",
    # The answer breaks off within a write_file call.
    "e1fb8f97": "malformed-tool-calls",
    # RuntimeError in ISS-04-2: model backend closed the connection, before any answer.
    "acc6fa78": "model-unreachable",
    # TimeoutError without a word, and no answer in any of the three turns.
    "40ba6a36": "model-timeout",
}
"""The other four (e6e7e39c, 7a375982, 01c092d6, ef87de5c) went well: all issues done."""
AFTERWARDS = datetime(2026, 11, 23, 5, 25, tzinfo=UTC)
Diagnosed = Callable[[Path], Diagnosis]


@pytest.fixture
def diagnosed(target_of: Callable[..., Target], free_port: int) -> Diagnosed:
    def once(root: Path) -> Diagnosis:
        flags = {"api.port": free_port, "webhook.port": free_port, "health.deadline": 10.0}
        target, clock = target_of(root, flags), FixedClock(AFTERWARDS)
        done = asyncio.run(run_round(target, clock, Memory()))
        return diagnose(Gatherer(target, clock).gather(done))

    return once


def test_each_run_has_its_cause(installation: Path, diagnosed: Diagnosed) -> None:
    diagnosis = diagnosed(installation)
    assert {one.session: one.rule for one in diagnosis.sessions} == CAUSES
    by_rule = {one.rule: one for one in diagnosis.findings}
    for session, rule in CAUSES.items():
        finding = by_rule[rule]
        assert (finding.subjects, finding.state) == ((session,), State.FAILING)
        refs = [evidence.ref for evidence in finding.evidence]
        assert any(isinstance(ref, TurnRef) and ref.session == session for ref in refs)
        assert all(_opens(ref, session) for ref in refs if isinstance(ref, LogRef))


def _opens(ref: LogRef, session: str) -> bool:
    """Whether a line is where the evidence says, by number and by byte, and of that run."""
    content = Path(ref.path).read_bytes()
    assert ref.line is not None
    by_number = content.split(b"\n")[ref.line - 1]
    return content[ref.offset :].startswith(by_number) and session.encode() in by_number


def test_beside_the_runs(installation: Path, diagnosed: Diagnosed) -> None:
    diagnosis = diagnosed(installation)
    others = [one.rule for one in diagnosis.leading if one.rule not in CAUSES.values()]
    # Nothing listens, there is no .env; two pull requests hang at cycle 5 of 4, and what was
    # refused was sent by hand, by the canary and by the test suite.
    assert others == [
        "api-down", "webhook-secret-missing", "gitea-unreachable", "webhook-payload-refused",
        "canary-noise",
    ]  # fmt: skip
    by_rule = {one.rule: one for one in diagnosis.findings}
    assert by_rule["webhook-down"].follows == "webhook-secret-missing"
    assert by_rule["gitea-unreachable"].subjects[-3:] == (
        "acme/shop#7", "acme/shop#8", "acme/shop#9",
    )  # fmt: skip


def test_the_same_artifacts_give_the_same_diagnosis(
    installation: Path, samples: Path, diagnosed: Diagnosed
) -> None:
    here, again, there = (
        json.dumps(as_document(diagnosed(root)), default=str)
        for root in (installation, installation, samples / "orket-0.3.16")
    )
    assert here == again
    # In another place, with other times of its files, and as another user's.
    assert here == there.replace(str(samples / "orket-0.3.16"), str(installation))


def test_a_run_that_went_well_since_settles_it(installation: Path, diagnosed: Diagnosed) -> None:
    path = installation / ".orket/durable/db/orket_persistence.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE run_ledger SET run_name = 'Epic approve'")
    settled = [one for one in diagnosed(installation).findings if one.rule in CAUSES.values()]
    assert {one.state for one in settled} == {State.INFO}
    assert all("a later run of the same name went well" in one.conclusion for one in settled)


def test_without_its_log_the_runs_still_have_a_cause(
    installation: Path, diagnosed: Diagnosed
) -> None:
    os.truncate(installation / "workspace/default/orket.log", 0)
    found = {one.session: one.rule for one in diagnosed(installation).sessions}
    assert found == CAUSES
