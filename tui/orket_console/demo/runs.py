"""The story of one run: every line, artifact and row, from `session_start` to its end."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orket_console.demo.content import Epic, Work, content
from orket_console.demo.failures import Failure, fail_turn, violation_report
from orket_console.demo.prompts import GUARD, GUARD_SEAT, Assignment, Message
from orket_console.demo.rows import RunRows
from orket_console.demo.scenarios import Outcome
from orket_console.demo.steps import LogLine, Step, Timeline
from orket_console.demo.turns import MODEL, Call, Turn

_FAILING_TURNS = {
    Outcome.GOVERNANCE, Outcome.NO_PROGRESS, Outcome.TIMEOUT, Outcome.CRASH, Outcome.NO_TABLE,
}  # fmt: skip
_REPROMPT_EVERY = 9
"""A builder that answers with prose first, and better when asked again: one run in nine."""
_BUSY_PROCESS_EVERY, _BUSY_PROCESS_TURNS = 8, 21
"""Turns are counted per process: one run in eight began after 21 turns of others."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has been told: its steps in order of time, and when the last one is."""

    session_id: str
    steps: tuple[Step, ...]
    ends: datetime


@dataclass(slots=True)
class _Teller:
    root: Path
    index: int
    outcome: Outcome
    epic: Epic
    rng: random.Random
    rows: RunRows
    timeline: Timeline
    transcript: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None

    @property
    def session_id(self) -> str:
        return self.rows.session_id

    @property
    def run_id(self) -> dict[str, Any]:
        return {"run_id": self.session_id}

    @property
    def _first_turn(self) -> int:
        is_busy = self.index % _BUSY_PROCESS_EVERY == _BUSY_PROCESS_EVERY - 1
        return 1 + (_BUSY_PROCESS_TURNS if is_busy else 0)

    def tell(self) -> None:
        self._begin()
        self._cancel()
        if self.outcome is not Outcome.HOLLOW:
            self._phase(self.epic.builder)
            if self.failure is None and self.outcome is not Outcome.LEFT_RUNNING:
                self._verify()
                self._phase(GUARD)
        if self.outcome is not Outcome.LEFT_RUNNING:
            self._end()

    def _begin(self) -> None:
        self.timeline.add(*self.rows.started(self.timeline.cursor))
        named = {"epic": self.epic.name, **self.run_id}
        build = {"build_id": self.rows.build_id}
        self.timeline.wait(0.004)
        self.timeline.log("session_start", named | build)
        team = {
            "active": True, "variant": self.epic.builder.removeprefix("lead_"),
            "builder_role": self.epic.builder.removeprefix("lead_"),
            "builder_seat": self.epic.builder, "reviewer_seat": "reviewer_seat",
            "issue_count": len(self.epic.work), "issue_threshold": 3,
        }  # fmt: skip
        self._log_after(0.006, "team_selection_decision", {**self.run_id, **named, **team})
        for stage, made in (
            ("scaffolder", {"created_directories": 0, "created_files": 0}),
            ("dependency_manager", {"created_files": 0}),
            ("deployment_planner", {"created_files": 0}),
        ):
            self._log_after(0.0004, f"{stage}_started", {**self.run_id, **named})
            self._log_after(0.003, f"{stage}_completed", {**self.run_id, **named, **made})
        self._log_after(0.002, "orchestrator_hyper_loop_start", named | {"concurrency": 3})
        self._tick(1)

    def _log_after(self, seconds: float, event: str, data: dict[str, Any]) -> None:
        self.timeline.wait(seconds * self.rng.uniform(0.6, 1.8))
        self.timeline.log(event, data)

    def _tick(self, iteration: int) -> None:
        candidates = {"candidate_count": len(self.epic.work), "iteration": iteration}
        self._log_after(0.003, "orchestrator_tick", self.run_id | candidates)

    def _cancel(self) -> None:
        """Issues that somebody takes back before they are worked on."""
        for issue_id in self._canceled:
            at = self.timeline.wait(0.002)
            self.timeline.add(*self.rows.moved(at, issue_id, ("ready", "canceled")))
            self.statuses[issue_id] = "canceled"

    @property
    def _canceled(self) -> tuple[str, ...]:
        if self.outcome is Outcome.HOLLOW:
            return self.rows.issue_ids
        return self.rows.issue_ids[-1:] if self.outcome is Outcome.CANCELED_ISSUE else ()

    @property
    def _open_work(self) -> list[tuple[str, Work]]:
        """The issues that are worked on, and what each is about."""
        pairs = zip(self.rows.issue_ids, self.epic.work, strict=True)
        return [(issue_id, work) for issue_id, work in pairs if issue_id not in self._canceled]

    def _phase(self, role: str) -> None:
        """One turn an issue, side by side; the slowest ends the phase."""
        shared = self.timeline
        starts, index = shared.cursor, self._first_turn + len(self.transcript)
        said: list[Message] = [
            {"role": entry["role"], "content": entry["summary"]} for entry in self.transcript
        ]
        last = starts
        if role == GUARD:
            self._deploy_sandbox()
        order = self._open_work
        if role == GUARD:
            self.rng.shuffle(order)
        for position, (issue_id, work) in enumerate(order):
            delay = timedelta(seconds=position * self.rng.uniform(0.02, 0.4))
            self.timeline = Timeline(starts + delay, shared.steps)
            is_last = position == len(order) - 1
            turn = self._dispatch(role, index, issue_id, work, said)
            if role == GUARD:
                self._review(turn, is_last=is_last)
            else:
                self._build(turn, work, is_last=is_last)
            last = max(last, self.timeline.cursor)
        shared.cursor = last
        self.timeline = shared

    def _deploy_sandbox(self) -> None:
        rock = self.rows.build_id.removeprefix("build-")
        sandbox = {"sandbox_id": f"sandbox-{rock}"}
        ports = {"api": 8001, "frontend": 3001, "database": 5433, "admin_tool": 8081}
        stack = {"rock_id": rock, "tech_stack": "fastapi-react-postgres", "ports": ports}
        self.timeline.log("sandbox_deploy_started", {"rock_id": rock, **self.run_id})
        self._log_after(0.004, "sandbox_create", {**sandbox, **stack})
        self._log_after(0.9, "sandbox_deployed", sandbox)

    def _dispatch(
        self, role: str, index: int, issue_id: str, work: Work, said: list[Message]
    ) -> Turn:
        review = role == GUARD
        seat = GUARD_SEAT if review else role
        change = ("code_review", "awaiting_guard_review") if review else ("ready", "in_progress")
        decision = {
            "role": role, "selected_model": MODEL, "final_model": MODEL, "demoted": False,
            "reason": "policy_missing",
        }  # fmt: skip
        chosen = {**self.run_id, "issue_id": issue_id, "role": role, "decision": decision}
        self.timeline.wait(0.008 * self.rng.uniform(0.7, 2.0))
        self.timeline.log("model_selection_decision", chosen, role)
        at = self.timeline.wait(0.004 * self.rng.uniform(0.7, 2.0))
        sent = {"seat": seat, "issue_id": issue_id, "status": change[1]}
        self.timeline.add(
            *self.rows.moved(
                at, issue_id, change, actor=seat, reason="turn_dispatch",
                meta={"review_turn": review},
            ),
            self.rows.dispatched(issue_id, seat),
            LogLine("orchestrator_dispatch", self.run_id | sent),
        )  # fmt: skip
        self.statuses[issue_id] = change[1]
        self.timeline.wait(0.0003)
        assignment = Assignment(issue_id, work.summary, role, seat, change[1])
        turn = Turn(self.root, self.session_id, index, assignment, self.timeline, self.rng)
        turn.start(said)
        return turn

    def _build(self, turn: Turn, work: Work, *, is_last: bool) -> None:
        if is_last and self.outcome is Outcome.LEFT_RUNNING:
            return
        if is_last and self.outcome in _FAILING_TURNS:
            self._fail(turn)
            return
        if is_last and self.index % _REPROMPT_EVERY == _REPROMPT_EVERY - 1:
            turn.ramble(self.rng.choice(content().prose))
        path = _elsewhere(work.path) if self._regresses(turn) else work.path
        written = {"path": path, "content": work.content}
        self._finish(turn, [{"tool": "write_file", "args": written}], "code_review", None)

    def _regresses(self, turn: Turn) -> bool:
        second = self.rows.issue_ids[1]
        return self.outcome is Outcome.REGRESSED and turn.assignment.issue_id == second

    def _review(self, turn: Turn, *, is_last: bool) -> None:
        review: dict[str, Any] = {"violations": [], "remediation_actions": []}
        event, rejected = "guard_approved", is_last and self.outcome is Outcome.REJECTED
        if rejected or self._regresses(turn):
            rejected = True
            why = self.rng.choice(content().rejections)
            review = {
                "rationale": why.rationale,
                "violations": [why.violation],
                "remediation_actions": [why.remedy],
            }
            event = "guard_rejected"
        said = self._finish(
            turn, [], "blocked" if rejected else "done", review if rejected else None
        )
        review.setdefault("rationale", said)
        issue = {**self.run_id, "issue_id": turn.assignment.issue_id}
        self.timeline.wait(0.004)
        self.timeline.log(event, {**issue, "seat": GUARD_SEAT, "review_payload": review})
        self.timeline.log("guard_review_payload", {**issue, "payload": review})

    def _finish(
        self, turn: Turn, calls: list[Call], status: str, preface: dict[str, Any] | None
    ) -> str:
        """Answer with `calls` and the change to `status`, and carry them out; the answer."""
        wait = {"wait_reason": "review"} if status == "blocked" else {}
        update: Call = {"tool": "update_issue_status", "args": {"status": status, **wait}}
        calls = [*calls, update]
        said = turn.answer_with(calls, preface)
        for call in calls:
            turn.run(call)
        who = turn.assignment
        change = (who.status, status)
        self.timeline.add(*self.rows.moved(self.timeline.cursor, who.issue_id, change))
        self.statuses[who.issue_id] = status
        turn.complete(said, len(calls))
        entry = {"role": who.role, "issue": who.issue_id, "summary": said, "note": ""}
        self.transcript.append({"step_index": len(self.transcript), **entry})
        return said

    def _fail(self, turn: Turn) -> None:
        prose = content().prose
        said = (self.rng.choice(prose), self.rng.choice(prose))
        self.failure = failure = fail_turn(turn, self.outcome, said)
        who = turn.assignment
        at = self.timeline.wait(0.001)
        report, path = violation_report(
            at, self.root, self.session_id, who.issue_id, who.role, failure
        )
        saved = {"session_id": self.session_id, "card_id": who.issue_id, "path": path}
        self.timeline.add(report, LogLine("policy_violation_report_saved", saved))
        retry = {"retry_count": 1, "max_retries": 3, "error": failure.detail}
        if failure.retried:
            data = {**self.run_id, "issue_id": who.issue_id, **retry}
            self.timeline.add(LogLine("retry_triggered", data), self.rows.retried(who.issue_id, 1))
        change = (who.status, failure.issue_status)
        self.timeline.add(
            *self.rows.moved(
                at, who.issue_id, change,
                reason="retry_scheduled" if failure.retried else "governance_violation",
                meta=retry if failure.retried else None,
            )
        )  # fmt: skip
        self.statuses[who.issue_id] = failure.issue_status

    def _verify(self) -> None:
        self._tick(2)
        for event, more in (
            ("runtime_verifier_started", {}),
            ("runtime_verifier_completed",
             {"ok": True, "checked_files": 1, "errors": 0, "failure_breakdown": {}}),
        ):  # fmt: skip
            for issue_id in self.rows.issue_ids:
                self._log_after(0.002, event, {**self.run_id, "issue_id": issue_id, **more})
        for issue_id in self.rows.issue_ids:
            at = self.timeline.wait(0.001)
            self.timeline.log("verification_started", {"issue_id": issue_id, **self.run_id})
            self.timeline.add(self.rows.verified(at, issue_id))

    def _end(self) -> None:
        counts: dict[str, int] = {}
        for status in self.statuses.values():
            counts[status] = counts.get(status, 0) + 1
        status = "done"
        failure = None
        if self.failure is not None:
            failure = (self.failure.failure_class, self.failure.reason)
            status = "failed"
        elif "blocked" in counts:
            status = "terminal_failure"
        if not failure:
            named = {"epic": self.epic.name, **self.run_id}
            self._log_after(0.006, "orchestrator_epic_complete", named)
        at = self.timeline.wait(0.005)
        self.timeline.add(*self.rows.ended(at, status, self.transcript, counts, failure))
        ended = {"failure_class": failure[0]} if failure else {}
        self._log_after(0.002, "session_end", {**self.run_id, "status": status, **ended})
        if status == "terminal_failure":
            listed = [{"id": key, "status": value} for key, value in self.statuses.items()]
            data = {**self.run_id, "build_id": self.rows.build_id, "issues": listed}
            self.timeline.log("session_terminal_failure", data)
        if status == "done":
            at = self.timeline.wait(0.004)
            success = LogLine("success_recorded", {**self.run_id, "type": "EPIC_COMPLETED"})
            self.timeline.add(self.rows.succeeded(at), success)


