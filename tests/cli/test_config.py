"""`config` shows every value in force, its origin, and no secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Console = Callable[..., Any]
CANARY = "canary-7f3a91"


def test_json_envelope(console: Console, bare_root: Path) -> None:
    run = console("config", "--json", "--root", str(bare_root))
    assert (run.status, run.err) == (0, "")
    document = run.document
    assert list(document) == ["schema", "target", "at", "data"]
    assert document["schema"] == "orket-console/config/v1"
    assert document["target"]["root"] == str(bare_root)
    assert document["at"].endswith("Z")
    items = {item["name"]: item for item in document["data"]["items"]}
    assert items["api.port"] == {"name": "api.port", "value": "8082", "origin": "default"}


def test_the_root_is_found_upward_or_named_before_the_command(
    console: Console, bare_root: Path
) -> None:
    upward = console("config", "--json", here=bare_root / "workspace" / "default")
    before = console("--root", str(bare_root), "config", "--json")
    for run in (upward, before):
        assert run.document["target"]["root"] == str(bare_root)


def test_flags_and_environment_are_named_as_origins(console: Console, bare_root: Path) -> None:
    run = console(
        "--root", str(bare_root), "--api-port", "9001", "config", ORKET_CONSOLE_UI_TIME="local"
    )
    lines = [line.split() for line in run.out.splitlines()]
    assert ["api.port", "9001", "--api-port"] in lines
    assert ["ui.time", "local", "environment", "ORKET_CONSOLE_UI_TIME"] in lines


def test_no_secret_in_any_output(console: Console, bare_root: Path) -> None:
    (bare_root / ".env").write_text(
        f"ORKET_API_KEY={CANARY}-file\nORKET_HOST={CANARY}-file\nexport GITEA_TOKEN={CANARY}-x\n"
    )
    environment = {"GITEA_ADMIN_PASSWORD": f"{CANARY}-shell", "ORKET_CONSOLE_UI_THEME": CANARY}
    for arguments in (("config",), ("config", "--json")):
        run = console(*arguments, "--root", str(bare_root), **environment)
        assert run.status == 0
        assert f"{CANARY}-" not in run.out + run.err
        assert "ORKET_API_KEY" in run.out


def test_warnings_are_shown(console: Console, bare_root: Path) -> None:
    (bare_root / ".env").write_text('ORKET_API_KEY="quoted-value"\n')
    run = console("config", "--root", str(bare_root))
    assert "warning: .env line 1, ORKET_API_KEY: the quotes are taken as part" in run.out


def test_a_hostile_file_is_shown_safely(console: Console, bare_root: Path) -> None:
    (bare_root / ".env").write_bytes(b"A\x1b]52;c;x\x07=1\n[/bold]=2\n\xff=3\n")
    run = console("config", "--root", str(bare_root))
    assert run.status == 0
    assert "\x1b" not in run.out
    assert "[/bold]" in run.out


def test_a_bad_setting_is_exit_two_and_one_line(console: Console, bare_root: Path) -> None:
    (bare_root / "orket-console.toml").write_text("[api]\nport = 0\n")
    run = console("config", "--root", str(bare_root))
    assert (run.status, run.out) == (2, "")
    assert "api.port = 0 is not a whole number from 1 to 65535" in run.err
    assert run.err.count("\n") == 1
