"""`webhooks deliveries|cycles|failures`: tables, JSON, exit status, what is said on stderr."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]
SCHEMA = """
CREATE TABLE pr_review_cycles (id INTEGER PRIMARY KEY, pr_key TEXT, repo_full_name TEXT,
    pr_number INTEGER, cycle_count INTEGER, status TEXT, created_at TEXT, updated_at TEXT);
CREATE TABLE review_failures (id INTEGER PRIMARY KEY, pr_key TEXT, cycle_number INTEGER,
    reviewer TEXT, reason TEXT, created_at TEXT);
CREATE TABLE webhook_events (id INTEGER PRIMARY KEY, event_type TEXT, pr_key TEXT, payload TEXT,
    result TEXT, created_at TEXT);
INSERT INTO pr_review_cycles VALUES (1, 'acme/shop#7', 'acme/shop', 7, 5, 'active',
    '2026-11-23 05:18:59', '2026-11-23 05:18:59');
INSERT INTO review_failures VALUES (1, 'acme/shop#7', 1, 'guard',
    'tests for [bold]edge[/bold]' || char(10, 27) || 'cases', '2026-11-23 05:18:59');
"""


def log_line(message: str, **data: Any) -> str:
    return json.dumps(
        {
            "timestamp": "2026-11-23T05:18:59.788696+00:00",
            "role": "system",
            "event": "webhook",
            "data": {"message": message, **data},
        }
    )


@pytest.fixture
def root(bare_root: Path) -> Path:
    with closing(sqlite3.connect(database(bare_root))) as connection:
        connection.executescript(SCHEMA)
    lines = [
        log_line("Received Gitea webhook: push", event="push", repo="acme/shop", pr_number=None),
        log_line("Invalid webhook signature"),
        log_line("Webhook handler error: \x1b[2J[/bold]"),
    ]
    (bare_root / "orket.log").write_text("\n".join(lines) + "\n")
    return bare_root


def database(root: Path) -> Path:
    return root / ".orket" / "durable" / "db" / "webhook.db"


def test_deliveries_as_a_table(console: Console, root: Path) -> None:
    run = console("webhooks", "deliveries", "--root", str(root))
    assert run.status == 0
    assert run.out.splitlines() == [
        "time (UTC)           event  repo#pr  outcome        why",
        "2026-11-23 05:18:59  –      –        ✖ refused 401  invalid signature",
        "2026-11-23 05:18:59  push   –        ✖ error 500    handler error: ␛[2J[/bold]",
    ]
    assert run.err == (
        "webhook_events is empty, as it is on every known version; "
        "what happened is read from root/orket.log\n"
    )


def test_cycles_as_lines(console: Console, root: Path) -> None:
    run = console("webhooks", "cycles", "--root", str(root))
    assert (run.status, run.err) == (0, "")
    cycle, reason = run.out.splitlines()
    assert cycle == (
        "✖ acme/shop#7  cycle 5 of 4  active  "
        "STUCK: auto-reject never finished: Gitea unreachable  since 2026-11-23 05:18:59"
    )
    assert reason == "    1  2026-11-23 05:18:59  guard  tests for [bold]edge[/bold] ↵ ␛cases"


def test_failures_as_a_table(console: Console, root: Path) -> None:
    run = console("webhooks", "failures", "--root", str(root))
    assert (run.status, run.err) == (0, "")
    assert run.out.splitlines() == [
        "time (UTC)           repo#pr      cycle  reviewer  reason",
        "2026-11-23 05:18:59  acme/shop#7  1      guard     tests for [bold]edge[/bold] ↵ ␛cases",
    ]


@pytest.mark.parametrize("name", ["deliveries", "cycles", "failures"])
def test_json_holds_the_rows_and_nothing_else(console: Console, root: Path, name: str) -> None:
    run = console("webhooks", name, "--json", "--root", str(root))
    assert run.status == 0
    document = run.document
    assert document["schema"] == f"orket-console/webhooks-{name}/v1"
    more = {"gaps", "reached"} if name == "deliveries" else set()
    assert set(document["data"]) == {"rows", "older", "problems", "notes", "empty"} | more
    assert document["data"]["rows"]
    assert "\x1b" not in run.out


def test_filter_and_limit(console: Console, root: Path) -> None:
    refused = console(
        "webhooks", "deliveries", "--filter", "outcome:refused", "--json", "--root", str(root)
    )
    assert [row["status"] for row in refused.document["data"]["rows"]] == [401]
    first = console("webhooks", "deliveries", "--limit", "1", "--root", str(root))
    assert len(first.out.splitlines()) == 2
    assert "there are older ones" in first.err


def test_a_filter_that_is_wrong_is_exit_two(console: Console, root: Path) -> None:
    run = console("webhooks", "deliveries", "--filter", "outcome:refusd", "--root", str(root))
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("orket-console: no outcome is called 'refusd': there are accepted")


def test_a_part_that_can_not_be_read_is_exit_three(console: Console, root: Path) -> None:
    database(root).write_bytes(b"garbage")
    run = console("webhooks", "deliveries", "--root", str(root))
    assert run.status == 3
    assert "push" in run.out
    assert "not read: webhook_events not read: webhook.db: not a database" in run.err


@pytest.mark.parametrize("name", ["cycles", "failures"])
def test_nothing_to_read_is_exit_three(console: Console, bare_root: Path, name: str) -> None:
    run = console("webhooks", name, "--root", str(bare_root))
    assert (run.status, run.out) == (3, "")
    assert "webhook.db: missing" in run.err


def test_no_match_says_so(console: Console, root: Path) -> None:
    run = console("webhooks", "failures", "--filter", "nothing", "--root", str(root))
    assert (run.status, run.out) == (0, "")
    assert "Nothing matches the filter" in run.err


def test_no_secret_is_printed(console: Console, root: Path) -> None:
    (root / ".env").write_text("GITEA_WEBHOOK_SECRET=canary-7f3a91\n")
    with (root / "orket.log").open("a") as file:
        file.write(log_line("Webhook handler error: bad key canary-7f3a91") + "\n")
    for form in ((), ("--json",)):
        run = console("webhooks", "deliveries", "--root", str(root), *form)
        assert "canary-7f3a91" not in run.out + run.err
        assert "bad key •••" in run.out


def test_a_query_by_name_and_free_sql(console: Console, root: Path) -> None:
    at = ("--root", str(root))
    listed = console("webhooks", "query", *at)
    assert listed.status == 0
    assert any(line.startswith("stuck-cycles") for line in listed.out.splitlines())
    stuck = console("webhooks", "query", "stuck-cycles", *at)
    assert stuck.out.splitlines()[1].split()[:2] == ["acme/shop#7", "5"]
    document = console("webhooks", "query", "stuck-cycles", "--json", *at).document
    assert document["schema"] == "orket-console/webhooks-query/v1"
    assert document["data"]["columns"][0] == "pr_key"
    csv = console("webhooks", "sql", "SELECT :a AS a, 2", "-p", "a=x,y", "--csv", *at)
    assert csv.out == 'a,2\n"x,y",2\n'
    cut = console("webhooks", "sql", "SELECT 1 UNION SELECT 2", "--limit", "1", *at)
    assert (cut.status, cut.err) == (0, "cut at 1 rows\n")
    refused = console("webhooks", "sql", "DROP TABLE review_failures", *at)
    assert refused.status == 2
    assert "only reading statements" in refused.err
    assert console("webhooks", "sql", "SELECT 1", "-p", "b=1", *at).status == 2
