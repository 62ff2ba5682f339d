"""The API server's routes."""

from __future__ import annotations

import hmac
import json
import os
import re
import socket
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from orket import __version__, runs
from orket.clock import fixed_time, now
from orket.log import log_event
from orket.replay import replay_turn
from orket.settings import is_truthy
from orket.web import HttpError, JsonHandler, JsonServer

SESSION_ROUTE = re.compile(r"/v1/(runs|sessions)/([^/]+)(?:/([a-z-]+))?")
LOG_FILTERS = ("session_id", "event", "role", "start_time", "end_time")


class ApiServer(JsonServer):
    """The API over one installation."""

    def __init__(self, listener: socket.socket, root: Path) -> None:
        super().__init__(listener, ApiHandler)
        self.root = root
        self.workspace = root / "workspace" / "default"

    def log_security_posture(self) -> None:
        """The line that every start leaves in the root's log."""
        if fixed_time() is not None:
            return
        posture = {
            "api_key_configured": bool(os.environ.get("ORKET_API_KEY", "").strip()),
            "insecure_no_api_key_bypass": is_truthy("ORKET_ALLOW_INSECURE_NO_API_KEY"),
        }
        log_event("api_security_posture", posture, self.root)

    def active_sessions(self) -> list[str]:
        """The sessions that are being worked on now."""
        try:
            listed = (self.root / ".orket-demo" / "active.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [str(session_id) for session_id in json.loads(listed)]


class ApiHandler(JsonHandler):
    """One request to the API."""

    server: ApiServer

    def do_GET(self) -> None:
        """Route a GET."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Route a POST."""
        self.read_body()
        self._answer(self._post)

    def _answer(self, route: Callable[[str, dict[str, str]], object]) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            if parts.path.startswith("/v1/"):
                self._check_key()
            self.send_json(200, route(parts.path, query))
        except HttpError as error:
            self.send_json(error.status, {"detail": error.detail}, error.headers)
        except sqlite3.Error:
            traceback.print_exc()
            self.send_internal_error()

    def _check_key(self) -> None:
        expected = os.environ.get("ORKET_API_KEY", "")
        given = self.headers.get("X-API-Key") or ""
        if not expected:
            allowed = is_truthy("ORKET_ALLOW_INSECURE_NO_API_KEY")
        else:
            allowed = hmac.compare_digest(expected.encode(), given.encode())
        if not allowed:
            raise HttpError(403, "Could not validate credentials")

    def _get(self, path: str, query: dict[str, str]) -> object:
        match path:
            case "/health":
                return {"status": "ok", "organization": "Orket"}
            case "/v1/version":
                return {"version": __version__, "api": "v1"}
            case "/v1/system/heartbeat":
                active = len(self.server.active_sessions())
                stamp = now().isoformat()
                return {"status": "online", "timestamp": stamp, "active_tasks": active}
            case "/v1/system/metrics":
                return self._metrics()
            case "/v1/runs":
                return runs.all_sessions()
            case "/v1/logs":
                return self._logs(query)
        route = SESSION_ROUTE.fullmatch(path)
        if route is None:
            raise HttpError(404, "Not Found")
        return self._get_session(route[1], route[2], route[3] or "", query)

    def _get_session(self, kind: str, session_id: str, part: str, query: dict[str, str]) -> object:
        active = session_id in self.server.active_sessions()
        match kind, part:
            case "runs", "":
                found: object = runs.detail(session_id)
            case "sessions", "":
                log_event("api_session_detail", {"session_id": session_id}, self.server.root)
                found = runs.session(session_id)
            case "sessions", "status":
                found = runs.status(session_id, active=active)
            case (("runs" | "sessions"), "replay"):
                return self._replay(session_id, query)
            case "runs", "token-summary":
                found = runs.token_summary(self.server.workspace, session_id)
            case "runs", "backlog":
                log_event("api_backlog", {"session_id": session_id}, self.server.root)
                return runs.issues(session_id)
            case _:
                raise HttpError(404, "Not Found")
        if found is None:
            raise HttpError(404, f"Run '{session_id}' not found" if kind == "runs" else "Not Found")
        return found

    def _replay(self, session_id: str, query: dict[str, str]) -> object:
        role = query.get("role")
        issue_id, turn_index = query.get("issue_id"), query.get("turn_index")
        if bool(issue_id) != bool(turn_index):
            raise HttpError(
                422, "Both 'issue_id' and 'turn_index' are required for targeted replay."
            )
        if issue_id and turn_index:
            try:
                turn = int(turn_index)
                return replay_turn(self.server.workspace, session_id, issue_id, turn, role)
            except ValueError as error:
                raise HttpError(422, str(error)) from error
            except FileNotFoundError as error:
                raise HttpError(404, str(error)) from error
        if runs.session(session_id) is None:
            raise HttpError(404, f"Run '{session_id}' not found")
        found = runs.turns(self.server.workspace, session_id, role)
        return {
            "session_id": session_id,
            "turn_count": len(found),
            "filters": {"role": role or None},
            "turns": found,
        }

    def _logs(self, query: dict[str, str]) -> object:
        filters = {name: query.get(name) for name in LOG_FILTERS}
        limit, offset = int(query.get("limit", 200)), int(query.get("offset", 0))
        chosen = [record for record in runs.log_records(self.server.workspace)
                  if _wanted(record, filters)]  # fmt: skip
        chosen.sort(key=lambda record: str(record.get("timestamp")), reverse=True)
        page = chosen[offset : offset + limit]
        return {
            "items": page,
            "count": len(page),
            "total": len(chosen),
            "limit": limit,
            "offset": offset,
            "filters": filters,
        }

    def _metrics(self) -> dict[str, Any]:
        load = round(os.getloadavg()[0] * 100 / (os.cpu_count() or 1), 1)
        stamp = now().isoformat()
        return {
            "cpu_percent": load, "ram_percent": 0.0, "vram_gb_used": 0.0, "vram_total_gb": 0.0,
            "timestamp": stamp, "cpu": load, "memory": 0.0,
        }  # fmt: skip

    def _post(self, path: str, query: dict[str, str]) -> object:
        if path == "/v1/system/clear-logs":
            (self.server.workspace / "orket.log").write_text("", encoding="utf-8")
            return {"ok": True}
        route = SESSION_ROUTE.fullmatch(path)
        if route is None or route[1] != "sessions" or route[3] != "halt":
            raise HttpError(404, "Not Found")
        session_id = route[2]
        active = session_id in self.server.active_sessions()
        if active:
            halts = self.server.root / ".orket-demo" / "halt"
            halts.mkdir(exist_ok=True)
            (halts / session_id).touch()
            log_event("session_halted", {"session_id": session_id}, self.server.workspace)
        return {"ok": True, "session_id": session_id, "active": active}


def _wanted(record: dict[str, Any], filters: dict[str, str | None]) -> bool:
    block = record.get("data", {}).get("runtime_event", {})
    stamp = str(record.get("timestamp") or "")
    return (
        filters["session_id"] in {None, block.get("session_id")}
        and filters["event"] in {None, record.get("event")}
        and filters["role"] in {None, record.get("role")}
        and (filters["start_time"] or "") <= stamp
        and (filters["end_time"] is None or stamp <= filters["end_time"])
    )
