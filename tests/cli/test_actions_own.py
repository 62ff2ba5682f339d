"""The operator's own commands from the command line: listed, accepted, run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]
FILE = """
[[actions]]
name = "hello"
title = "Hello"
argv = ["{python}", "-c", "print('hello')"]
effect = "reads"

[[actions]]
name = "broken"
"""

pytestmark = pytest.mark.usefixtures("no_action_outlives")


@pytest.fixture
def actions(console: Console, bare_root: Path) -> Console:
    (bare_root / "orket-console.toml").write_text(FILE)

    def run(*words: str) -> Any:
        return console("--python", sys.executable, "actions", *words, here=bare_root)

    return run


def test_they_are_listed_and_a_wrong_one_is_named_on_stderr(actions: Console) -> None:
    answer = actions("list")
    assert answer.status == 0
    assert "hello" in answer.out
    assert "[[actions]] line 8 (broken), table: Object missing required field" in answer.err
    assert answer.err.count("\n") == 1


def test_those_of_the_installation_want_its_name_before_they_run(
    console: Console, actions: Console, bare_root: Path, own_environment: Path
) -> None:
    file = bare_root / "orket-console.toml"
    refused = actions("run", "hello")
    assert refused.status == 3
    assert "was not accepted yet: `orket-console actions accept`" in refused.err
    unasked = actions("accept", "--yes")
    assert unasked.status == 2
    assert "its commands will be run as you: add --confirm orket" in unasked.err
    accepted = actions("accept", "--confirm", "orket", "--json")
    assert accepted.status == 0
    assert accepted.document["data"]["commands"] == [
        {
            "name": "hello",
            "effect": "reads",
            "command": f"{sys.executable} -c 'print('\"'\"'hello'\"'\"')'",
        }
    ]
    answer = actions("run", "hello")
    assert answer.status == 0
    assert "exit status 0: hello" in answer.out
    assert f"declared  {file}, [[actions]] line 2" in actions("show", "hello").out
    (trail,) = own_environment.glob("state/orket-console/*/audit.jsonl")
    kept = [json.loads(line) for line in trail.read_text().splitlines()]
    (line,) = (record for record in kept if record["kind"] == "accepted")
    assert (line["file"], len(line["sha256"])) == (str(file), 64)
    shown = console("audit", "show", here=bare_root).out
    assert f"accepted  accept  {line['user']}@{line['host']}" in shown
    assert f"file: {file}" in shown
    file.write_text(FILE.replace("print('hello')", "print('other')"))
    assert actions("run", "hello").status == 3


def test_where_nothing_is_declared_there_is_nothing_to_accept(
    console: Console, bare_root: Path
) -> None:
    answer = console("actions", "accept", here=bare_root)
    assert answer.status == 2
    assert "the installation declares no commands" in answer.err
