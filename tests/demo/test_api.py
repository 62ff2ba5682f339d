"""The demo's API server answers as the real one does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LaidDown = Callable[..., Path]
HELD = "2026-11-23T05:20:00+00:00"


@pytest.fixture
def api(shown: LaidDown, started: Callable[..., Any]) -> Any:
    """The API over the stalled demo, with its clock held still."""
    return started(shown("stalled-run"), "server.py", ORKET_DEMO_NOW=HELD)


@pytest.fixture
def own_api(laid_down: LaidDown, started: Callable[..., Any]) -> Any:
    """The same, of the test's own, to be changed."""
    return started(laid_down("stalled-run"), "server.py", ORKET_DEMO_NOW=HELD)


@pytest.fixture
def key(api: Any) -> dict[str, str]:
    lines = (api.root / ".env").read_text("utf-8").splitlines()
    (found,) = [line.partition("=")[2] for line in lines if line.startswith("ORKET_API_KEY=")]
    return {"X_API_Key": found}


@pytest.fixture
def session(api: Any) -> str:
    """A session that a governance violation ended."""
    connection = sqlite3.connect(api.root / ".orket/durable/db/orket_persistence.db")
    query = "SELECT session_id FROM run_ledger WHERE failure_class = 'GovernanceViolation'"
    (found,) = connection.execute(query).fetchone()
    connection.close()
    return str(found)


def test_health_needs_no_key(api: Any) -> None:
    answer = api.ask("/health")
    assert answer.status == 200
    assert answer.body == b'{"status":"ok","organization":"Orket"}'
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/v1/version", "/v1/system/heartbeat", "/v1/runs"])
@pytest.mark.parametrize("given", [{}, {"X_API_Key": "wrong"}, {"X_API_Key": "schlüssel"}])
def test_v1_refuses_without_the_key(api: Any, path: str, given: dict[str, str]) -> None:
    answer = api.ask(path, **{name: value.encode("latin-1") for name, value in given.items()})
    assert answer.status == 403
    assert answer.json == {"detail": "Could not validate credentials"}


def test_version_and_heartbeat(api: Any, key: dict[str, str]) -> None:
    beat = {"status": "online", "timestamp": HELD, "active_tasks": 0}
    assert api.ask("/v1/version", **key).json == {"version": "0.3.16", "api": "v1"}
    assert api.ask("/v1/system/heartbeat", **key).json == beat


def test_runs_are_the_sessions_newest_first(api: Any, key: dict[str, str]) -> None:
    runs = api.ask("/v1/runs", **key).json
    assert list(runs[0]) == [
        "id", "type", "name", "department", "status", "task_input", "transcript", "start_time",
        "end_time",
    ]  # fmt: skip
    begun = [run["start_time"] for run in runs]
    assert len(runs) == 12
    assert begun == sorted(begun, reverse=True)


def test_run_detail_and_status(api: Any, key: dict[str, str], session: str) -> None:
    detail = api.ask(f"/v1/runs/{session}", **key).json
    status = api.ask(f"/v1/sessions/{session}/status", **key).json
    assert list(detail) == [
        "session_id", "status", "summary", "artifacts", "issue_count", "session", "run_ledger",
    ]  # fmt: skip
    assert detail["run_ledger"]["failure_class"] == "GovernanceViolation"
    assert detail["summary"]["status_counts"]["blocked"] == 1
    assert list(status) == [
        "session_id", "active", "status", "task_state", "backlog", "summary", "artifacts",
    ]  # fmt: skip
    assert (status["active"], status["task_state"]) == (False, "idle")


def test_an_unknown_run_is_not_found(api: Any, key: dict[str, str]) -> None:
    answer = api.ask("/v1/runs/nosuch", **key)
    assert (answer.status, answer.json) == (404, {"detail": "Run 'nosuch' not found"})
    assert api.ask("/v1/sessions/nosuch/status", **key).json == {"detail": "Not Found"}
    assert api.ask("/v1/no/such/thing", **key).status == 404


def test_turns_and_one_turn(api: Any, key: dict[str, str], session: str) -> None:
    listed = api.ask(f"/v1/runs/{session}/replay", **key).json
    assert list(listed) == ["session_id", "turn_count", "filters", "turns"]
    assert listed["turn_count"] == len(listed["turns"]) > 0
    turn = listed["turns"][0]
    place = f"issue_id={turn['issue_id'].lower()}&turn_index={turn['turn_index']}"
    one = api.ask(f"/v1/sessions/{session}/replay?{place}", **key).json
    assert one["checkpoint"]["issue_id"] == turn["issue_id"]
    assert api.ask(f"/v1/sessions/{session}/replay?issue_id=x", **key).status == 422


def test_logs_are_filtered_and_paged(api: Any, key: dict[str, str]) -> None:
    page = api.ask("/v1/logs?event=turn_failed&limit=2", **key).json
    assert (page["count"], page["total"], page["limit"], page["offset"]) == (2, 3, 2, 0)
    assert [item["event"] for item in page["items"]] == ["turn_failed"] * 2
    assert page["filters"] == {
        "session_id": None, "event": "turn_failed", "role": None, "start_time": None,
        "end_time": None,
    }  # fmt: skip


def test_halting_what_is_not_active(api: Any, key: dict[str, str], session: str) -> None:
    answer = api.ask(f"/v1/sessions/{session}/halt", b"", **key)
    assert answer.json == {"ok": True, "session_id": session, "active": False}


def test_halting_an_active_session_is_passed_on(
    own_api: Any, key: dict[str, str], session: str
) -> None:
    (own_api.root / ".orket-demo/active.json").write_text(json.dumps([session]), "utf-8")
    answer = own_api.ask(f"/v1/sessions/{session}/halt", b"", **key)
    last = (own_api.root / "workspace/default/orket.log").read_text("utf-8").splitlines()[-1]
    assert answer.json["active"] is True
    assert (own_api.root / ".orket-demo/halt" / session).exists()
    assert json.loads(last)["event"] == "session_halted"


def test_a_broken_database_is_a_bare_500(own_api: Any, key: dict[str, str]) -> None:
    (own_api.root / ".orket/durable/db/orket_persistence.db").write_bytes(b"garbage" * 1000)
    answer = own_api.ask("/v1/runs", **key)
    assert (answer.status, answer.body) == (500, b"Internal Server Error")


def test_a_held_clock_adds_no_line(programs: LaidDown, started: Callable[..., Any]) -> None:
    root = programs()
    started(root, "server.py", ORKET_DEMO_NOW=HELD)
    assert not (root / "orket.log").exists()


def test_a_start_leaves_its_posture(programs: LaidDown, started: Callable[..., Any]) -> None:
    root = programs()
    started(root, "server.py")
    last = json.loads((root / "orket.log").read_text("utf-8").splitlines()[-1])
    assert last["event"] == "api_security_posture"
    assert last["data"]["api_key_configured"] is True


def test_no_key_at_all(programs: LaidDown, started: Callable[..., Any]) -> None:
    root = programs()
    (root / ".env").unlink()
    assert started(root, "server.py").ask("/v1/version").status == 403
    bypassed = started(root, "server.py", ORKET_ALLOW_INSECURE_NO_API_KEY="true")
    assert bypassed.ask("/v1/version").status == 200
