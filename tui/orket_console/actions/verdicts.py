"""What an action's output means: its verdict, and the line that says so.

Exit status alone is not trusted: Orket's replay ends with 0 on every failure, and a report of
a log that is missing ends with 0 too. A rule says what success looks like; output that looks
like nothing it knows is `unknown`, never `passed`.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from orket_console.actions.outcome import Output
from orket_console.actions.pytest_lines import closing_of
from orket_console.base.errors import ExitCode
from orket_console.base.state import State
from orket_console.base.text import shorten


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """What it printed says neither."""
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"
    INTERRUPTED = "interrupted"
    """It did not come to its end: killed from outside, or its supervisor went away."""

    @property
    def state(self) -> State:
        return _STATES[self]


_STATES: Final = {
    Verdict.PASSED: State.OK,
    Verdict.FAILED: State.FAILING,
    Verdict.UNKNOWN: State.UNKNOWN,
    Verdict.CANCELLED: State.INFO,
    Verdict.TIMED_OUT: State.FAILING,
    Verdict.INTERRUPTED: State.DEGRADED,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its evidence, on one line."""

    verdict: Verdict
    evidence: str


Rule = Callable[[Output], Judgement]

PROGRAM_STATUS: Final[dict[int, Verdict]] = {
    ExitCode.OK: Verdict.PASSED,
    ExitCode.WRONG: Verdict.FAILED,
    ExitCode.CANNOT_TELL: Verdict.UNKNOWN,
    ExitCode.TIMED_OUT: Verdict.TIMED_OUT,
    ExitCode.INTERRUPTED: Verdict.INTERRUPTED,
}
"""The exit status by which a program of the console's own tells its verdict."""
NOTHING_FAILED: Final = "no failed turn, none without progress"
_WIDTH: Final = 300
_REPORT_KEYS: Final = frozenset(
    {"events", "failure_by_type", "non_progress_by_role", "guard_outcomes", "retry_triggered"}
)
_BROKEN: Final = re.compile(r"\b(failed|errors?)\b")
_OUTSIDE: Final = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM})
_MOST_STARTS: Final = 50
_MIGRATED: Final = "[MIGRATE] "


def judge(rule: Rule, output: Output) -> Judgement:
    """The verdict of an action that ended by itself."""
    if output.exit_status < 0:
        return _signalled(-output.exit_status)
    found = rule(output)
    return Judgement(found.verdict, shorten(found.evidence, _WIDTH))


def failure_report(output: Output) -> Judgement:
    """The report's five keys at the end of stdout; one without any event tells nothing."""
    if output.exit_status:
        return _failed(output)
    document = _closing_object(output)
    if document is None or not document.keys() >= _REPORT_KEYS:
        return _unknown(output, "no report at the end of stdout")
    events = _total(document["events"])
    if not events:
        return _unknown(output, "the report holds no event: its log is missing or empty")
    failures = _total(document["failure_by_type"])
    stalled = _total(document["non_progress_by_role"])
    if not (failures or stalled):
        return _passed(f"{events} events: {NOTHING_FAILED}")
    return _passed(f"{events} events: {failures} failed turns, {stalled} without progress")


def replay(output: Output) -> Judgement:
    """A JSON object at the end of stdout is a turn; `[FATAL]` is none, whatever the status."""
    document = _closing_object(output)
    if document is not None and document.keys() >= {"turn_dir", "checkpoint"}:
        if output.exit_status:
            return _failed(output)
        folder = "/".join(str(document["turn_dir"]).rstrip("/").split("/")[-3:])
        without = "" if document["checkpoint"] else ", which kept no checkpoint"
        return _passed(f"turn {folder}{without}")
    for line in output.lines_from_the_end():
        if line.startswith(("[FATAL]", "[CRITICAL ERROR]", "[HALT]")):
            return Judgement(Verdict.FAILED, line)
    return _failed(output) if output.exit_status else _unknown(output, "no turn, and no error")


def migrations(output: Output) -> Judgement:
    """Nothing but `[MIGRATE]` at the end, a line a migration, applied or skipped."""
    if output.exit_status:
        return _failed(output)
    named = [line for line in output.lines() if line.startswith(_MIGRATED)]
    applied = sum(line.startswith(f"{_MIGRATED}Applied ") for line in named)
    skipped = sum(line.startswith(f"{_MIGRATED}Skipped ") for line in named)
    ends_so = output.last_of_stdout().startswith(_MIGRATED)
    if not named or applied + skipped != len(named) or not ends_so:
        return _unknown(output, "it does not end with migrations applied or skipped")
    return _passed(f"{applied} applied, {skipped} skipped as already applied")


def release_smoke(output: Output) -> Judgement:
    return _marked(output, "[release-smoke] SUCCESS")


def security_canary(output: Output) -> Judgement:
    return _marked(output, "[security-canary] SUCCESS")


