"""HTTP with JSON answers, in the shape that the real servers give them."""

from __future__ import annotations

import json
import os
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

READ_LIMIT = 8 * 1024 * 1024


class HttpError(Exception):
    """An answer that is not 200: `{"detail": …}`."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def listening_socket(host: str, port: int) -> socket.socket:
    """The socket handed over in ORKET_DEMO_LISTEN_FD if it is on this port, else a new one."""
    inherited = os.environ.pop("ORKET_DEMO_LISTEN_FD", "")
    if inherited:
        listener = socket.socket(fileno=int(inherited))
        if listener.getsockname()[1] == port:
            return listener
        listener.close()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener


class JsonServer(ThreadingHTTPServer):
    """A threading server on a socket that already listens."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


class JsonHandler(BaseHTTPRequestHandler):
    """Reads one request and sends compact JSON; says nothing on the terminal."""

    protocol_version = "HTTP/1.1"
    server_version = "uvicorn"
    sys_version = ""
    timeout = 20

    def version_string(self) -> str:
        """The `server` header."""
        return self.server_version

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """No access log."""

    def read_body(self) -> bytes:
        """The request's body; one over READ_LIMIT is not read to its end."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > READ_LIMIT:
            self.close_connection = True
        return self.rfile.read(min(length, READ_LIMIT))

    def send_json(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        """`value` as one JSON document."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        self._send(status, body, "application/json", headers or {})

    def send_internal_error(self) -> None:
        """What an exception that nothing caught looks like from outside."""
        self._send(500, b"Internal Server Error", "text/plain; charset=utf-8", {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
