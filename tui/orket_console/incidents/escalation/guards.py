"""For each rule a guard or a test that would have caught it: what to assert, on which artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Guard:
    """`asserts` on `artifact`, as a test or a check that runs `when`."""

    artifact: str
    asserts: str
    when: str

    def __str__(self) -> str:
        return f"{self.when}: assert on {self.artifact} that {self.asserts}"


_UNIT: Final = "in the test suite"
_START: Final = "when the server starts"
_GATE: Final = "in the smoke gates"
_AFTER: Final = "when a run ends"
_ALWAYS: Final = "as a check every minute"
_LEDGER: Final = "run_ledger of orket_persistence.db"
_LOG: Final = "workspace/default/orket.log"
_SERVER_LOG: Final = "orket.log in the root"
_HEALTH: Final = "GET /health of the API server"
_ENV: Final = ".env and /proc/<pid>/environ of the servers"
_SIGNED: Final = "POST /webhook/gitea"

_GUARDS: Final[Mapping[str, Guard]] = {
    "api-port-taken": Guard(
        "the socket of ORKET_PORT", "it is free, else name its owner and exit 3 at once", _START
    ),
    "api-down": Guard(_HEALTH, "it answers 200, and restart the server when it does not", _ALWAYS),
    "api-moved": Guard("ORKET_PORT", "every client and check uses the same value", _GATE),
    "api-hangs": Guard(_HEALTH, "it answers within 1 s while a run is in progress", _UNIT),
    "api-failing": Guard(_HEALTH, "its status is 200 and its body names the service", _GATE),
    "api-no-key": Guard("ORKET_API_KEY", "it is set, else refuse to start", _START),
    "api-key-stale": Guard(
        _ENV, "the SHA-256 of ORKET_API_KEY is the same in both, else ask for a restart", _ALWAYS
    ),
    "api-key-refused": Guard(
        "GET /v1/version with the key of .env", "it is 200, and 403 with any other", _GATE
    ),
    "api-bypass-open": Guard("GET /v1/version without a key", "it is 403", _GATE),
    "api-bypass-inert": Guard(
        "ORKET_ALLOW_INSECURE_NO_API_KEY", "it is not set where it does nothing", _START
    ),
    "api-exposed": Guard("ORKET_HOST", "it is a loopback address unless a key is needed", _START),
    "webhook-port-taken": Guard("port 8080", "it is free, else name its owner and exit", _START),
    "webhook-secret-missing": Guard(
        "GITEA_WEBHOOK_SECRET", "it is set, else exit 1 that names it", _START
    ),
    "webhook-down": Guard(
        "GET /health of the webhook server", "it answers 200, and restart it if not", _ALWAYS
    ),
    "webhook-secret-mismatch": Guard(
        _SIGNED, "a delivery signed with the secret of .env is answered 200", _GATE
    ),
    "webhook-signature-form": Guard(
        _SIGNED, "sha256=<hex> is taken, and a bare digest refused with a reason", _UNIT
    ),
    "webhook-signature-missing": Guard(
        "the webhook of each repository in Gitea", "it has a secret", _ALWAYS
    ),
    "webhook-takes-unsigned": Guard(_SIGNED, "an unsigned delivery is answered 401", _GATE),
    "webhook-test-endpoint": Guard(
        "ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT", "it is not set outside of tests", _START
    ),
    "webhook-rate-limit": Guard(
        _SERVER_LOG, "no minute has more deliveries than ORKET_RATE_LIMIT", _ALWAYS
    ),
    "webhook-payload-refused": Guard(
        _SIGNED, "the captured payload is answered 200 (add it to the fixtures)", _UNIT
    ),
    "webhook-handler-error": Guard(
        _SIGNED, "the captured payload is handled, and an error answers 500 and a log line", _UNIT
    ),
    "gitea-unreachable": Guard(
        "pr_review_cycles of webhook.db",
        "no row has cycle_count >= 4 and status active while Gitea's API can't be reached; "
        "retry what was not told",
        _ALWAYS,
    ),
    "auth-probing": Guard(
        _SERVER_LOG, "refusals by one address stay under a limit, else block it", _ALWAYS
    ),
    "model-unreachable": Guard(
        "the model's endpoint",
        "it answers before a run is started, else the run is refused",
        _START,
    ),
    "model-timeout": Guard(
        _LOG, "no turn_start is without turn_complete or turn_failed past the time-out", _ALWAYS
    ),
    "malformed-tool-calls": Guard(
        "tool_parser_diagnostics.json of the turn",
        "the captured answer parses into the calls that it means",
        _UNIT,
    ),
    "no-progress": Guard(
        "model_response.txt of the turn",
        "an answer without a tool call ends in one reprompt, then in a named failure",
        _UNIT,
    ),
    "governance-violation": Guard(
        "agent_output/policy_violation_<issue>.json",
        "the role's prompt names the transitions it may ask for; the captured call is refused once",
        _UNIT,
    ),
    "guard-rejection": Guard(
        "the guard's turn", "the captured work is rejected with a reason that names a file", _UNIT
    ),
    "guard-payload-invalid": Guard(
        "guard_review_payload", "an invalid payload is asked for again, not counted", _UNIT
    ),
    "verifier-failed": Guard(
        "runtime_verifier lines", "the captured work passes the verifier before review", _UNIT
    ),
    "dependency-block": Guard(
        "issues of orket_persistence.db", "a blocked issue names the one that blocks it", _AFTER
    ),
    "retry-exhaustion": Guard(
        "issues.retry_count", "it stays below max_retries, else the run says failed", _AFTER
    ),
    "stale-running": Guard(
        _LEDGER, "no row is running without a process of this root that wrote in 10 min", _ALWAYS
    ),
    "false-success": Guard(
        f"{_LEDGER} and issues", "no run is done with an issue canceled or without a turn", _AFTER
    ),
    "run-unexplained": Guard(
        _LEDGER, "a failed run has failure_class, failure_reason and a turn_failed line", _AFTER
    ),
    "db-missing": Guard("the database files", "they are there, else name the path", _START),
    "db-unreadable": Guard("the database files", "the server's user can write to them", _START),
    "db-locked": Guard("the databases", "no transaction is open for more than a second", _ALWAYS),
    "db-corrupt": Guard("PRAGMA integrity_check", "it says ok, after every backup", _ALWAYS),
    "db-empty": Guard("the database files", "a file of 0 bytes is refused", _START),
    "migration-pending": Guard(
        "_schema_migrations", "each file of scripts/migrations has its row", _START
    ),
    "migration-unknown": Guard(
        "_schema_migrations", "each row has its file in scripts/migrations", _START
    ),
    "column-drift": Guard(
        "PRAGMA table_info", "the tables and columns that the code reads are there", _START
    ),
    "schema-missed": Guard(
        "the migrations on a new database", "the statement of the log line runs on it", _UNIT
    ),
    "disk-full": Guard("free space and inodes", "1 GB is free, else refuse new runs", _ALWAYS),
    "disk-low": Guard("free space and inodes", "10 GB or 5 % is free", _ALWAYS),
    "log-not-written": Guard(_LOG, "a run's first turn leaves a line within 10 s", _GATE),
    "log-damaged": Guard(_LOG, "each line is one JSON object", _AFTER),
    "env-changed": Guard(
        _ENV, "each key's SHA-256 is the same in both, else ask for a restart", _ALWAYS
    ),
    "env-incomplete": Guard(".env", "each key of .env.example that is needed has a value", _START),
    "env-odd": Guard(".env", "no value has quotes, export or an inline comment", _START),
    "clock-off": Guard("this host's clock", "it is within a second of its time server's", _ALWAYS),
    "crash-log": Guard(
        "workspace/default/orket_crash.log", "it has no entry of this start", _ALWAYS
    ),
}


def guard_for(rule: str) -> Guard | None:
    """The proposed guard of a rule; None for one that needs none, and for no rule."""
    return _GUARDS.get(rule)
