"""`replay`: the JSON that Orket's own command prints, and honest exit statuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]
HOSTILE = "[bold]x[/] \x1b]52;c;eA==\x07 \x9b2J \u202e ü"


@pytest.fixture
def turn(bare_root: Path) -> Path:
    traces = bare_root / "workspace" / "default" / "observability" / "34a2b001"
    folder = traces / "iss-02-0" / "001_lead_architect"
    folder.mkdir(parents=True)
    record = {"run_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1}
    (folder / "checkpoint.json").write_text(json.dumps(record))
    (folder / "messages.json").write_text(json.dumps([{"content": HOSTILE}]))
    (folder / "model_response.txt").write_text(HOSTILE)
    return folder


@pytest.mark.parametrize(
    "key", ["34a2b001:ISS-02-0:1", "34a2b001:iss-02-0:1", "34a2b001:ISS-02-0:1:architect"]
)
def test_stdout_is_the_document_and_nothing_else(
    console: Console, bare_root: Path, turn: Path, key: str
) -> None:
    run = console("replay", key, "--root", str(bare_root))
    assert (run.status, run.err) == (0, "")
    assert json.loads(run.out) == {
        "turn_dir": str(turn),
        "checkpoint": {"run_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1},
        "messages": [{"content": HOSTILE}],
        "model_response": HOSTILE,
        "parsed_tool_calls": None,
    }
    for payload in ("\x1b", "\x07", "\x9b", "\u202e"):
        assert payload not in run.out


def test_json_puts_the_document_into_the_envelope(
    console: Console, bare_root: Path, turn: Path
) -> None:
    run = console("replay", "34a2b001:ISS-02-0:1", "--json", "--root", str(bare_root))
    document = run.document
    assert document["schema"] == "orket-console/replay/v1"
    assert document["data"]["checkpoint"]["issue_id"] == "ISS-02-0"
    assert document["data"]["turn_dir"] == str(turn)


@pytest.mark.parametrize(
    ("key", "status", "told"),
    [
        ("34a2b001:ISS-02-0:abc", 2, "turn 'abc' is not a number"),
        ("34a2b001:ISS-02-0", 2, "is no turn key"),
        ("", 2, "is no turn key"),
        ("34a2b001:../..:1", 2, "refused"),
        ("34a2b002:ISS-02-0:1", 1, "there is 34a2b001"),
        ("34a2b001:ISS-02-1:1", 1, "there is iss-02-0"),
        ("34a2b001:ISS-02-0:2", 1, "there is 34a2b001:iss-02-0:1:lead_architect"),
        ("34a2b001:ISS-02-0:1:coder", 1, "no turn 1 of coder"),
    ],
)
@pytest.mark.usefixtures("turn")
def test_a_key_that_can_t_be_replayed_never_exits_0(
    console: Console, bare_root: Path, key: str, status: int, told: str
) -> None:
    run = console("replay", key, "--root", str(bare_root))
    assert (run.status, run.out) == (status, "")
    assert len(run.err.splitlines()) == 1
    assert told in run.err


def test_a_corrupt_checkpoint_exits_1(console: Console, bare_root: Path, turn: Path) -> None:
    (turn / "checkpoint.json").write_text('{"run_id": ')
    run = console("replay", "34a2b001:ISS-02-0:1", "--root", str(bare_root))
    assert (run.status, run.out) == (1, "")
    assert "checkpoint.json can't be replayed, not JSON" in run.err


def test_secrets_of_the_installation_are_not_printed(
    console: Console, bare_root: Path, turn: Path
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    (turn / "model_response.txt").write_text("the key is canary-7f3a91")
    for arguments in ((), ("--json",)):
        run = console("replay", "34a2b001:iss-02-0:1", "--root", str(bare_root), *arguments)
        assert run.status == 0
        assert "canary" not in run.out
