"""API server of the demo installation: `python server.py` in the root.

Listens on ORKET_HOST and ORKET_PORT of the process's environment; only then is `.env` read, and
it overrides nothing. Exits 3 when the port is taken, as the real one does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orket.api import ApiServer
from orket.keeper import follow_keeper
from orket.log import log_event
from orket.settings import configured_port, load_env_file
from orket.web import listening_socket

STARTUP_FAILURE = 3


def main() -> int:
    """Serve until killed; the exit status otherwise."""
    root = Path.cwd()
    host = os.environ.get("ORKET_HOST", "127.0.0.1")
    port = int(os.environ.get("ORKET_PORT") or configured_port(root, "api_port", 8082))
    print(f"INFO:     Will watch for changes in these directories: ['{root}']", file=sys.stderr)
    try:
        listener = listening_socket(host, port)
    except OSError as error:
        message = f"[Errno {error.errno}] {os.strerror(error.errno or 0)}"
        print(f"ERROR:    {message}", file=sys.stderr)
        log_event("api_server", {"message": message, "level": "error"}, root)
        return STARTUP_FAILURE
    load_env_file(root / ".env")
    follow_keeper(root)
    server = ApiServer(listener, root)
    server.log_security_posture()
    port = listener.getsockname()[1]
    told = f"INFO:     Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)"
    print(told, file=sys.stderr, flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
