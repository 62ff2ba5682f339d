"""`log --count` and `log --patterns`: how many match, and what they come down to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]
CANARY = "canary-7f3a91"


def line(event: str, second: int, **data: Any) -> bytes:
    at = f"2026-11-23T05:{second // 60:02}:{second % 60:02}.5+00:00"
    record = {"timestamp": at, "role": "system", "event": event, "data": data}
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def root(bare_root: Path) -> Path:
    (bare_root / "workspace" / "default" / "orket.log").write_bytes(
        b"".join(line("turn_failed", n, type="E", error=f"gone {n}") for n in range(3))
        + line("turn_failed", 1200, type="E", error="\x1b]0;x\x07 [bold]")
    )
    (bare_root / "orket.log").write_bytes(
        line("webhook", 2, message="Invalid webhook signature", level="error") + b"not json\n"
    )
    return bare_root


def test_count_tells_how_many_match(console: Console, root: Path) -> None:
    run = console("log", "--count", "--filter", "level:error", "--root", str(root))
    assert (run.status, run.err) == (0, "")
    assert [row.split() for row in run.out.splitlines()] == [
        ["5", "of", "6", "records"],
        ["5", "error,", "0", "warn,", "0", "info,", "0", "debug"],
        ["4", "workspace/default/orket.log"],
        ["1", "root/orket.log"],
    ]


def test_count_as_json(console: Console, root: Path) -> None:
    run = console("log", "--count", "--until", "2026-11-23T05:00:03", "--json", "--root", str(root))
    document = json.loads(run.out)
    assert document["schema"] == "orket-console/log-count/v1"
    assert document["data"] == {
        "filter": "",
        "scanned": 6,
        "matched": 5,
        "severities": {"error": 4, "warn": 1, "info": 0, "debug": 0},
        "sources": {"workspace/default/orket.log": 3, "root/orket.log": 2},
        "problems": [],
    }


def test_patterns_come_with_counts_and_what_is_new(console: Console, root: Path) -> None:
    run = console("log", "--patterns", "--root", str(root))
    assert run.status == 0
    rows = [row.split() for row in run.out.splitlines()]
    assert rows[0][:3] == ["!", "✖", "1"]
    assert rows[0][-3:] == ["E:", "␛]N;x␇", "[bold]"]
    assert rows[1][:4] == ["✖", "3", "11-23", "05:00:00"]
    assert " ".join(rows[1]).endswith("turn_failed E: gone N")
    assert "! is new since 2026-11-23T05:10:00" in run.err


def test_patterns_since_a_moment(console: Console, root: Path) -> None:
    since = "2026-11-23T05:00:02"
    run = console("log", "--patterns", "--since", since, "--json", "--root", str(root))
    data = json.loads(run.out)["data"]
    assert data["new_since"] == "2026-11-23T05:00:02.000000Z"
    found = {each["pattern"]: each for each in data["patterns"]}
    gone = found["turn_failed E: gone N"]
    assert (gone["count"], gone["before"], gone["new"]) == (1, 2, False)
    signature = found["webhook: Invalid webhook signature"]
    assert (signature["new"], signature["severity"], signature["example"]["what"]) == (
        True,
        "error",
        "401: invalid signature",
    )
    again = console("log", "--count", "--filter", gone["filter"], "--root", str(root))
    assert again.out.startswith("3 of 6")


def test_nothing_that_matches_is_said(console: Console, root: Path) -> None:
    run = console("log", "--patterns", "--filter", "event:x", "--root", str(root))
    assert (run.status, run.out, run.err) == (0, "", "none of 6 records matches\n")


def test_a_named_file_and_one_that_is_not_there(
    console: Console, root: Path, tmp_path: Path
) -> None:
    log = tmp_path / "some.log"
    log.write_bytes(line("a", 1) + line("a", 2))
    run = console("log", str(log), "--count", "--root", str(root))
    assert run.status == 0 and run.out.startswith("2 of 2")
    run = console("log", str(tmp_path / "none.log"), "--count", "--root", str(root))
    assert run.status == 3 and "none.log is not there" in run.err


def test_without_any_log_nothing_can_be_told(console: Console, bare_root: Path) -> None:
    run = console("log", "--count", "--root", str(bare_root))
    assert run.status == 3
    assert "root/orket.log is not there" in run.err


@pytest.mark.parametrize(
    "options",
    [("--count", "--patterns"), ("--count", "--follow"), ("--patterns", "--limit", "3")],
)
def test_what_says_nothing_together_is_refused(
    console: Console, root: Path, options: tuple[str, ...]
) -> None:
    run = console("log", *options, "--root", str(root))
    assert run.status == 2 and "can't be had together" in run.err


def test_secrets_stay_out(console: Console, root: Path) -> None:
    (root / ".env").write_text(f"ORKET_API_KEY={CANARY}\n")
    with (root / "orket.log").open("ab") as log:
        log.write(line("webhook", 9, message=f"key {CANARY} refused"))
    for options in (("--patterns",), ("--patterns", "--json")):
        run = console("log", *options, "--root", str(root))
        assert "refused" in run.out and CANARY not in run.out
