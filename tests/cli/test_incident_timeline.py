"""`incident timeline`: spans, filters, limits, exit status and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]


@pytest.fixture
def root(bare_root: Path) -> str:
    lines = [
        {"timestamp": f"2026-11-23T05:00:0{n}+00:00", "role": "r", "event": "turn_failed"}
        for n in range(5)
    ]
    log = bare_root / "workspace" / "default" / "orket.log"
    log.write_text("".join(json.dumps({**line, "data": {"error": "x"}}) + "\n" for line in lines))
    return str(bare_root)


def test_the_last_entries_of_a_span(console: Console, root: str) -> None:
    run = console("incident", "timeline", "--root", root, "--limit", "2")
    assert run.status == 0
    assert [line[:19] for line in run.out.splitlines()] == [
        "2026-11-23 05:00:03",
        "2026-11-23 05:00:04",
    ]
    assert "[workspace/default/orket.log:5]" in run.out
    assert "more before it" in run.err
    span = ("--since", "2026-11-23T05:00:01Z", "--until", "2026-11-23T05:00:03Z")
    data = console("incident", "timeline", "--root", root, *span, "--json").document["data"]
    assert [one["at"][17:19] for one in data["entries"]] == ["01", "02", "03"]
    assert data["more"] is False
    assert data["entries"][0]["ref"]["kind"] == "log"


def test_filters_and_what_is_not_there(console: Console, root: str) -> None:
    run = console("incident", "timeline", "--root", root, "--filter", "nowhere")
    assert (run.status, run.out) == (0, "")
    assert "nothing happened" in run.err
    assert console("incident", "timeline", "--root", root, "--kind", "note").out == ""
    assert console("incident", "timeline", "--root", root, "--kind", "rumour").status == 2
    assert console("incident", "timeline", "--root", root, "--incident", "4").status == 2
    both = ("--since", "-1m", "--until", "-5m")
    assert console("incident", "timeline", "--root", root, *both).status == 2