def pytest_run(output: Output) -> Judgement:
    """pytest's closing line: all of it counts, and the exit status must agree."""
    closing = _pytest_closing(output)
    if closing is None:
        return _failed(output) if output.exit_status else _unknown(output, "no closing line")
    if _BROKEN.search(closing):
        return Judgement(Verdict.FAILED, closing)
    if output.exit_status == 0 and " passed" in closing:
        return _passed(closing)
    if output.exit_status in (0, 5):
        return Judgement(Verdict.UNKNOWN, f"nothing was tested: {closing}")
    return Judgement(Verdict.FAILED, f"exit status {output.exit_status}, though {closing}")


def volatility(output: Output) -> Judgement:
    """The direction of imports first, then a few tests of the boundaries."""
    for line in output.lines():
        if line.startswith(
            ("Dependency direction check failed", "Dependency direction violations")
        ):
            return Judgement(Verdict.FAILED, line)
    boundaries = pytest_run(output)
    if boundaries.verdict is Verdict.FAILED:
        return boundaries
    if output.exit_status:
        return _failed(output)
    if "Dependency direction check passed." not in output.lines():
        return _unknown(output, "no word of the direction check")
    if boundaries.verdict is Verdict.UNKNOWN:
        return boundaries
    return _passed(f"direction check passed, {boundaries.evidence}")


def cli_smoke(output: Output) -> Judgement:
    """`"ok": true` on stdout, and `"status": "PASS"` in the report it has just written."""
    if output.exit_status:
        return _failed(output)
    document = _closing_object(output)
    if document is None or document.get("ok") is not True:
        return _unknown(output, "stdout does not end with ok: true")
    said = f"ok: true, {document.get('event_count', '?')} steps"
    report = output.report
    if report is None:
        return _passed(said)
    if not report.fresh:
        return Judgement(Verdict.UNKNOWN, f"{said}, but {report.path} was not written")
    written = _decoded(report.content)
    status = written.get("status") if isinstance(written, dict) else None
    if status != "PASS":
        return Judgement(Verdict.FAILED, f"{report.path} says status {status!r}")
    return _passed(f"{said}; {report.path} says PASS")


def program(output: Output) -> Judgement:
    """A program of the console's own: its exit status is its verdict, its last line says why."""
    verdict = PROGRAM_STATUS.get(output.exit_status)
    said = output.last_of_stdout()
    # One that ends by an error that it did not expect says so on stderr, with the status of a
    # failure.
    if verdict is None or not said or output.stderr.strip():
        return _failed(output)
    return Judgement(verdict, said)


def _marked(output: Output, marker: str) -> Judgement:
    """Success is `marker` as the last line of stdout, and exit status 0."""
    if output.exit_status:
        return _failed(output)
    if output.last_of_stdout() == marker:
        return _passed(marker)
    return _unknown(output, f"stdout does not end with {marker}")


def _pytest_closing(output: Output) -> str | None:
    return next(filter(None, map(closing_of, output.lines_from_the_end())), None)


def _closing_object(output: Output) -> dict[str, object] | None:
    """The JSON object that stdout ends with; other lines may come before it."""
    for start in _starts(output.stdout):
        document = _decoded(output.stdout[start:].encode("utf-8", "replace"))
        if isinstance(document, dict):
            return document
    return None


def _starts(text: str) -> Iterator[int]:
    """Where a line begins with a brace: the last lines first, as many as are worth a try."""
    at = len(text)
    for _ in range(_MOST_STARTS):
        at = text.rfind("\n{", 0, at)
        if at < 0:
            break
        yield at + 1
    if text.startswith("{"):
        yield 0


def _decoded(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def _total(counts: object) -> int:
    """The sum of a report's counters; 0 for what is no table of counters."""
    if not isinstance(counts, dict):
        return 0
    return sum(count for count in counts.values() if isinstance(count, int))


def _signalled(number: int) -> Judgement:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    verdict = Verdict.INTERRUPTED if number in _OUTSIDE else Verdict.FAILED
    return Judgement(verdict, f"ended by {name}, not by this console")


def _passed(evidence: str) -> Judgement:
    return Judgement(Verdict.PASSED, evidence)


def _failed(output: Output) -> Judgement:
    said = output.last_line()
    return Judgement(Verdict.FAILED, said or f"exit status {output.exit_status}, and no word")


def _unknown(output: Output, what: str) -> Judgement:
    said = output.last_line()
    tail = f"; it ended with: {said}" if said else "; it printed nothing"
    return Judgement(Verdict.UNKNOWN, what + tail)


RULES: Final[dict[str, Rule]] = {
    "failure_report": failure_report,
    "replay": replay,
    "migrations": migrations,
    "release_smoke": release_smoke,
    "security_canary": security_canary,
    "pytest_run": pytest_run,
    "volatility": volatility,
    "cli_smoke": cli_smoke,
    "program": program,
}
"""Each by the name under which a supervisor is told which to judge by."""

_RULE_NAMES: Final = {rule: name for name, rule in RULES.items()}


def name_of(rule: Rule) -> str:
    """The name of a rule in `RULES`. Raises `KeyError` for one that is not there."""
    return _RULE_NAMES[rule]
