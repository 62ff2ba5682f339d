"""Which command line is whose server."""

from __future__ import annotations

from pathlib import Path

import pytest

from orket_console.target.servers import API, SERVERS, WEBHOOK, Server

ROOT = Path("/srv/orket")


@pytest.mark.parametrize(
    ("command", "server"),
    [
        ("/srv/orket/.venv/bin/python server.py", API),
        ("python3.11 -u -X dev ./server.py --port 8083", API),
        ("python /srv/orket/server.py", API),
        ("python -m uvicorn --port 8082 server:app", API),
        ("python /srv/orket/.venv/bin/uvicorn server:app", API),
        ("python -m orket.webhook_server", WEBHOOK),
        ("python -m uvicorn orket.webhook_server:app", WEBHOOK),
        ("python -m http.server server.py", None),
        ("python -m pytest server.py", None),
        ("python /srv/other/server.py", None),
        ("python tools/server.py", None),
        ("python -c server.py", None),
        ("python -m", None),
        ("vi server.py", None),
        ("less server:app", None),
        ("", None),
    ],
)
def test_a_server_is_known_by_what_its_interpreter_runs(
    command: str, server: Server | None
) -> None:
    words = command.split()
    assert [one for one in SERVERS.values() if one.is_started_by(words, ROOT)] == (
        [server] if server else []
    )


def test_what_health_says_tells_whose_it_is() -> None:
    assert API.own_body({"status": "ok", "organization": "Orket"}, "old")
    assert API.own_body({"status": "ok"}, "new")
    assert not API.own_body({"status": "ok"}, "old")
    assert not API.own_body({"status": "ok", "organization": "another"}, "new")
    assert WEBHOOK.own_body({"status": "healthy"}, "old")
    assert WEBHOOK.own_body({"status": "healthy", "webhook_rate_limit_per_minute": 60}, "new")
    assert not WEBHOOK.own_body(["healthy"], "new")
