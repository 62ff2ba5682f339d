"""`runs list` and `runs show`: what an operator reads, and what a script does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]


@pytest.fixture
def root(bare_root: Path) -> Path:
    """An installation with one failed run, its issue and its turn, and an orphan."""
    database = bare_root / ".orket" / "durable" / "db" / "orket_persistence.db"
    connection = sqlite3.connect(database)
    with connection:
        connection.executescript(
            """
            CREATE TABLE sessions (id TEXT, type TEXT, name TEXT, status TEXT,
                start_time TEXT, end_time TEXT);
            CREATE TABLE run_ledger (session_id TEXT, run_type TEXT, run_name TEXT,
                build_id TEXT, status TEXT, failure_class TEXT, failure_reason TEXT,
                summary_json TEXT, artifact_json TEXT, started_at TEXT, ended_at TEXT,
                updated_at TEXT);
            CREATE TABLE issues (id TEXT, session_id TEXT, build_id TEXT, seat TEXT,
                summary TEXT, status TEXT, retry_count INTEGER, max_retries INTEGER);
            INSERT INTO run_ledger VALUES ('34a2b001', 'epic', 'Epic [bold]block[/]', 'b1',
                'failed', 'GovernanceViolation', 'no such transition', NULL, NULL,
                '2026-11-23T05:17:37.445250+00:00', '2026-11-23T05:17:37.524974+00:00', NULL);
            INSERT INTO issues VALUES ('ISS-02-0', NULL, 'b1', 'lead', 'block work', 'blocked',
                1, 3);
            """
        )
    connection.close()
    for session, issue in (("34a2b001", "ISS-02-0"), ("0rphan", "ISS-9")):
        traces = bare_root / "workspace" / "default" / "observability" / session
        turn = traces / issue.lower() / "022_lead_architect"
        turn.mkdir(parents=True)
        call = {"tool": "update_issue_status", "args": {"status": "done"}}
        record = {"run_id": session, "issue_id": issue, "tool_calls": [call]}
        record["state_delta"] = {"from": "in_progress", "to": "done\x1b[2J"}
        (turn / "checkpoint.json").write_text(json.dumps(record))
    return bare_root


def test_list_shows_every_run_newest_first(console: Console, root: Path) -> None:
    run = console("runs", "list", "--root", str(root))
    assert (run.status, run.err) == (0, "")
    orphan, failed = run.out.splitlines()
    assert "0rphan" in orphan
    assert "orphan: traces without a ledger row" in orphan
    assert failed.startswith("2026-11-23 05:17:37  34a2b001  Epic [bold]block[/]")
    assert "1 issues   1 turns" in failed
    assert "0.1 s" in failed
    assert failed.endswith("✖ failed GovernanceViolation")


def test_list_as_json(console: Console, root: Path) -> None:
    document = console("runs", "list", "--json", "--root", str(root)).document
    assert document["schema"] == "orket-console/runs-list/v1"
    runs = document["data"]["runs"]
    assert [run["session"] for run in runs] == ["0rphan", "34a2b001"]
    assert runs[1]["status"] == "failed"
    assert runs[1]["state"] == "failing"
    assert runs[1]["started"] == "2026-11-23T05:17:37.445250Z"
    assert runs[1]["sources"] == ["run_ledger", "traces"]


def test_a_limit_that_leaves_runs_out_says_so(console: Console, root: Path) -> None:
    run = console("runs", "list", "--limit", "1", "--root", str(root))
    assert len(run.out.splitlines()) == 1
    assert "older runs were left out" in run.err


@pytest.mark.parametrize("limit", ["0", "x", "100000"])
def test_a_limit_out_of_range_is_usage(console: Console, root: Path, limit: str) -> None:
    run = console("runs", "list", "--limit", limit, "--root", str(root))
    assert (run.status, run.out) == (2, "")


def test_show_by_a_unique_prefix(console: Console, root: Path) -> None:
    run = console("runs", "show", "34a", "--root", str(root))
    assert (run.status, run.err) == (0, "")
    assert "reason    no such transition" in run.out
    assert "ISS-02-0  blocked, retry 1 of 3  block work" in run.out
    assert "34a2b001:ISS-02-0:22:lead_architect" in run.out
    assert "asked update_issue_status done  in_progress → done␛[2J" in run.out
    assert "missing messages.json" in run.out
    assert "\x1b" not in run.out


def test_show_as_json(console: Console, root: Path) -> None:
    document = console("runs", "show", "34a2b001", "--json", "--root", str(root)).document
    assert document["schema"] == "orket-console/runs-show/v1"
    turn = document["data"]["turns"][0]
    assert turn["ref"] == {
        "session": "34a2b001",
        "issue": "ISS-02-0",
        "index": 22,
        "role": "lead_architect",
    }
    assert turn["verdict"] == "unfinished"
    assert turn["state_to"] == "done␛[2J"


@pytest.mark.parametrize(
    ("session", "status", "told"),
    [
        ("34a2b002", 1, "there is 34a2b001"),
        ("../../etc", 2, "refused"),
        ("", 2, "it is empty"),
        ("\x1b[2J", 2, "␛[2J"),
    ],
)
def test_a_session_that_is_not_there(
    console: Console, root: Path, session: str, status: int, told: str
) -> None:
    run = console("runs", "show", session, "--root", str(root))
    assert (run.status, run.out) == (status, "")
    assert len(run.err.splitlines()) == 1
    assert told in run.err
    assert "\x1b" not in run.err


def test_without_a_database_the_traces_are_shown_and_the_answer_is_a_part(
    console: Console, root: Path
) -> None:
    (root / ".orket" / "durable" / "db" / "orket_persistence.db").write_bytes(b"not one")
    run = console("runs", "list", "--root", str(root))
    assert run.status == 3
    assert len(run.out.splitlines()) == 2
    assert "orket_persistence.db: not a database" in run.err
    run = console("runs", "show", "34a2b001", "--json", "--root", str(root))
    assert run.status == 3
    assert run.document["data"]["turns"][0]["ref"]["issue"] == "ISS-02-0"
    assert "not a database" in run.document["data"]["problems"][0]


def test_with_no_runs_it_says_so(console: Console, bare_root: Path) -> None:
    run = console("runs", "list", "--root", str(bare_root))
    assert run.status == 3
    assert run.out.startswith("no runs")
    assert "orket_persistence.db: missing" in run.err


def test_turns_in_order_of_time_and_by_a_filter(console: Console, root: Path) -> None:
    run = console("runs", "turns", "34a", "--root", str(root))
    assert (run.status, run.err) == (0, "")
    assert "34a2b001:ISS-02-0:22:lead_architect" in run.out.splitlines()[0]
    document = console("runs", "turns", "34a", "--json", "--root", str(root)).document
    assert document["schema"] == "orket-console/runs-turns/v1"
    assert document["data"]["of"] == 1
    assert document["data"]["turns"][0]["asked"] == "update_issue_status done"
    hinted = console("runs", "turns", "aaa", "--filter", "rol:x", "--root", str(root))
    assert "no key rol:, did you mean role:?" in hinted.err
    none = ("--filter", "role:nobody", "--json", "--root", str(root))
    assert console("runs", "turns", "34a", *none).document["data"]["turns"] == []


def test_the_next_page_begins_where_the_last_ended(console: Console, root: Path) -> None:
    first = console("runs", "list", "--limit", "1", "--root", str(root))
    assert "--limit 1 --skip 1" in first.err
    second = console("runs", "list", "--limit", "1", "--skip", "1", "--root", str(root))
    assert "34a2b001" in second.out
    assert second.err == ""


def test_a_list_is_narrowed_by_a_filter(console: Console, root: Path) -> None:
    run = console("runs", "list", "--filter", "class:governance", "--root", str(root))
    assert [line.split()[2] for line in run.out.splitlines()] == ["34a2b001"]


def test_a_long_list_tells_what_the_turns_come_to(console: Console, root: Path) -> None:
    traces = root / "workspace" / "default" / "observability" / "34a2b001"
    turn = traces / "iss-02-0" / "022_lead_architect"
    raw = {"model": "qwen", "total_tokens": 40}
    (turn / "model_response_raw.json").write_text(json.dumps(raw))
    run = console("runs", "list", "--long", "--root", str(root))
    told = [line.split(maxsplit=1) for line in run.out.splitlines()]
    assert ["spent", "40 tokens · qwen"] in told
    assert ["reason", "no such transition"] in told
    assert any(line[1].startswith("at ISS-02-0 #22 lead_architect") for line in told)
    document = console("runs", "list", "--long", "--json", "--root", str(root)).document
    tally = document["data"]["tallies"]["34a2b001"]
    assert (tally["judged"], tally["tokens"], tally["models"]) == (1, 40, ["qwen"])
    assert tally["failing"]["issue"] == "ISS-02-0"
