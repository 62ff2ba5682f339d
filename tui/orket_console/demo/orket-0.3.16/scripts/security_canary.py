"""Security canary: the API refuses a call without a key, the webhook server one unsigned.

Both are asked on scratch ports of their own. As with the real one, a "Missing webhook
signature" line is left in the root's log.
"""

from __future__ import annotations

import os
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from orket.api import ApiServer  # noqa: E402 (the root has to be on the path first)
from orket.web import JsonServer, listening_socket  # noqa: E402
from orket.webhook_server import WebhookServer  # noqa: E402


def status_of(server: JsonServer, path: str, body: bytes | None = None) -> int:
    """The status with which a running server answers."""
    url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, data=body, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def expect(server: JsonServer, path: str, status: int, body: bytes | None = None) -> None:
    """Fail unless `path` answers `status`."""
    seen = status_of(server, path, body)
    if seen != status:
        raise RuntimeError(f"Expected {status} for {path}, got {seen}")


def main() -> None:
    """Both canaries."""
    for name in ("ORKET_API_KEY", "ORKET_WEBHOOK_TEST_TOKEN", "ORKET_ALLOW_INSECURE_NO_API_KEY"):
        os.environ.pop(name, None)
    os.environ["ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT"] = "false"
    os.environ["GITEA_ADMIN_PASSWORD"] = "canary"
    api = ApiServer(listening_socket("127.0.0.1", 0), Path.cwd())
    webhook = WebhookServer(listening_socket("127.0.0.1", 0), Path.cwd(), b"canary")
    for server in (api, webhook):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("[security-canary] Running API auth canary")
    expect(api, "/v1/version", 403)
    print("[security-canary] Running webhook signature canary")
    expect(webhook, "/webhook/gitea", 401, b'{"action": "opened", "number": 1}')
    expect(webhook, "/webhook/test", 403, b'{"event": "pull_request_review"}')
    print("[security-canary] SUCCESS")


if __name__ == "__main__":
    main()
