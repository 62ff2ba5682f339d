"""Halting a session: the server's answers, what the ledger says after, and the key's safety."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from orket_console.actions.programs import halt, trace

HEALTH = {"status": "ok", "organization": "Orket"}
Api = Callable[..., list]


def ledger(root: Path, status: str) -> None:
    with sqlite3.connect(root / ".orket/durable/db/orket_persistence.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS run_ledger (session_id TEXT, status TEXT)")
        connection.execute("DELETE FROM run_ledger")
        connection.execute("INSERT INTO run_ledger VALUES ('s1', ?)", (status,))
    connection.close()


@pytest.fixture
def api(site, played) -> Api:
    """An API server; `active` is what it says of the session's task, one answer after another."""

    def serving(active: Iterable[object], *, answer: tuple[int, object] | None = None) -> list:
        states = iter(active)
        log = site.root / "workspace" / "default" / "orket.log"
        last: list[object] = [None]

        def answers(asked) -> tuple[int, object]:
            if asked.line == "GET /health":
                return 200, HEALTH
            if asked.headers.get("X-API-Key") != "canary-key-of-env":
                return 403, {"detail": "Could not validate credentials"}
            if asked.line.endswith("/halt"):
                if last[0]:
                    log.write_text('{"event": "session_halted", "data": {"session_id": "s1"}}\n')
                return answer or (200, {"ok": True, "session_id": "s1", "active": bool(last[0])})
            last[0] = next(states, last[0])
            return (404, {"detail": "not found"}) if last[0] is None else (200, {"active": last[0]})

        return played(site.api_port, answers)

    return serving


def test_a_task_that_works_is_cancelled(site, api: Api) -> None:
    ledger(site.root, "failed")
    asked = api([True, True, False])
    done = site.run("halt", "s1")
    assert (done.status, done.last) == (0, "s1 is halted; the ledger says failed")
    assert [one.line for one in asked][:3] == [
        "GET /health",
        "GET /v1/sessions/s1/status",
        "POST /v1/sessions/s1/halt",
    ]
    assert "left behind: workspace/default/orket.log at byte 0: session_halted" in done.text
    assert "canary" not in done.text


def test_a_run_that_the_ledger_goes_on_calling_running_is_told(site, api: Api) -> None:
    ledger(site.root, "running")
    api([True, False])
    done = site.call(halt.work, "s1")
    assert done.status == 0
    assert done.last == (
        "s1 is halted; the ledger says running, which is how it stays: a halted run is not "
        "corrected there"
    )


def test_nothing_that_works_there_is_no_success(
    site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "_WITHIN", 0.2)
    ledger(site.root, "running")
    api([None, False])
    done = site.call(halt.work, "s1")
    assert done.status == 3
    assert done.last.startswith("nothing was halted: no task of this server works on s1")
    ledger(site.root, "done")
    done = site.call(halt.work, "s1")
    assert done.status == 3
    assert done.last == "nothing to halt: no task works on s1, and the ledger says done"


def test_an_answer_of_hundreds_of_kilobytes_is_read(site, played) -> None:
    active = [True, False]
    log = site.root / "workspace/default/orket.log"

    def answers(asked) -> tuple[int, object]:
        if asked.line == "GET /health":
            return 200, HEALTH
        if asked.line.endswith("/halt"):
            log.write_text('{"event": "session_halted", "data": {"session_id": "s1"}}\n')
            return 200, {"ok": True, "active": False}
        return 200, {"artifacts": "x" * 500_000, "active": active.pop(0)}

    ledger(site.root, "running")
    played(site.api_port, answers)
    assert site.call(halt.work, "s1").last.startswith("s1 is halted; the ledger says running")


def test_a_session_that_the_server_does_not_know(site, api: Api) -> None:
    api([None], answer=(404, {"detail": "Session 's2' not found."}))
    done = site.call(halt.work, "s2")
    assert done.status == 1
    assert done.last.startswith("not halted: 404")
    assert "nothing: orket_persistence.db" in done.lines[0]


def test_a_key_that_is_refused(site, api: Api) -> None:
    (site.root / ".env").write_text("ORKET_API_KEY=canary-another\n")
    api([True])
    done = site.call(halt.work, "s1")
    assert done.status == 1
    assert "403, it takes not the ORKET_API_KEY of .env" in done.last
    assert "canary" not in done.text


def test_the_key_is_sent_to_no_other_program(site, played) -> None:
    asked = played(site.api_port, lambda request: (200, {"status": "ok", "service": "another"}))
    done = site.call(halt.work, "s1")
    assert done.status == 1
    assert done.last.startswith("it is not Orket's API server that answers: 200")
    assert [one.line for one in asked] == ["GET /health"]
    assert "X-API-Key" not in asked[0].headers


def test_nobody_there(site) -> None:
    done = site.call(halt.work, "s1")
    assert done.status == 1
    assert done.last.startswith("the API server can't be asked: nothing listens there")
