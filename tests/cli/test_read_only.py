"""Read-only: every command that would start something that writes says why it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Console = Callable[..., Any]
OWN = '[[actions]]\nname = "mine"\nargv = ["touch", "made"]\neffect = "writes files"\n'
DOORS = [
    ("actions", "run", "security-canary", "--yes"),
    ("actions", "run", "smoke-gates", "--confirm", "orket"),
    ("actions", "run", "restart-api", "--confirm", "orket"),
    ("actions", "run", "halt-session", "--param", "session=abcd1234", "--yes"),
    ("actions", "run", "mine", "--yes"),
    ("actions", "restore", "20260101T000000.000000-migrations-abcd", "--confirm", "orket"),
    ("webhooks", "send", "--yes"),
]


@pytest.mark.parametrize("words", DOORS, ids=lambda words: " ".join(words[:3]))
def test_no_door_is_open(
    console: Console, bare_root: Path, own_environment: Path, words: tuple[str, ...]
) -> None:
    file = own_environment / "config" / "orket-console" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        '[[actions]]\nname = "mine"\nargv = ["touch", "made"]\neffect = "writes files"\n'
    )
    answer = console("--read-only", *words, here=bare_root)
    assert answer.status == 3
    assert "can't be run now: the console is read-only (--read-only)" in answer.err
    assert answer.out == ""
    assert not list(bare_root.rglob("made"))
    assert not list(own_environment.glob("state/orket-console/*/actions"))
