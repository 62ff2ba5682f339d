"""`.env` is read as Orket reads it, and what that reading surprises is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.target.dotenv import EnvFile, parse_env, parse_new_env, read_env


def values(text: str) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in parse_env(Path(".env"), text).values.items()}


def as_orket(text: str) -> dict[str, str]:
    """The rule of Orket's loader: a line at a time, the environment's first value stays."""
    environment: dict[str, str] = {}
    for each in text.splitlines():
        line = each.strip()
        if line and not line.startswith("#"):
            key, _, value = line.partition("=")
            environment.setdefault(key.strip(), value.strip())
    return environment


@given(st.text(st.sampled_from("AB= #\"'\n\r\x0b\u2028xé"), max_size=60))
def test_the_values_are_those_that_orket_has(text: str) -> None:
    assert values(text) == as_orket(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KEY=value", {"KEY": "value"}),
        ("  KEY = value  ", {"KEY": "value"}),
        ("KEY=a=b", {"KEY": "a=b"}),
        ('KEY="value"', {"KEY": '"value"'}),
        ("export KEY=value", {"export KEY": "value"}),
        ("KEY=value # why", {"KEY": "value # why"}),
        ("# KEY=value\n\n", {}),
        ("KEY=one\nKEY=two", {"KEY": "one"}),
        ("KEY", {"KEY": ""}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
    ],
)
def test_each_form(text: str, expected: dict[str, str]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('KEY="value"', "quotes"),
        ("KEY='value'", "quotes"),
        ("export KEY=value", "export"),
        ("KEY=value # why", "comment"),
        ("KEY=one\nKEY=two", "already set in line 1"),
        ("KEY", "no `=`"),
        ("=value", "no name"),
        ("\ufeffKEY=value", "byte order mark"),
        ("KEY=change-me-now", "placeholder"),
        ("KEY=your-key-here", "placeholder"),
    ],
)
def test_what_surprises_is_warned_of_without_the_value(text: str, words: str) -> None:
    (warning,) = parse_env(Path(".env"), text).warnings
    assert words in warning.what
    assert warning.line == text.count("\n") + 1
    assert "value" not in warning.key


def test_plain_lines_are_not_warned_of() -> None:
    assert parse_env(Path(".env"), "A=1\nB=a#b\nC=\"half\nD=it's\n").warnings == ()


def test_a_file_is_read_and_shows_no_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"KEY=canary-7f3a\xff\n")
    found = read_env(tmp_path / ".env", "old")
    assert found.values["KEY"].reveal() == "canary-7f3a\ufffd"
    assert found.lines == {"KEY": 1}
    assert "canary" not in repr(found)


def test_what_can_not_be_read_is_a_problem_in_words(tmp_path: Path) -> None:
    assert read_env(tmp_path / ".env", "old") == EnvFile(tmp_path / ".env", problem="missing")
    assert read_env(tmp_path, "old").problem == "not a regular file"


def test_the_new_version_reads_quotes_export_comments_and_the_last_of_two(tmp_path: Path) -> None:
    text = "export A=1\nB=\"two words\" # why\nA=3\nC='#4'\nD=change-me\n"
    found = parse_new_env(tmp_path / ".env", text)
    values = {name: secret.reveal() for name, secret in found.values.items()}
    assert values == {"A": "3", "B": "two words", "C": "#4", "D": "change-me"}
    assert [(w.line, w.key, w.what) for w in found.warnings] == [
        (3, "A", "overrides line 1"),
        (5, "D", "still a placeholder"),
    ]


def test_a_line_that_the_new_version_can_not_parse_is_warned_of_and_quiet(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = parse_new_env(tmp_path / ".env", "A='unclosed\nB=2\n")
    assert found.values["B"].reveal() == "2"
    assert "can't be parsed" in found.warnings[0].what
    assert capfd.readouterr() == ("", "")
