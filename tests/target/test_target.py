"""One installation with its settings, its state folder and its secrets."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.target.effective import effective
from orket_console.target.state import crash_folder, state_folder, user_config_file
from orket_console.target.target import Target, is_secret_name

TargetOf = Callable[..., Target]


def test_databases_lie_under_the_durable_root(bare_root: Path, target_of: TargetOf) -> None:
    target = target_of(bare_root)
    assert target.layout.webhook_db == bare_root / ".orket" / "durable" / "db" / "webhook.db"
    assert target.runtime_db.path.name == "orket_persistence.db"
    assert target.runtime_db.copies == target.state.copies


def test_the_durable_root_from_env_file_environment_and_setting(
    bare_root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_root / ".env").write_text("ORKET_DURABLE_ROOT=data\n")
    assert target_of(bare_root).layout.durable == bare_root / "data"
    monkeypatch.setenv("ORKET_DURABLE_ROOT", "/var/lib/orket")
    assert target_of(bare_root).layout.durable == Path("/var/lib/orket")
    monkeypatch.delenv("ORKET_DURABLE_ROOT")
    (bare_root / ".env").write_text("ORKET_DURABLE_ROOT=\n")
    assert target_of(bare_root).layout.durable == bare_root / ".orket" / "durable"
    flags = {"target.durable_root": "mine"}
    assert target_of(bare_root, flags).layout.durable == bare_root / "mine"


def test_a_tilde_that_orket_takes_literally_is_taken_literally(
    bare_root: Path, target_of: TargetOf
) -> None:
    (bare_root / ".env").write_text("ORKET_DURABLE_ROOT=~/data\n")
    assert target_of(bare_root).layout.durable == bare_root / "~" / "data"


def test_the_new_version_keeps_its_webhook_database_in_the_root(
    bare_root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_root / ".env").write_text("ORKET_DURABLE_ROOT=data\n")
    assert target_of(bare_root).layout.webhook_db == bare_root / "data" / "db" / "webhook.db"
    (bare_root / "scripts" / "governance").mkdir(parents=True)
    target = target_of(bare_root)
    assert target.layout.webhook_db == bare_root / ".orket" / "durable" / "db" / "webhook.db"
    assert target.layout.runtime_db == bare_root / "data" / "db" / "orket_persistence.db"
    monkeypatch.setenv("ORKET_DURABLE_ROOT", "other")
    target = target_of(bare_root)
    assert target.layout.webhook_db == bare_root / ".orket" / "durable" / "db" / "webhook.db"
    assert target.layout.runtime_db == bare_root / "other" / "db" / "orket_persistence.db"
    target = target_of(bare_root, {"target.durable_root": "mine"})
    assert target.layout.webhook_db == bare_root / "mine" / "db" / "webhook.db"


def test_a_variable_of_the_environment_wins_over_the_env_file(
    bare_root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=from-file\n")
    target = target_of(bare_root)
    assert target.variable("GITEA_URL") is None
    found = target.variable("ORKET_API_KEY")
    assert found is not None
    assert (found[0].reveal(), found[1]) == ("from-file", ".env")
    monkeypatch.setenv("ORKET_API_KEY", "from-shell")
    found = target_of(bare_root).variable("ORKET_API_KEY")
    assert found is not None
    assert (found[0].reveal(), found[1]) == ("from-shell", "environment")


def test_the_env_file_is_read_anew(bare_root: Path, target_of: TargetOf) -> None:
    target = target_of(bare_root)
    assert target.reread_env().problem == "missing"
    (bare_root / ".env").write_text("ORKET_API_KEY=mended\n")
    assert target.reread_env().values["ORKET_API_KEY"].reveal() == "mended"


def test_the_redactor_knows_secrets_of_file_and_environment(
    bare_root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=file-canary\nORKET_HOST=host-name\n")
    monkeypatch.setenv("GITEA_ADMIN_PASSWORD", "shell-canary")
    shown = target_of(bare_root).redactor().redact("file-canary shell-canary host-name")
    assert shown == "••• ••• host-name"


def test_the_redactor_knows_what_is_secret_in_urls(
    bare_root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_root / ".env").write_text("GITEA_URL=https://admin:can%2Fary@gitea:3000/x\n")
    monkeypatch.setenv("MIRROR", "http://0123456789abcdef01@host, and more")
    target = target_of(bare_root, {"escalation.gitea": "http://bot:canary7@gitea"})
    redact = target.redactor().redact
    assert redact("can%2Fary can/ary canary7") == "••• ••• •••"
    assert redact("http://0123456789abcdef01@host") == "http://•••@host"
    assert redact("https://admin:x@gitea:3000/x") == "https://admin:x@gitea:3000/x"


@pytest.mark.parametrize("name", ["ORKET_API_KEY", "gitea_webhook_secret", "X_TOKEN", "DB_PASS"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert not is_secret_name("ORKET_HOST")


def test_each_root_has_a_state_folder_of_its_own(tmp_path: Path) -> None:
    one = state_folder(tmp_path / "a" / "orket", "")
    two = state_folder(tmp_path / "b" / "orket", "")
    assert one.path != two.path
    assert one.path.name.startswith("orket-")
    assert state_folder(tmp_path / "a" / "orket", str(tmp_path / "s")).path.parent == tmp_path / "s"
    assert state_folder(Path("/"), "").path.name.startswith("root-")
    assert state_folder(Path("/a/x y\x1b\udcff"), "").path.name.isascii()


def test_the_state_folder_is_made_private_when_it_is_wanted(
    bare_root: Path, target_of: TargetOf
) -> None:
    state = target_of(bare_root).state
    assert not state.path.exists()
    made = state.made()
    assert made.stat().st_mode & 0o777 == 0o700
    assert all(
        path.is_relative_to(made)
        for path in (state.actions, state.audit, state.copies, state.exports)
    )


def test_state_and_settings_lie_outside_the_installation(bare_root: Path) -> None:
    home = Path(os.environ["HOME"])
    for path in (state_folder(bare_root, "").path, user_config_file(), crash_folder()):
        assert path.is_relative_to(home)


def test_effective_values_show_no_secret(bare_root: Path, target_of: TargetOf) -> None:
    (bare_root / ".env").write_text('ORKET_API_KEY="canary-7f3a"\nORKET_PORT=9000\n')
    found = effective(target_of(bare_root))
    assert "canary" not in repr(found)
    assert [(entry.name, entry.line) for entry in found.env] == [
        ("ORKET_API_KEY", 1),
        ("ORKET_PORT", 2),
    ]
    assert any("quotes" in warning for warning in found.warnings)
    assert any("ORKET_PORT: server.py reads it" in warning for warning in found.warnings)
    items = {item.name: (item.value, item.origin) for item in found.items}
    assert items["root"] == (str(bare_root), "--root")
    assert items["durable root"] == (str(bare_root / ".orket" / "durable"), "default")
    assert items["api.port"] == ("8082", "default")


def test_looking_writes_nothing_into_the_installation(bare_root: Path, target_of: TargetOf) -> None:
    before = sorted(bare_root.rglob("*"))
    effective(target_of(bare_root))
    assert sorted(bare_root.rglob("*")) == before


def test_only_the_new_versions_server_takes_its_port_from_the_env_file(
    bare_root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_root / ".env").write_text("ORKET_PORT=9001\n")
    assert target_of(bare_root).api_url == "http://127.0.0.1:8082"
    (bare_root / "scripts" / "governance").mkdir(parents=True)
    target = target_of(bare_root)
    assert target.api_url == "http://127.0.0.1:9001"
    assert target.settings.origin("api.port") == ".env ORKET_PORT"
    monkeypatch.setenv("ORKET_PORT", "9002")
    assert target_of(bare_root).api_url == "http://127.0.0.1:9002"
