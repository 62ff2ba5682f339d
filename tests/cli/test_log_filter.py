"""`log --filter` speaks the language of the Log tab."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]


def line(event: str, hour: int, **data: Any) -> bytes:
    at = f"2026-11-23T{hour:02}:17:00+00:00"
    return json.dumps({"timestamp": at, "role": "r", "event": event, "data": data}).encode() + b"\n"


@pytest.fixture
def root(bare_root: Path) -> Path:
    (bare_root / "orket.log").write_bytes(
        line("webhook", 1, message="Größe", level="error")
        + line("turn_failed", 2, type="ModelTimeoutError", tokens=120)
        + line("turn_start", 3, tokens=7)
    )
    (bare_root / "orket-console.toml").write_text('[log.filters]\nbig = "data.tokens>=100"\n')
    return bare_root


@pytest.mark.parametrize(
    ("expression", "events"),
    [
        ("@big", ["turn_failed"]),
        ("@webhook or @model", ["webhook", "turn_failed"]),
        ("data.tokens<100", ["turn_start"]),
        ("größe level:error,warn", ["webhook"]),
        ("/Timeout|gr..e/", ["turn_failed"]),
        ("after:2026-11-23T02:00 before:2026-11-23T03:00", ["turn_failed"]),
        ("-(@big or event:w*)", ["turn_start"]),
        ("/(a+)+$/", []),
    ],
)
def test_filters(console: Console, root: Path, expression: str, events: list[str]) -> None:
    run = console("log", "--filter", expression, "--json", "--root", str(root))
    assert [each["event"] for each in json.loads(run.out)["data"]["records"]] == events


def test_times_are_in_the_zone_that_is_shown(console: Console, root: Path) -> None:
    both = ("--filter", "after:2026-11-23T03:00 before:2026-11-23T04:00", "--root", str(root))
    assert "turn_start" in console("log", *both, TZ="Europe/Berlin").out
    local = console("log", *both, TZ="Europe/Berlin", ORKET_CONSOLE_UI_TIME="local").out
    assert "turn_failed" in local
    assert "turn_start" not in local


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("role:r evnt:x", "unknown key evnt (filter, column 8): did you mean event?"),
        ("x /(/", "(filter, column 3)"),
        ("@nobody", "no filter is called @nobody (filter, column 1): use @api-auth @big"),
        ("after:then", "then is no time (filter, column 7): such as -15m"),
    ],
)
def test_a_mistake_is_pointed_at(console: Console, root: Path, expression: str, says: str) -> None:
    run = console("log", "--filter", expression, "--root", str(root))
    assert run.status == 2
    assert says in run.err


def test_help_explains_the_language(console: Console) -> None:
    said = console("log", "--help").out
    for part in ("data.x.y", "/regex/", "@failures", "a,b", "-15m", "turn>=3"):
        assert part in said


def test_named_filters_are_among_what_is_in_force(console: Console, root: Path) -> None:
    run = console("config", "--root", str(root))
    assert "log.filters.big" in run.out
    assert str(root / "orket-console.toml") in run.out
