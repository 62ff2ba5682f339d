"""Webhook server of the demo installation: `python -m orket.webhook_server` in the root.

It takes GITEA_WEBHOOK_SECRET and GITEA_ADMIN_PASSWORD from the process's environment and never
reads `.env`. The real one listens on 8080; this one on ORKET_DEMO_WEBHOOK_PORT. Paths under
`/demo-gitea/` stand in for Gitea, so that merges and escalations have somebody to answer them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
import sys
import threading
import time
import traceback
from collections import deque
from pathlib import Path
from typing import Any

from orket import __version__
from orket.clock import fixed_time
from orket.keeper import follow_keeper
from orket.log import log_event
from orket.settings import configured_port, is_truthy
from orket.web import HttpError, JsonHandler, JsonServer, listening_socket
from orket.webhook_handler import GiteaUnreachableError, WebhookHandler

MAX_BODY = 1024 * 1024
WINDOW_SECONDS = 60
STARTUP_FAILURE = 3


class RateLimiter:
    """At most `limit` deliveries in any minute."""

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._seen: deque[float] = deque()
        self._lock = threading.Lock()

    def allow(self) -> bool:
        """Count one delivery, unless it is one too many."""
        moment = time.monotonic()
        with self._lock:
            while self._seen and self._seen[0] < moment - WINDOW_SECONDS:
                self._seen.popleft()
            if len(self._seen) >= self._limit:
                return False
            self._seen.append(moment)
            return True


class WebhookServer(JsonServer):
    """The webhook server over one installation."""

    def __init__(self, listener: socket.socket, root: Path, secret: bytes) -> None:
        super().__init__(listener, WebhookRequest)
        self.root = root
        self.secret = secret
        self.handler = WebhookHandler(root)
        self.limiter = RateLimiter(int(os.environ.get("ORKET_RATE_LIMIT", "60")))
        self.turn = threading.Lock()


class WebhookRequest(JsonHandler):
    """One delivery, or a health check."""

    server: WebhookServer

    def do_GET(self) -> None:
        """Name, health, and the stand-in for Gitea."""
        if self.path == "/":
            name = {"service": "Orket Webhook Server", "status": "running", "version": __version__}
            self.send_json(200, name)
        elif self.path == "/health":
            self.send_json(200, {"status": "healthy"})
        elif self.path == "/demo-gitea/api/v1/version":
            self.send_json(200, {"version": "1.22.0"})
        else:
            self.send_json(404, {"detail": "Not Found"})

    def do_PATCH(self) -> None:
        """Only the stand-in for Gitea takes it."""
        self.do_POST()

    def do_POST(self) -> None:
        """Take a delivery."""
        body = self.read_body()
        try:
            if self.path.startswith("/demo-gitea/"):
                self.send_json(200, {})
            elif self.path == "/webhook/gitea":
                self.send_json(200, self._deliver(body))
            elif self.path == "/webhook/test":
                self.send_json(200, self._test(body))
            else:
                raise HttpError(404, "Not Found")
        except HttpError as error:
            self.send_json(error.status, {"detail": error.detail}, error.headers)
        except GiteaUnreachableError:
            traceback.print_exc()
            self.send_internal_error()

    def _deliver(self, body: bytes) -> dict[str, str]:
        if not self.server.limiter.allow():
            raise HttpError(429, "Webhook rate limit exceeded", {"Retry-After": "60"})
        if len(body) > MAX_BODY:
            raise HttpError(413, "Payload too large")
        self._check_signature(body)
        payload = self._parse(body)
        event = self.headers.get("X-Gitea-Event") or ""
        received = {
            "message": f"Received Gitea webhook: {event}",
            "level": "info",
            "event": event,
            "repo": (payload.get("repository") or {}).get("full_name"),
            "pr_number": payload.get("number"),
        }
        log_event("webhook", received, self.server.root)
        return self._handle(event, payload)

    def _handle(self, event: str, payload: dict[str, Any]) -> dict[str, str]:
        try:
            with self.server.turn:
                return self.server.handler.handle(event, payload)
        except (RuntimeError, ValueError, TypeError, KeyError, OSError) as error:
            self._log_error(f"Webhook handler error: {error}")
            raise HttpError(500, str(error)) from error

    def _check_signature(self, body: bytes) -> None:
        given = self.headers.get("X-Gitea-Signature")
        if not given:
            self._log_error("Missing webhook signature")
            raise HttpError(401, "Missing signature")
        expected = hmac.new(self.server.secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            self._log_error("Invalid webhook signature")
            raise HttpError(401, "Invalid signature")

    def _parse(self, body: bytes) -> dict[str, Any]:
        try:
            payload = json.loads(body)
            if not isinstance(payload, dict):
                raise TypeError("the payload is not an object")
            number = payload.get("number")
            if number is not None and (not isinstance(number, int) or number <= 0):
                raise ValueError("number: input should be greater than 0")
        except (ValueError, TypeError, RecursionError) as error:
            self._log_error(f"Failed to parse or validate webhook payload: {error}")
            raise HttpError(400, f"Invalid payload: {error}") from error
        return payload

    def _test(self, body: bytes) -> dict[str, str]:
        if not is_truthy("ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT"):
            raise HttpError(403, "Test webhook endpoint disabled")
        token = os.environ.get("ORKET_WEBHOOK_TEST_TOKEN", "").strip()
        key = os.environ.get("ORKET_API_KEY", "").strip()
        if not token and not key:
            raise HttpError(403, "Test webhook auth not configured")
        header, expected = ("X-Webhook-Test-Token", token) if token else ("X-API-Key", key)
        if not hmac.compare_digest((self.headers.get(header) or "").encode(), expected.encode()):
            raise HttpError(401, "Invalid test webhook token" if token else "Invalid API key")
        request = self._parse(body)
        event = str(request.get("event") or "test")
        data = {"message": f"Test webhook received: {event}", "level": "info"}
        log_event("webhook", data, self.server.root)
        return self._handle(event, dict(request.get("payload") or {}))

    def _log_error(self, message: str) -> None:
        log_event("webhook", {"message": message, "level": "error"}, self.server.root)


def required_secret() -> bytes:
    """GITEA_WEBHOOK_SECRET, without which there is no server."""
    secret = os.environ.get("GITEA_WEBHOOK_SECRET", "")
    if not secret.strip():
        raise RuntimeError(
            "GITEA_WEBHOOK_SECRET environment variable is not set."
            " Configure it before starting the webhook server."
        )
    return secret.encode()


def start_server() -> int:
    """Serve until killed; the exit status otherwise."""
    root = Path.cwd()
    host = os.environ.get("ORKET_DEMO_WEBHOOK_HOST", "127.0.0.1")
    port = int(
        os.environ.get("ORKET_DEMO_WEBHOOK_PORT") or configured_port(root, "webhook_port", 8080)
    )
    if fixed_time() is None:
        data = {"message": f"Starting webhook server on {host}:{port}", "level": "info"}
        log_event("webhook_server", data, root)
    secret = required_secret()
    WebhookHandler(root)
    try:
        listener = listening_socket(host, port)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        message = f"[Errno {error.errno}] error while attempting to bind on address"
        print(f"ERROR:    {message} ('{host}', {port}): {reason}", file=sys.stderr)
        return STARTUP_FAILURE
    follow_keeper(root)
    port = listener.getsockname()[1]
    told = f"INFO:     Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)"
    print(told, file=sys.stderr, flush=True)
    WebhookServer(listener, root, secret).serve_forever()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(start_server())
    except KeyboardInterrupt:
        sys.exit(0)
