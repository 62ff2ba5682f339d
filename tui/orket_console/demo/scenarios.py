"""The scenarios: what has gone wrong in the demo installation, declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Outcome(StrEnum):
    """How a run ends."""

    DONE = "done"
    REJECTED = "rejected"
    """The guard sent an issue back: `terminal_failure`."""
    GOVERNANCE = "governance"
    """An issue asked for a transition that the state machine forbids."""
    NO_PROGRESS = "no-progress"
    """Prose instead of tool calls, twice."""
    TIMEOUT = "timeout"
    """The model never answered."""
    CRASH = "crash"
    """The model's backend closed the connection."""
    NO_TABLE = "no-table"
    """The runtime database lacks a table that the code uses."""
    LEFT_RUNNING = "left-running"
    """The run stopped between two lines; its rows say `running` for ever."""
    CANCELED_ISSUE = "canceled-issue"
    """The last issue was canceled before anybody worked on it; the run says `done`."""
    HOLLOW = "hollow"
    """Every issue was canceled: not one turn, and the run says `done`."""
    REGRESSED = "regressed"
    """The second issue's builder writes another file than before, and the guard refuses it."""


class ApiState(StrEnum):
    """What the API server does."""

    UP = "up"
    PORT_WAS_TAKEN = "port-was-taken"
    """It could not bind, said so, and exited; by now the port is free."""


class ReviewStory(StrEnum):
    """The life of a pull request, as its deliveries tell it."""

    MERGED = "merged"
    ESCALATED = "escalated"
    REJECTED = "rejected"
    STUCK = "stuck"
    """Gitea did not answer from the third cycle on, so the reject never finished."""


DONE = Outcome.DONE
_QUIET_HISTORY = (DONE,) * 12
_REVIEWS = (ReviewStory.MERGED, ReviewStory.REJECTED, ReviewStory.ESCALATED, ReviewStory.MERGED)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One state of the installation.

    `history` holds the outcomes of the runs of the last two hours, oldest first; `live` the
    outcomes of those that follow while the demo is up, over and over. `secret_rotated_minutes`
    says how long ago GITEA_WEBHOOK_SECRET was changed in `.env` and in Gitea while the webhook
    server kept the old one. `files` are laid down beside the rest (path and text), and
    `foreign_migrations` are recorded as applied though no file has their name. A live run ends
    in NO_TABLE for as long as the runtime database lacks `needed_table`. In a `steady`
    scenario the runs of one epic go the same way each time, but for what their outcome changes.
    """

    name: str
    summary: str
    history: tuple[Outcome, ...] = _QUIET_HISTORY
    live: tuple[Outcome, ...] = (DONE,)
    reviews: tuple[ReviewStory, ...] = _REVIEWS
    api: ApiState = ApiState.UP
    secret_rotated_minutes: float | None = None
    gitea_answers: bool = True
    files: tuple[tuple[str, str], ...] = ()
    foreign_migrations: tuple[str, ...] = ()
    needed_table: str | None = None
    steady: bool = False
    preferred_ports: tuple[int, int] = (18082, 18080)


_FLOWS_MIGRATION = """\
-- A run remembers the flow that started it.
CREATE TABLE IF NOT EXISTS run_flows (
    session_id TEXT NOT NULL,
    flow TEXT NOT NULL,
    recorded_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_run_flows_session_id ON run_flows (session_id);
"""

_ALL = (
    Scenario(
        name="healthy",
        summary="Both servers answer, runs end well, reviews come in.",
    ),
    Scenario(
        name="api-down",
        summary="The API server is not running: its port was taken when it was restarted.",
        api=ApiState.PORT_WAS_TAKEN,
        preferred_ports=(18182, 18180),
    ),
    Scenario(
        name="webhook-secret",
        summary="The webhook secret was changed, but the server still runs with the old one.",
        reviews=(ReviewStory.MERGED, ReviewStory.STUCK, ReviewStory.MERGED),
        secret_rotated_minutes=26,
        gitea_answers=False,
        preferred_ports=(18282, 18280),
    ),
    Scenario(
        name="stalled-run",
        summary="Runs are refused, get nowhere or time out, and one has stopped for good.",
        history=(
            *(DONE,) * 4,
            Outcome.REJECTED,
            DONE,
            Outcome.GOVERNANCE,
            Outcome.NO_PROGRESS,
            Outcome.LEFT_RUNNING,
            Outcome.TIMEOUT,
            Outcome.CRASH,
            Outcome.NO_PROGRESS,
        ),
        live=(Outcome.TIMEOUT, DONE, Outcome.NO_PROGRESS, Outcome.GOVERNANCE),
        preferred_ports=(18382, 18380),
    ),
    Scenario(
        name="schema-drift",
        summary="A migration waits to be applied, and one that was applied has no file.",
        history=(*(DONE,) * 10, Outcome.NO_TABLE, Outcome.NO_TABLE),
        files=(("scripts/migrations/003_runtime_flows.sql", _FLOWS_MIGRATION),),
        foreign_migrations=("004_runtime_cost_columns.sql",),
        needed_table="run_flows",
        preferred_ports=(18482, 18480),
    ),
    Scenario(
        name="false-success",
        summary="Runs that say done, though issues were canceled or nobody worked on them.",
        history=(
            *(DONE,) * 6,
            Outcome.CANCELED_ISSUE,
            DONE,
            Outcome.HOLLOW,
            DONE,
            Outcome.CANCELED_ISSUE,
            Outcome.HOLLOW,
        ),
        live=(DONE, Outcome.CANCELED_ISSUE, Outcome.HOLLOW),
        preferred_ports=(18582, 18580),
    ),
    Scenario(
        name="stale-running",
        summary="Runs whose processes are long gone, and whose rows still say running.",
        history=(
            *(DONE,) * 3,
            Outcome.LEFT_RUNNING,
            *(DONE,) * 3,
            Outcome.LEFT_RUNNING,
            DONE,
            Outcome.LEFT_RUNNING,
            *(DONE,) * 2,
        ),
        preferred_ports=(18682, 18680),
    ),
    Scenario(
        name="regression",
        summary="Epics that went well go wrong since this hour: a turn writes another file.",
        history=(*(DONE,) * 9, Outcome.REGRESSED, DONE, Outcome.REGRESSED),
        steady=True,
        preferred_ports=(18782, 18780),
    ),
)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType({entry.name: entry for entry in _ALL})
