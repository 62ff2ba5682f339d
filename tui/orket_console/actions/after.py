"""After a run: what to do next, and where its evidence stands."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orket_console.actions.advice import Advice, advice
from orket_console.actions.bundles import BUNDLES, RESUME
from orket_console.actions.definition import Effect
from orket_console.actions.kept import kept_length, kept_output, kept_part
from orket_console.actions.progress import TestProgress, progress_of
from orket_console.actions.records import History, Record, folder_of
from orket_console.actions.verdicts import NOTHING_FAILED, Verdict
from orket_console.base.files import folder_at
from orket_console.base.refs import LogFilterRef, OutputRef, ProbeRef, Ref, TurnRef
from orket_console.base.text import decode, one_line
from orket_console.target.target import Target

_FAILURES: Final = "event:turn_failed,turn_non_progress"
_TESTS_CAP: Final = 4 << 20
_ENOUGH: Final = 60
"""Characters of the evidence by which its line is known again: the rest may be cut off."""
_BUNDLES: Final = frozenset(bundle.name for bundle in BUNDLES)
_PROBES: Final = {"api": "api", "webhook": "webhook"}


@dataclass(frozen=True, slots=True)
class Lead:
    """Where evidence can be opened, and what it is."""

    text: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class After:
    """What to do `next`, by `action` where one does it; where to look; what else is known.

    `parameters` are those of the action where it is the same one once more, such as a bundle
    that is resumed.

    `notes` compare with the run before: which failures are new.
    """

    next: str
    action: str
    leads: tuple[Lead, ...]
    notes: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)


def after(target: Target, record: Record, kept: History) -> After | None:
    """What follows from a run that has ended; None for one that runs.

    Reads the end of what is kept of its output.
    """
    if record.verdict is None:
        return None
    changes = record.effect == Effect.CHANGES_DATABASES
    found: Advice = advice(
        record.action, record.verdict, record.evidence, changes_databases=changes
    )
    bad = tuple(_bad_steps(record, kept)) or (record,)
    leads = tuple(lead for each in bad for lead in _leads(target, each))
    notes = tuple(note for each in bad for note in _compared(target, each, kept))
    resumed = found.action == record.action and record.action in _BUNDLES
    parameters = {**record.parameters, RESUME: "yes"} if resumed else {}
    return After(found.text, found.action, leads, notes, parameters)


def _bad_steps(record: Record, kept: History) -> Iterator[Record]:
    """The steps of a bundle that did not pass, in their order: they say what is wrong."""
    for step in reversed(kept.records):
        if step.bundle == record.id and step.verdict not in (Verdict.PASSED, None):
            yield step


def _leads(target: Target, record: Record) -> Iterator[Lead]:
    if record.action == "replay-turn" and (turn := _turn(target, record)):
        yield Lead(f"turn {turn}", turn)
    if _found_failures(record):
        yield Lead("its failures in the log", LogFilterRef(_FAILURES))
    server = record.action.partition("-")[2]
    if server in _PROBES and record.action.startswith(("start-", "restart-", "stop-")):
        yield Lead(f"Health: {server}", ProbeRef(_PROBES[server]))
    folder = folder_of(target, record.id)
    for line in _evidence_lines(folder, record.evidence, record.verdict is Verdict.FAILED):
        yield Lead(line or "the end of its output", OutputRef(record.id, line))


def _found_failures(record: Record) -> bool:
    passed = record.action == "failure-report" and record.verdict is Verdict.PASSED
    return passed and NOTHING_FAILED not in record.evidence


def _turn(target: Target, record: Record) -> TurnRef | None:
    """The turn that was to be replayed, where its issue has artifacts."""
    session, _, rest = record.parameters.get("key", "").partition(":")
    issue, _, rest = rest.partition(":")
    index, _, role = rest.partition(":")
    if not (index.isdigit() and session and issue):
        return None
    there = any(folder_at(root / session / issue) for root in target.layout.trace_roots)
    return TurnRef(session, issue, int(index), role) if there else None


@functools.lru_cache(maxsize=64)
def _evidence_lines(folder: Path, evidence: str, failed: bool) -> tuple[str, ...]:  # noqa: FBT001  a fact
    """The lines of an ended output that bear the verdict out: of failed tests, the first."""
    pieces = kept_output(folder).pieces
    lines = "".join(piece.text for piece in pieces).split("\n")
    start = evidence.removesuffix("…")[:_ENOUGH]
    found = next((line for line in reversed(lines) if start and start in one_line(line)), "")
    if failed and (tests := _tests(folder)).failures:
        first = tests.failures[0].test
        named = (line for line in lines if line.startswith(("FAILED ", "ERROR ")) and first in line)
        return (next(named, first), found)
    return (found,) if lines != [""] else ()


def _compared(target: Target, record: Record, kept: History) -> Iterator[str]:
    """How the failures of a test run compare with those of the run before it."""
    if record.action in _BUNDLES:
        # Its steps' outputs follow one another in its own: each step has its own run before.
        return
    now = _tests(folder_of(target, record.id))
    if not now.closing:
        return
    before = next(
        (r for r in kept.records if r.started < record.started and _was_tested(target, r, record)),
        None,
    )
    if before is None:
        return
    then = {failure.test for failure in _tests(folder_of(target, before.id)).failures}
    failed = {failure.test for failure in now.failures}
    when = f"{before.started:%Y-%m-%d %H:%M}"
    if not failed and not then:
        return
    if failed == then:
        yield f"the same {_counted(failed)} failed as in the run of {when}"
        return
    fresh = sorted(failed - then)
    named = f": {', '.join(fresh[:3])}{' …' if len(fresh) > 3 else ''}" if fresh else ""
    yield (
        f"{_counted(fresh)} failed that did not in the run of {when}, "
        f"{len(then - failed)} fail no more{named}"
    )


def _counted(tests: Sized) -> str:
    return f"{len(tests)} test{'' if len(tests) == 1 else 's'}"


def _was_tested(target: Target, earlier: Record, record: Record) -> bool:
    ended = earlier.verdict is not None
    same = ended and earlier.ran_with(record.action, record.parameters)
    return same and bool(_tests(folder_of(target, earlier.id)).closing)


@functools.lru_cache(maxsize=64)
def _tests(folder: Path) -> TestProgress:
    """What pytest told in an ended output, by its end, where its failures are named."""
    path = folder / "stdout"
    length = kept_length(path)
    start = max(length - _TESTS_CAP, 0)
    return progress_of(decode(kept_part(path, start, length - start)))
