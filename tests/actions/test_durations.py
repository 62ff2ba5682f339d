"""What is expected of a run comes from the runs before it with the same parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from orket_console.actions.catalogue import find
from orket_console.actions.durations import elapsed, expected, known_tests
from orket_console.actions.plan import plan
from orket_console.actions.records import History, Record, new_record
from orket_console.actions.run_progress import RunProgress
from orket_console.actions.verdicts import Verdict
from orket_console.target.target import Target

AT = datetime(2026, 11, 23, 5, tzinfo=UTC)
SKIPPED = {"skip-docker": "yes", "skip-tests": "yes"}
QUIET = {"skip-docker": "yes", "skip-tests": "no"}


def smoke(target: Target, seconds: float, verdict: Verdict, values: dict[str, str]) -> Record:
    record = new_record(target, plan(target, find("release-smoke"), values), AT)
    return msgspec.structs.replace(record, verdict=verdict, seconds=seconds)


def test_it_is_the_median_of_the_passed_runs_with_the_same_parameters(target: Target) -> None:
    kept = History(
        (
            smoke(target, 3.0, Verdict.PASSED, QUIET),
            smoke(target, 9.0, Verdict.PASSED, QUIET),
            smoke(target, 100.0, Verdict.FAILED, QUIET),
            smoke(target, 0.5, Verdict.PASSED, SKIPPED),
            smoke(target, 4.0, Verdict.PASSED, QUIET),
        ),
        (),
    )
    assert expected(kept, "release-smoke", QUIET) == 4.0
    assert expected(kept, "release-smoke", SKIPPED) == 0.5
    assert expected(kept, "release-smoke", {}) is None
    assert expected(History((), ()), "release-smoke", QUIET) is None
    assert elapsed(2.04, 81.3) == "2.0 s of 81 s"
    assert elapsed(150.0, None) == "2m30s"


def test_how_many_tests_there_were(target: Target) -> None:
    made = plan(target, find("test-suite"), {})
    record = msgspec.structs.replace(
        new_record(target, made, AT),
        verdict=Verdict.FAILED,
        evidence="50 failed, 1130 passed, 9 skipped, 36 errors in 79.10s (0:01:19)",
    )
    cancelled = msgspec.structs.replace(record, verdict=Verdict.CANCELLED, evidence="cancelled")
    kept = History((cancelled, record), ())
    assert known_tests(kept, "test-suite", made.values) == 1225
    assert known_tests(kept, "test-suite", {"path": "tests/core"}) is None


def test_a_growing_output_is_read_on(tmp_path: Path) -> None:
    progress = RunProgress(tmp_path)
    assert progress.look().done == 0
    output = "collected 4 items\n\ntests/test_é.py .F".encode()
    for cut in (10, 31, len(output)):
        (tmp_path / "stdout").write_bytes(output[:cut])
        progress.look()
    seen = progress.look()
    assert (seen.done, seen.failed, seen.total) == (2, 1, 4)