def _elsewhere(path: str) -> str:
    """Where a file does not belong: beside the tree that it should be in."""
    return f"scratch/{path.rpartition('/')[2]}"


def session_id_of(key: str, index: int) -> str:
    """The session of run number `index`: eight hexadecimal digits."""
    return f"{random.Random(f'{key}/run/{index}').getrandbits(32):08x}"


def tell_run(
    root: Path,
    key: str,
    index: int,
    outcome: Outcome,
    starts: datetime,
    *,
    steady: bool = False,
) -> Run:
    """Run number `index` of the installation at `root`.

    `key` (scenario and seed) and `index` decide everything but the times, which count from
    `starts` (aware UTC). In a `steady` scenario it is the run's epic that decides, not its
    number, so that two runs of one epic differ in their ids, their times and their outcome.
    """
    epics = list(content().epics)
    random.Random(f"{key}/epics").shuffle(epics)
    epic = epics[index % len(epics)]
    told_by = f"epic/{epic.slug}" if steady else f"run/{index}"
    rng = random.Random(f"{key}/{told_by}/story")
    numbers = range(100 + index * 4, 100 + index * 4 + len(epic.work))
    rows = RunRows(
        root=root,
        session_id=session_id_of(key, index),
        build_id=f"build-{epic.slug}_{index:02d}",
        epic=epic,
        issue_ids=tuple(f"{epic.prefix}-{number}" for number in numbers),
    )
    timeline = Timeline(starts)
    quirks = index % len(epics) if steady else index
    _Teller(root, quirks, outcome, epic, rng, rows, timeline).tell()
    steps = sorted(timeline.steps, key=lambda step: step.at)
    return Run(rows.session_id, tuple(steps), max(timeline.cursor, steps[-1].at))
