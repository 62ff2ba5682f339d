"""Every cause, in an installation that has it and in one that only looks like it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.incidents.diagnosis.site import KEY, NOW, Site, always, api

Build = Callable[[Site], None]
PROSE: Final = "I think we should consider the tool problem a little more before acting."
CUT: Final = (
    '```json\n{"tool": "write_file", "args": {"path": "agent_output/x.txt", "content": \n```'
)
PROGRESS: Final = (
    "Orchestration Turn Failed (Retry 1/3): Deterministic failure: progress contract not met "
    "after corrective reprompt."
)
GOVERNANCE: Final = (
    "Governance Violation: Governance violations: ['Governance Violation: Invalid transition for "
    "CardType.ISSUE: in_progress -> done']"
)


@dataclass(frozen=True, slots=True)
class Case:
    """`has` tells whether the installation has the cause, or only looks like it."""

    cause: str
    what: str
    has: bool
    build: Build


CASES: list[Case] = []


def _case(cause: str, what: str, *, has: bool) -> Callable[[Build], Build]:
    def add(build: Build) -> Build:
        CASES.append(Case(cause, what, has, build))
        return build

    return add


def has(cause: str, what: str) -> Callable[[Build], Build]:
    return _case(cause, what, has=True)


def only_like(cause: str, what: str) -> Callable[[Build], Build]:
    return _case(cause, what, has=False)


# -- API unavailable -------------------------------------------------------------------


@has("api-down", "nothing listens on its port")
def _(site: Site) -> None:
    site.stop("api")


@only_like("api-down", "it listens on another port than is asked")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY=KEY)
    site.stop("api")


@only_like("api-down", "it runs, and answers with errors")
def _(site: Site) -> None:
    site.serve("api", always(500, {"detail": "boom"}))


@has("api-port-taken", "another program answers there")
def _(site: Site) -> None:
    site.serve("api", always(200, {"hello": "world"}))


@has("api-port-taken", "its last words say so")
def _(site: Site) -> None:
    site.stop("api")
    site.say(
        "api_server", where="server", message="[Errno 98] Address already in use", level="error"
    )


@only_like("api-port-taken", "it said so once, and runs now")
def _(site: Site) -> None:
    site.say(
        "api_server", where="server", message="[Errno 98] Address already in use", level="error"
    )


@has("api-no-key", "a key is set nowhere")
def _(site: Site) -> None:
    del site.env["ORKET_API_KEY"]
    site.serve("api", api(""))


@only_like("api-no-key", "the key is exported, not in .env")
def _(site: Site) -> None:
    site.environment["ORKET_API_KEY"] = site.env.pop("ORKET_API_KEY")


@has("api-key-stale", "the server has another key than .env by now")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY="k-old")


@only_like("api-key-stale", ".env was written again, with the same key")
def _(site: Site) -> None:
    site.own_server("api", ORKET_API_KEY=KEY)


@has("api-bypass-open", "/v1 answers without a key")
def _(site: Site) -> None:
    del site.env["ORKET_API_KEY"]
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "true"
    site.serve("api", api(None))


@only_like("api-bypass-open", "the bypass is set, and does nothing")
def _(site: Site) -> None:
    site.renew()
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "true"


@has("api-bypass-inert", "the bypass is set, and does nothing")
def _(site: Site) -> None:
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "1"


@only_like("api-bypass-inert", "it is in effect")
def _(site: Site) -> None:
    del site.env["ORKET_API_KEY"]
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "1"
    site.serve("api", api(None))


@only_like("api-bypass-inert", "it is set to false")
def _(site: Site) -> None:
    site.env["ORKET_ALLOW_INSECURE_NO_API_KEY"] = "false"


# -- webhook failures ------------------------------------------------------------------


@has("webhook-down", "nothing listens on its port")
def _(site: Site) -> None:
    site.stop("webhook")


@only_like("webhook-down", "webhooks were never set up here")
def _(site: Site) -> None:
    site.stop("webhook")
    site.env = {"ORKET_API_KEY": KEY}
    site.webhook.unlink()
    (site.root / "orket.log").write_text("")


@has("webhook-secret-missing", "the server says that it has none")
def _(site: Site) -> None:
    for _ in range(2):
        site.refuse("GITEA_WEBHOOK_SECRET not set. Authentication disabled.")
        site.refuse("Invalid webhook signature", wait=0)


@has("webhook-secret-missing", "no secret anywhere, and the server does not run")
def _(site: Site) -> None:
    site.stop("webhook")
    del site.env["GITEA_WEBHOOK_SECRET"]


@only_like("webhook-secret-missing", "the secret is exported, not in .env, and the server is down")
def _(site: Site) -> None:
    site.stop("webhook")
    site.environment["GITEA_WEBHOOK_SECRET"] = site.env.pop("GITEA_WEBHOOK_SECRET")


@only_like("webhook-secret-missing", "it had none once, and accepts deliveries since")
def _(site: Site) -> None:
    site.refuse("GITEA_WEBHOOK_SECRET not set. Authentication disabled.")
    site.refuse("Invalid webhook signature", wait=0)
    site.receive()


@has("webhook-secret-mismatch", "nothing but invalid signatures since the last accepted one")
def _(site: Site) -> None:
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@has("webhook-secret-mismatch", ".env has another secret than the running server")
def _(site: Site) -> None:
    site.own_server("webhook", GITEA_WEBHOOK_SECRET="s-old")
    for _ in range(3):
        site.refuse("Invalid webhook signature")


@only_like("webhook-secret-mismatch", "invalid signatures, and an accepted one behind them")
def _(site: Site) -> None:
    for _ in range(5):
        site.refuse("Invalid webhook signature")
    site.receive()


@only_like("webhook-secret-mismatch", "one invalid signature")
def _(site: Site) -> None:
    site.refuse("Invalid webhook signature")


@only_like("webhook-secret-mismatch", "a new version that never accepted one: the form is wrong")
def _(site: Site) -> None:
    site.renew()
    (site.root / "orket.log").write_text("")
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@has("webhook-signature-form", "a new version that never accepted one")
def _(site: Site) -> None:
    site.renew()
    (site.root / "orket.log").write_text("")
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@only_like("webhook-signature-form", "a new version that accepted some before")
def _(site: Site) -> None:
    site.renew()
    for _ in range(5):
        site.refuse("Invalid webhook signature")


@has("webhook-signature-missing", "delivery after delivery without one")
def _(site: Site) -> None:
    for _ in range(4):
        site.refuse("Missing webhook signature", wait=3)


@only_like("webhook-signature-missing", "the canary ran four times")
def _(site: Site) -> None:
    for _ in range(4):
        site.refuse("Missing webhook signature", wait=120)


@only_like("webhook-signature-missing", "a few, and an accepted one behind them")
def _(site: Site) -> None:
    for _ in range(4):
        site.refuse("Missing webhook signature", wait=3)
    site.receive()


@has("gitea-unreachable", "a cycle past its last is still active")
def _(site: Site) -> None:
    for cycle in range(1, 6):
        site.deliver_review(7, cycle=cycle)
        rows = f"UPDATE review_failures SET id = id WHERE cycle_number = {cycle};"
        site.execute(site.webhook, rows)


@has("gitea-unreachable", "an approved review was never merged")
def _(site: Site) -> None:
    site.deliver_review(9, state="approved")


@has("gitea-unreachable", "Gitea's port is closed")
def _(site: Site) -> None:
    site.stop("gitea")


@only_like("gitea-unreachable", "Gitea answered: the merge conflicts")
def _(site: Site) -> None:
    site.deliver_review(9, state="approved")
    site.say("pr_merge_failed", where="server", pr=9, status=409, error="conflict")


@only_like("gitea-unreachable", "the cycle past its last was rejected")
def _(site: Site) -> None:
    site.deliver_review(7, cycle=5)
    site.say("pr_rejected", where="server", repo="acme/shop", pr=7)
    site.execute(site.webhook, "UPDATE pr_review_cycles SET status = 'rejected'")


@has("webhook-rate-limit", "sixty deliveries in half a minute")
def _(site: Site) -> None:
    for _ in range(60):
        site.receive(wait=0.5)


@only_like("webhook-rate-limit", "sixty deliveries in two minutes")
def _(site: Site) -> None:
    for _ in range(60):
        site.receive(wait=2)


@only_like("webhook-rate-limit", "sixty in half a minute, where a hundred are allowed")
def _(site: Site) -> None:
    site.env["ORKET_RATE_LIMIT"] = "100"
    for _ in range(60):
        site.receive(wait=0.5)


@has("webhook-payload-refused", "a body that is no JSON")
def _(site: Site) -> None:
    site.refuse("Failed to parse or validate webhook payload: Expecting value: line 1 column 1")


@has("webhook-handler-error", "the handler raised")
def _(site: Site) -> None:
    site.receive("pull_request", number=3)
    site.refuse("Webhook handler error: 'head'", wait=0)


@only_like("webhook-handler-error", "the review was counted")
def _(site: Site) -> None:
    site.deliver_review(3, cycle=1)


@only_like("webhook-payload-refused", "an event that nothing handles")
def _(site: Site) -> None:
    site.receive("push")


# -- runs ------------------------------------------------------------------------------


def _failed_turn(
    site: Site, kind: str, error: str, *, answer: str | None = None, event: str = "turn_failed"
) -> None:
    """A run whose only turn fails with an exception."""
    reason = f"Orchestration Turn Failed (Retry 1/3): Unexpected error: {error}"
    site.run(
        "b0000001", "Epic broken", "failed", retries=1, failure_class="ExecutionFailed",
        failure_reason=reason,
    )  # fmt: skip
    site.turn("b0000001", "ISS-1", answer=answer, whole=answer is not None)
    of_turn = {"session_id": "b0000001", "issue_id": "b0000001-ISS-1", "turn_index": 1}
    site.say("turn_start", **of_turn)
    site.say(event, type=kind, error=error, **of_turn)
    site.say("retry_triggered", run_id="b0000001", retry_count=1, max_retries=3, error=error)
    site.finish("b0000001", "failed")


def _without_progress(site: Site, answer: str, status: str = "failed") -> None:
    failed = status == "failed"
    ledger = {"failure_class": "ExecutionFailed", "failure_reason": PROGRESS} if failed else {}
    site.run("b0000001", "Epic stuck", status, **ledger)
    site.turn("b0000001", "ISS-1", answer=answer, whole=False)
    if not failed:
        site.turn("b0000001", "ISS-1", 2)
    of_turn = {"session_id": "b0000001", "issue_id": "b0000001-ISS-1", "turn_index": 1}
    reasons = ["progress_contract_not_met"]
    site.say("turn_corrective_reprompt", contract_reasons=reasons, **of_turn)
    site.say("turn_non_progress", contract_reasons=reasons, **of_turn)
    site.finish("b0000001", status)


@has("model-unreachable", "a turn fails with the connection's error")
def _(site: Site) -> None:
    _failed_turn(site, "ConnectionResetError", "[Errno 104] Connection reset by peer")


@has("model-unreachable", "the provider can't be prepared")
def _(site: Site) -> None:
    error = "Provider runtime preparation failed provider=ollama: command failed: ollama list"
    _failed_turn(site, "turn_retry_exhausted", error)


@only_like("model-unreachable", "a tool's connection was reset, the model had answered")
def _(site: Site) -> None:
    _failed_turn(site, "ConnectionResetError", "[Errno 104] Connection reset by peer", answer="{}")


@has("model-timeout", "a turn fails with a time-out that says nothing")
def _(site: Site) -> None:
    _failed_turn(site, "TimeoutError", "")


@has("model-timeout", "the model timed out after three attempts")
def _(site: Site) -> None:
    error = "Model qwen2.5-coder:14b timed out after 3 attempts."
    _failed_turn(site, "turn_retry_exhausted", error)


@only_like("model-timeout", "a tool timed out, the model had answered")
def _(site: Site) -> None:
    _failed_turn(site, "TimeoutError", "", answer="{}")


@only_like("model-timeout", "the model timed out once, and the run went well")
def _(site: Site) -> None:
    site.run("b0000001", "Epic flaky")
    site.turn("b0000001", "ISS-1")
    site.say(
        "turn_retry_scheduled", session_id="b0000001", turn_index=1,
        error="Model qwen2.5-coder:14b timed out after 3 attempts.",
    )  # fmt: skip
    site.finish("b0000001", "done")


@has("no-progress", "prose, also when reprompted")
def _(site: Site) -> None:
    _without_progress(site, PROSE)


@only_like("no-progress", "a turn without progress, and then the run went well")
def _(site: Site) -> None:
    _without_progress(site, PROSE, "done")


@only_like("no-progress", "the answer was a call that can't be parsed")
def _(site: Site) -> None:
    _without_progress(site, CUT)


@has("malformed-tool-calls", "a call that breaks off")
def _(site: Site) -> None:
    _without_progress(site, CUT)


@only_like("malformed-tool-calls", "prose that speaks of tools")
def _(site: Site) -> None:
    _without_progress(site, PROSE)


def _blocked_call(site: Site, status: str, **ledger: object) -> None:
    site.run("b0000001", "Epic governed", status, **ledger)
    site.turn("b0000001", "ISS-1")
    for turn in (1, 2, 3):
        site.say(
            "tool_call_blocked", session_id="b0000001", issue_id="b0000001-ISS-1", turn_index=turn,
            tool="update_issue_status",
            reason="Invalid transition for CardType.ISSUE: in_progress -> done",
        )  # fmt: skip
    site.finish("b0000001", status)


@has("governance-violation", "the same transition is refused again and again")
def _(site: Site) -> None:
    _blocked_call(site, "failed", failure_class="GovernanceViolation", failure_reason=GOVERNANCE)


@only_like("governance-violation", "a call was refused, and the run went well")
def _(site: Site) -> None:
    _blocked_call(site, "done")


@only_like("governance-violation", "the class says so, the reason is no progress")
def _(site: Site) -> None:
    site.run(
        "b0000001", "Epic stuck", "failed", failure_class="GovernanceViolation",
        failure_reason=f"Governance Violation: {PROGRESS}",
    )  # fmt: skip
    site.turn("b0000001", "ISS-1", answer=PROSE, whole=False)
    site.finish("b0000001", "failed")


def _guarded(site: Site, status: str, event: str, **data: object) -> None:
    site.run("b0000001", "Epic guarded", status, issues={"ISS-1": "blocked"} if status != "done"
             else None)  # fmt: skip
    site.turn("b0000001", "ISS-1")
    blocks = "blocked" if status != "done" else "done"
    site.turn("b0000001", "ISS-1", 2, "integrity_guard", status=blocks)
    site.say(event, run_id="b0000001", issue_id="b0000001-ISS-1", **data)


REVIEW: Final = {"rationale": "Errors are swallowed.", "violations": ["a bare except"]}


@has("guard-rejection", "the guard rejected, and the run ended blocked")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)
    site.finish("b0000001", "terminal_failure")


@only_like("guard-rejection", "the guard rejected first, and approved then")
def _(site: Site) -> None:
    _guarded(site, "done", "guard_rejected", review_payload=REVIEW)
    site.say("guard_approved", run_id="b0000001", issue_id="b0000001-ISS-1")
    site.finish("b0000001", "done")


@only_like("guard-rejection", "the rejection itself was not valid")
def _(site: Site) -> None:
    _guarded(site, "failed", "guard_payload_invalid", reason="missing_remediation_actions")


@has("guard-payload-invalid", "the rejection lacks its remediation actions")
def _(site: Site) -> None:
    _guarded(site, "failed", "guard_payload_invalid", reason="missing_remediation_actions")


@only_like("guard-payload-invalid", "a rejection as the contract has it")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)


@has("dependency-block", "an issue was blocked by the one it depends on")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)
    updates = [{"issue_id": "b0000001-ISS-2", "blocked_by": ["b0000001-ISS-1"]}]
    site.say("dependency_block_propagated", run_id="b0000001", updates=updates)


@only_like("dependency-block", "all its issues were blocked by the guard itself")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)


@has("stale-running", "recorded as running, silent for hours")
def _(site: Site) -> None:
    site.run("b0000001", "Epic killed", "running", end=False)
    site.say("turn_start", session_id="b0000001", issue_id="b0000001-ISS-1", turn_index=1)


@only_like("stale-running", "running, and heard of a minute ago")
def _(site: Site) -> None:
    site.at = NOW - timedelta(minutes=3)
    site.run("b0000001", "Epic at work", "running", end=False)
    site.say("turn_start", session_id="b0000001", issue_id="b0000001-ISS-1", turn_index=1)


@has("false-success", "done, without a single turn")
def _(site: Site) -> None:
    site.run("b0000001", "Epic noseat", issues={"ISS-1": "canceled"})
    site.finish("b0000001", "done")


@only_like("false-success", "made by Orket's own test suite")
def _(site: Site) -> None:
    site.run("b0000001", "Messy", issues={"ISS-1": "canceled"}, build="build-messy_epic")


@only_like("false-success", "done, all issues too")
def _(site: Site) -> None:
    site.run("b0000001", "Epic fine")
    site.turn("b0000001", "ISS-1")


@has("retry-exhaustion", "the issue used up its retries")
def _(site: Site) -> None:
    reason = "MAX RETRIES EXCEEDED for ISS-1. Limit: 3. Shutting down project orchestration."
    site.run(
        "b0000001", "Epic broken", "failed", retries=3, failure_class="ExecutionFailed",
        failure_reason=reason,
    )  # fmt: skip
    site.turn("b0000001", "ISS-1")
    site.say("catastrophic_failure", run_id="b0000001", issue_id="b0000001-ISS-1", retry_count=3)


@only_like("retry-exhaustion", "one of three retries was used")
def _(site: Site) -> None:
    _failed_turn(site, "TimeoutError", "")


@has("verifier-failed", "what was written does not run")
def _(site: Site) -> None:
    _guarded(
        site, "terminal_failure", "guard_terminal_failure", reason="runtime_verification_failed"
    )


@only_like("verifier-failed", "it did not run at first, and the run went well")
def _(site: Site) -> None:
    _guarded(site, "done", "guard_retry_scheduled", reason="runtime_verification_failed")


@has("test-suite-runs", "a run named Messy")
def _(site: Site) -> None:
    site.run("b0000001", "Messy", issues={"ISS-1": "canceled"}, build="build-messy_epic")


@only_like("test-suite-runs", "an epic of one's own that is hollow")
def _(site: Site) -> None:
    site.run("b0000001", "Epic noseat", issues={"ISS-1": "canceled"})


# -- databases -------------------------------------------------------------------------


@has("db-missing", "the runtime database was in use, and is gone")
def _(site: Site) -> None:
    site.runtime.unlink()


@only_like("db-missing", "no webhook was ever used here")
def _(site: Site) -> None:
    site.env = {"ORKET_API_KEY": KEY}
    site.stop("webhook")
    site.webhook.unlink()
    (site.root / "orket.log").write_text("")


@has("db-unreadable", "its mode lets nobody read it")
def _(site: Site) -> None:
    site.runtime.chmod(0)


@only_like("db-unreadable", "its mode lets its owner read it")
def _(site: Site) -> None:
    site.runtime.chmod(0o400)


def _hold(site: Site, *statements: str) -> None:
    connection = site.later.enter_context(
        closing(sqlite3.connect(site.runtime, isolation_level=None))
    )
    for statement in statements:
        connection.execute(statement)


def _hold_in_another_process(site: Site) -> None:
    """The kernel tells a process nothing of locks of its own."""
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode=WAL'); c.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(site.runtime)], stdin=pipe, stdout=pipe
    )
    site.later.callback(process.communicate)
    assert process.stdout is not None
    process.stdout.readline()


@has("db-locked", "a writer holds it")
def _(site: Site) -> None:
    _hold(site, "BEGIN EXCLUSIVE")


@has("db-locked", "a writer holds it, and its readers go on")
def _(site: Site) -> None:
    _hold_in_another_process(site)


@only_like("db-locked", "a reader holds it")
def _(site: Site) -> None:
    _hold(site, "BEGIN", "SELECT count(*) FROM sessions")


@has("db-corrupt", "its pages are torn")
def _(site: Site) -> None:
    content = site.runtime.read_bytes()
    site.runtime.write_bytes(content[:100] + b"\xa5" * (len(content) - 100))


@has("db-corrupt", "something else was written over it")
def _(site: Site) -> None:
    site.webhook.write_bytes(b"no database at all, " * 100)


@only_like("db-corrupt", "an empty journal lies beside it")
def _(site: Site) -> None:
    site.runtime.with_name("orket_persistence.db-journal").write_bytes(b"")


@has("db-empty", "0 bytes")
def _(site: Site) -> None:
    site.runtime.write_bytes(b"")


@has("db-empty", "the stub that the migrations leave")
def _(site: Site) -> None:
    site.runtime.unlink()
    site.execute(site.runtime, "CREATE TABLE _schema_migrations (id TEXT, applied_at TEXT)")


@only_like("db-empty", "all tables, and no run yet")
def _(site: Site) -> None:
    site.execute(site.runtime, "DELETE FROM run_ledger; DELETE FROM sessions; DELETE FROM issues")


@has("migration-pending", "a file without its row")
def _(site: Site) -> None:
    (site.root / "scripts/migrations/003_runtime_flows.sql").write_text("SELECT 1;")


@only_like("migration-pending", "a row without its file")
def _(site: Site) -> None:
    row = "INSERT INTO _schema_migrations VALUES ('004_runtime_cost.sql', 'now')"
    site.execute(site.runtime, row)


@has("migration-unknown", "a row without its file")
def _(site: Site) -> None:
    row = "INSERT INTO _schema_migrations VALUES ('004_runtime_cost.sql', 'now')"
    site.execute(site.runtime, row)


@only_like("migration-unknown", "a file without its row")
def _(site: Site) -> None:
    (site.root / "scripts/migrations/003_webhook_more.sql").write_text("SELECT 1;")


@only_like("migration-unknown", "there are no migrations to compare with")
def _(site: Site) -> None:
    for path in (site.root / "scripts/migrations").iterdir():
        path.unlink()
    (site.root / "scripts/migrations").rmdir()


@has("column-drift", "a column is gone")
def _(site: Site) -> None:
    site.execute(site.runtime, "ALTER TABLE run_ledger DROP COLUMN failure_class")


@has("column-drift", "a table is gone")
def _(site: Site) -> None:
    site.execute(site.webhook, "DROP TABLE review_failures")


@only_like("column-drift", "a column more than is known")
def _(site: Site) -> None:
    site.execute(site.runtime, "ALTER TABLE run_ledger ADD COLUMN flavour TEXT")


@has("schema-missed", "a turn needs a table that is not there")
def _(site: Site) -> None:
    _failed_turn(site, "OperationalError", "no such table: run_flows")


@only_like("schema-missed", "a tool can't find a file")
def _(site: Site) -> None:
    _failed_turn(site, "FileNotFoundError", "no such file: run_flows", answer="{}")


# -- the host --------------------------------------------------------------------------


@has("log-not-written", "runs are recorded that the log does not tell of")
def _(site: Site) -> None:
    log = site.workspace / "orket.log"
    before = log.read_bytes()
    site.at += timedelta(hours=1)
    site.run("b0000001", "Epic unheard")
    site.turn("b0000001", "ISS-1")
    log.write_bytes(before)


@has("log-not-written", "the log is gone")
def _(site: Site) -> None:
    (site.workspace / "orket.log").unlink()


@only_like("log-not-written", "nothing ran since")
def _(site: Site) -> None:
    site.at += timedelta(hours=3)


@only_like("log-not-written", "the log was cleared")
def _(site: Site) -> None:
    (site.workspace / "orket.log").write_text("")


@has("disk-full", "a turn could not be written")
def _(site: Site) -> None:
    _failed_turn(site, "OSError", "[Errno 28] No space left on device", answer="{}")


@only_like("disk-full", "a folder is not there")
def _(site: Site) -> None:
    _failed_turn(site, "OSError", "[Errno 2] No such file or directory", answer="{}")


@has("clock-off", "records of tomorrow")
def _(site: Site) -> None:
    site.at = NOW + timedelta(days=1)
    site.say("session_start")


@only_like("clock-off", "records of a moment ago")
def _(site: Site) -> None:
    site.at = NOW - timedelta(seconds=3)
    site.say("session_start")


@has("crash-log", "written within the day")
def _(site: Site) -> None:
    path = site.workspace / "orket_crash.log"
    path.write_text("Traceback")
    os.utime(path, (NOW.timestamp() - 60, NOW.timestamp() - 60))


@only_like("crash-log", "of last week")
def _(site: Site) -> None:
    path = site.workspace / "orket_crash.log"
    path.write_text("Traceback")
    os.utime(path, (NOW.timestamp() - 7 * 86_400,) * 2)


# -- .env and who can reach the servers ------------------------------------------------


@has("env-changed", "a server was started with another GITEA_URL")
def _(site: Site) -> None:
    site.own_server("webhook", GITEA_URL="http://127.0.0.1:1")


@only_like("env-changed", "a server was started with what .env says")
def _(site: Site) -> None:
    site.own_server("webhook", GITEA_WEBHOOK_SECRET=site.env["GITEA_WEBHOOK_SECRET"])


@has("env-incomplete", "no password for Gitea")
def _(site: Site) -> None:
    del site.env["GITEA_ADMIN_PASSWORD"]


@only_like("env-incomplete", "the password is exported, not in .env")
def _(site: Site) -> None:
    site.environment["GITEA_ADMIN_PASSWORD"] = site.env.pop("GITEA_ADMIN_PASSWORD")


@has("env-odd", "a value in quotes")
def _(site: Site) -> None:
    site.env["ORKET_HOST"] = '"127.0.0.1"'


@only_like("env-odd", "a value with an equals sign")
def _(site: Site) -> None:
    site.env["ORKET_HOST"] = "a=b"


@has("webhook-test-endpoint", "it is on in the running server")
def _(site: Site) -> None:
    site.own_server("webhook", ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT="true")


@only_like("webhook-test-endpoint", "it is set to false")
def _(site: Site) -> None:
    site.own_server("webhook", ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT="false")


# -- noise -----------------------------------------------------------------------------


@has("canary-noise", "one missing signature by itself")
def _(site: Site) -> None:
    site.refuse("Missing webhook signature", wait=300)


@has("canary-noise", "on the new version a refused key before it")
def _(site: Site) -> None:
    site.renew()
    site.say("api_auth_rejected", wait=300, where="server", route_class="core", reason="invalid")
    site.refuse("Missing webhook signature", wait=0.1)


@has("canary-noise", "the test suite's deliveries")
def _(site: Site) -> None:
    site.at += timedelta(minutes=5)
    site.say("webhook", where="server", message="Test webhook received: test", level="info")
    for _ in range(3):
        site.refuse("Missing webhook signature", wait=0.1)


def _attack(site: Site) -> None:
    site.receive(wait=300)
    for _ in range(15):
        site.refuse("Missing webhook signature", wait=1)
    site.receive(wait=1)


@only_like("canary-noise", "fifteen within seconds, beside deliveries that are accepted")
def _(site: Site) -> None:
    _attack(site)


@has("auth-probing", "fifteen within seconds, beside deliveries that are accepted")
def _(site: Site) -> None:
    _attack(site)


@only_like("auth-probing", "the canary, again and again")
def _(site: Site) -> None:
    for _ in range(15):
        site.refuse("Missing webhook signature", wait=30)


@only_like("auth-probing", "a secret that does not match")
def _(site: Site) -> None:
    for _ in range(15):
        site.refuse("Invalid webhook signature", wait=1)
