"""Every probe there is, in the order in which an operator reads them."""

from __future__ import annotations

from typing import Final

from orket_console.base.state import State
from orket_console.health.api_key import probe_api_key
from orket_console.health.disk import probe_disk
from orket_console.health.dotenv import probe_env
from orket_console.health.exposure import probe_exposure
from orket_console.health.gitea import probe_gitea
from orket_console.health.integrity import SECONDS, probe_integrity
from orket_console.health.logs import probe_other_logs, probe_run_log, probe_server_log
from orket_console.health.reading import Probe
from orket_console.health.runtime_db import probe_runtime_db
from orket_console.health.servers import probe_api, probe_webhook
from orket_console.health.signature import probe_signature
from orket_console.health.traces import probe_traces
from orket_console.health.webhook_db import probe_webhook_db

PROBES: Final = (
    Probe(
        name="api",
        title="API",
        reads="GET /health of the API server, and the process behind its port",
        run=probe_api,
        port="api.port",
        log="log-root",
        overdue=State.FAILING,
    ),
    Probe(
        name="api-key",
        title="API key",
        reads="GET /v1/version with the key and without, where the API is ok",
        run=probe_api_key,
        after="api",
        log="log-root",
        overdue=State.FAILING,
    ),
    Probe(
        name="webhook",
        title="Webhook",
        reads="GET /health of the webhook server, and the process behind its port",
        run=probe_webhook,
        port="webhook.port",
        log="log-root",
        overdue=State.FAILING,
    ),
    Probe(
        name="gitea",
        title="Gitea",
        reads="GET /api/v1/version at the GITEA_URL that the webhook server has",
        run=probe_gitea,
        log="log-root",
        overdue=State.DEGRADED,
    ),
    Probe(
        name="env",
        title=".env",
        reads=".env as Orket parses it, and the environment of the running servers, by hash",
        run=probe_env,
    ),
    Probe(
        name="exposure",
        title="Exposure",
        reads="the addresses the servers listen on, and what is open without a key",
        run=probe_exposure,
        after="api-key",
    ),
    Probe(
        name="runtime-db",
        title="Runtime DB",
        reads="orket_persistence.db: its tables, migrations and runs",
        run=probe_runtime_db,
        log="log-default",
    ),
    Probe(
        name="webhook-db",
        title="Webhook DB",
        reads="webhook.db: its tables, migrations and review cycles",
        run=probe_webhook_db,
        log="log-root",
    ),
    Probe(
        name="log-root",
        title="Log root",
        reads="the end of orket.log in the root, where the servers write",
        run=probe_server_log,
        log="log-root",
    ),
    Probe(
        name="log-default",
        title="Log default",
        reads="the end of workspace/default/orket.log, where runs write",
        run=probe_run_log,
        log="log-default",
    ),
    Probe(
        name="log-others",
        title="Other logs",
        reads="the ends of the other workspaces', runs' and agents' logs",
        run=probe_other_logs,
        log="log-others",
    ),
    Probe(
        name="traces",
        title="Traces",
        reads="the newest turn folders under observability/",
        run=probe_traces,
        log="log-default",
    ),
    Probe(
        name="disk",
        title="Disk",
        reads="free space and inodes of the root, the databases' and the state folder",
        run=probe_disk,
    ),
)
CHOSEN: Final = (
    Probe(
        name="signature",
        title="Signature",
        reads="the answer to an unsigned POST /webhook/gitea, which has to be 401",
        run=probe_signature,
        after="webhook",
        log="log-root",
        costs="leaves one line “missing signature” in the server's log",
    ),
    Probe(
        name="integrity",
        title="Integrity",
        reads="PRAGMA integrity_check on an online copy of each database",
        run=probe_integrity,
        seconds=SECONDS,
        costs="reads both databases whole, and copies them to the state folder meanwhile",
    ),
)
"""Those that are asked only when somebody wants to know."""
IMPORTANT: Final = frozenset({"api", "webhook", "runtime-db"})
"""Whoever can't tell about these can't tell whether the installation is well."""


def probe_named(name: str) -> Probe | None:
    return next((probe for probe in (*PROBES, *CHOSEN) if probe.name == name), None)


def with_needed(probe: Probe) -> tuple[Probe, ...]:
    """A probe, after those whose readings it needs."""
    before = probe_named(probe.after) if probe.after else None
    return (*with_needed(before), probe) if before else (probe,)
