"""Settings are laid over one another, and each says where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.target.dotenv import EnvFile
from orket_console.target.settings import SETTINGS, Scalar, Settings, load_settings


def load(
    tmp_path: Path,
    root: str = "",
    user: str = "",
    environment: dict[str, str] | None = None,
    flags: dict[str, Scalar] | None = None,
) -> Settings:
    for name, content in (("orket-console.toml", root), ("user.toml", user)):
        if content:
            (tmp_path / name).write_text(content)
    env = EnvFile(tmp_path / ".env")
    return load_settings(tmp_path, tmp_path / "user.toml", env, environment or {}, flags or {})


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.whole("api.port"), settings.origin("api.port")) == (8082, "default")
    assert settings.seconds("health.interval") == 5.0
    assert settings.truth("ui.read_only") is False
    assert settings.text("ui.time") == "utc"


def test_a_word_is_known_in_any_case(tmp_path: Path) -> None:
    assert load(tmp_path, root="[ui]\ntime = 'Local'").text("ui.time") == "local"


def test_each_layer_wins_over_those_before_it(tmp_path: Path) -> None:
    environment = {"ORKET_PORT": "1001"}
    seen = [load(tmp_path, environment=environment)]
    seen.append(load(tmp_path, root="[api]\nport = 1002", environment=environment))
    seen.append(load(tmp_path, user="[api]\nport = 1003", environment=environment))
    environment["ORKET_CONSOLE_API_PORT"] = "1004"
    seen.append(load(tmp_path, environment=environment))
    seen.append(load(tmp_path, environment=environment, flags={"api.port": 1005}))
    assert [(s.whole("api.port"), s.origin("api.port")) for s in seen] == [
        (1001, "environment ORKET_PORT"),
        (1002, str(tmp_path / "orket-console.toml")),
        (1003, str(tmp_path / "user.toml")),
        (1004, "environment ORKET_CONSOLE_API_PORT"),
        (1005, "--api-port"),
    ]


@pytest.mark.parametrize(
    ("key", "value", "option"),
    [
        ("ui.read_only", True, "--read-only"),
        ("api.port", 1, "--api-port"),
        ("webhook.port", 1, "--webhook-port"),
        ("target.python", "/usr/bin/python3", "--python"),
    ],
)
def test_a_flag_is_named_as_it_is_typed(
    tmp_path: Path, key: str, value: Scalar, option: str
) -> None:
    assert load(tmp_path, flags={key: value}).origin(key) == option


@pytest.mark.parametrize(
    ("word", "truth"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("off", False)]
)
def test_words_for_true_and_false(tmp_path: Path, word: str, truth: bool) -> None:
    settings = load(tmp_path, environment={"ORKET_CONSOLE_UI_READ_ONLY": word})
    assert settings.truth("ui.read_only") is truth


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[api]\nport = 0", "api.port"),
        ("[ui]\ntime = 'locale'", "ui.time = 'locale' is not utc or local"),
        ("[api]\nport = 70000", "api.port"),
        ("[api]\nport = true", "api.port"),
        ('[api]\nport = "x"', "api.port"),
        ("[api]\nhost = 7", "api.host"),
        ("[health]\ninterval = -1", "health.interval"),
        ("[health]\ninterval = nan", "health.interval"),
        ('[health]\ninterval = "soon"', "health.interval"),
        ('[ui]\nread_only = "perhaps"', "ui.read_only"),
        ("[api]\nprot = 1", "api.prot"),
        ("port = 1", "port"),
        ("[api\n", "not TOML"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
    ids=lambda value: value[:20],
)
def test_a_bad_file_or_value_is_one_line_that_names_it(
    tmp_path: Path, content: str, named: str
) -> None:
    with pytest.raises(ConsoleError) as refusal:
        load(tmp_path, root=content)
    assert refusal.value.exit_code is ExitCode.USAGE
    assert named in str(refusal.value)
    assert str(tmp_path / "orket-console.toml") in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_settings_file_that_is_no_text_or_no_file(tmp_path: Path) -> None:
    (tmp_path / "orket-console.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConsoleError, match="not TOML"):
        load(tmp_path)
    (tmp_path / "orket-console.toml").unlink()
    (tmp_path / "orket-console.toml").mkdir()
    with pytest.raises(ConsoleError, match="not a regular file"):
        load(tmp_path)


def test_every_setting_has_a_variable_of_its_own(tmp_path: Path) -> None:
    variables = [setting.variable for setting in SETTINGS]
    assert len(set(variables)) == len(variables)
    assert "ORKET_CONSOLE_UI_READ_ONLY" in variables
