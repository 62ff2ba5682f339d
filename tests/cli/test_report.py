"""`report` prints the failure report, and writes it whole where it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]
FIVE = ["events", "failure_by_type", "non_progress_by_role", "guard_outcomes", "retry_triggered"]


@pytest.fixture
def log(bare_root: Path) -> Path:
    path = bare_root / "workspace" / "default" / "orket.log"
    path.write_bytes(
        b'{"event": "turn_failed", "data": {"type": "[red]E[/red]"}}\n'
        b"[1]\n"
        b'{"event": "retry_triggered"}\n'
    )
    return path


def test_the_five_keys_come_first(console: Console, bare_root: Path, log: Path) -> None:
    run = console("report", "--json", "--root", str(bare_root))
    data = run.document["data"]
    assert run.status == 0
    assert list(data)[:5] == FIVE
    assert [data[key] for key in FIVE] == [
        {"turn_failed": 1, "retry_triggered": 1}, {"[red]E[/red]": 1}, {}, {}, 1
    ]  # fmt: skip
    assert data["logs"][0]["upstream_stops"] == {
        "line": 2, "offset": 59, "what": "JSON list, not an object"
    }  # fmt: skip


def test_text_is_readable_and_literal(console: Console, bare_root: Path, log: Path) -> None:
    run = console("report", "--root", str(bare_root))
    assert run.status == 0
    assert "workspace/default/orket.log: 3 lines" in run.out
    assert "turn_failed by type: [red]E[/red] 1" in run.out
    assert "line 2 (byte 59): JSON list, not an object" in run.out
    assert "root/orket.log is missing" in run.err


def test_a_missing_log_is_exit_3_with_the_five_keys_empty(
    console: Console, bare_root: Path
) -> None:
    run = console("report", "--json", "--root", str(bare_root))
    assert run.status == 3
    assert [run.document["data"][key] for key in FIVE] == [{}, {}, {}, {}, 0]
    assert "workspace/default/orket.log is missing" in run.err
    assert "upstream's script answers with an empty report and exit status 0" in run.err


def test_log_names_another_log_from_here(console: Console, bare_root: Path, tmp_path: Path) -> None:
    (tmp_path / "other.log").write_bytes(b'{"event": "guard_approved"}\n')
    run = console("report", "--json", "--root", str(bare_root), "--log", "other.log")
    assert (run.status, run.document["data"]["guard_outcomes"]) == (0, {"guard_approved": 1})


def test_out_is_the_report_as_a_file(
    console: Console, bare_root: Path, log: Path, tmp_path: Path
) -> None:
    run = console("report", "--root", str(bare_root), "--out", "new/report.json")
    assert run.status == 0
    written = json.loads((tmp_path / "new" / "report.json").read_text())
    assert list(written)[:5] == FIVE
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["report.json"]


def test_out_that_cannot_be_written_says_so_and_leaves_nothing(
    console: Console, bare_root: Path, log: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    run = console("report", "--root", str(bare_root), "--out", "file/report.json")
    assert run.status == 3
    assert "could not be written" in run.err
    assert (tmp_path / "file").read_text() == "x"


def test_several_logs_since_a_moment(console: Console, bare_root: Path, tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(
            b'{"timestamp": "2026-02-27T10:00:00+00:00", "event": "turn_failed"}\n'
            b'{"timestamp": "2026-02-27T11:00:00+00:00", "event": "retry_triggered"}\n'
        )
    arguments = ("--log", "a.log", "--log", "b.log", "--since", "2026-02-27T10:30")
    run = console("report", "--json", "--root", str(bare_root), *arguments)
    assert run.document["data"]["events"] == {"retry_triggered": 2}
    assert run.document["data"]["retries"][0]["filter"] == "event:retry_triggered"
    told = console("report", "--root", str(bare_root), *arguments)
    assert "2 older lines are not counted" in told.out


def test_markdown_is_literal(console: Console, bare_root: Path, log: Path) -> None:
    log.write_bytes(
        b'{"event": "turn_failed", "data": {"type": "<b>|x|", "error": "`a` [b](c)"}}\n'
    )
    run = console("report", "--markdown", "--root", str(bare_root))
    assert run.status == 0
    assert "## Failures by what they say" in run.out
    assert r"| 1 | turn\_failed \<b\>\|x\|: \`a\` \[b\]\(c\) | line 1 |" in run.out


def test_a_moment_that_is_none_is_usage(console: Console, bare_root: Path, log: Path) -> None:
    run = console("report", "--root", str(bare_root), "--since", "soon")
    assert (run.status, "'soon' is no time" in run.err) == (2, True)


def test_upstream_is_what_its_script_prints(
    console: Console, bare_root: Path, log: Path, tmp_path: Path
) -> None:
    run = console("report", "--upstream", "--root", str(bare_root), "--out", "five.json")
    assert json.loads(run.out) == {
        "events": {"turn_failed": 1, "retry_triggered": 1},
        "failure_by_type": {"[red]E[/red]": 1},
        "non_progress_by_role": {},
        "guard_outcomes": {},
        "retry_triggered": 1,
    }
    assert json.loads((tmp_path / "five.json").read_text()) == json.loads(run.out)
    assert run.status == 0
