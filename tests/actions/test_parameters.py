"""No value of a parameter becomes an option, a way out of the root, or a second argument."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions.parameters import Kind, Parameter, ParameterError, check, checked
from orket_console.base.text import clean

PATH = Parameter("out", Kind.PATH, "--out", "where")
TURN = Parameter("key", Kind.TURN, "--replay-turn", "which", required=True)
FLAG = Parameter("skip-docker", Kind.FLAG, "--skip-docker", "without")
ROOT = Path("/nowhere/orket")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("--rootdir=/", "looks like an option"),
        ("-x", "looks like an option"),
        ("../..", "leads out"),
        ("a/../../b", "leads out"),
        ("/etc/passwd", "absolute"),
        ("a\0b", "NUL"),
        ("a\nb", "line break"),
        ("a\rb", "line break"),
        ("a b", "not allowed"),
        ("a;rm -rf", "not allowed"),
        ("$(id)", "not allowed"),
        ("a\x1b[2J", "not allowed"),
        ("x" * 301, "longer than"),
    ],
)
def test_a_path_that_is_refused(value: str, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason) as refusal:
        check(PATH, value, ROOT)
    assert refusal.value.exit_code == 2
    assert "\x1b" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("--rootdir=/", "SESSION:ISSUE:TURN"),
        ("--rootdir=/:a:1", "looks like an option"),
        ("../..:a:1", "'/' is not allowed"),
        ("..:a:1", "no name"),
        ("a:..:1", "no name"),
        ("/etc:a:1", "'/' is not allowed"),
        ("s:a\0:1", "NUL"),
        ("s:a\n:1", "line break"),
        ("s:a:1\n", "line break"),
        ("s:a:b", "the turn is a number"),
        ("s:a:-1", "the turn is a number"),
        ("s:a:٣", "the turn is a number"),
        ("s:a", "SESSION:ISSUE:TURN"),
        ("s:a:1:r:x", "SESSION:ISSUE:TURN"),
        (":a:1", "empty"),
        ("s:a:1:", "empty"),
    ],
)
def test_a_turn_that_is_refused(value: str, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        check(TURN, value, ROOT)


@pytest.mark.parametrize(
    ("given_key", "key"),
    [
        ("34a2b001:ISS-02-0:1", "34a2b001:iss-02-0:1"),
        ("34a2b001:iss-02-0:1:lead_architect", "34a2b001:iss-02-0:1:lead_architect"),
        ("s.1:My Issue:22", "s.1:my_issue:22"),
    ],
)
def test_a_turn_names_the_issue_as_its_folder_does(given_key: str, key: str) -> None:
    assert check(TURN, given_key, ROOT) == key


@given(st.text(max_size=40))
def test_an_accepted_path_is_one_name_below_the_root(value: str) -> None:
    try:
        path = check(PATH, value, ROOT)
    except ParameterError:
        return
    assert path == value
    assert not path.startswith(("-", "/"))
    assert ".." not in path.split("/")
    assert path.isprintable()
    assert PATH.arguments(path) == (["--out", path] if path else [])


@given(st.text(alphabet=st.characters(), max_size=30))
def test_an_accepted_turn_has_no_way_out(value: str) -> None:
    try:
        key = check(TURN, value, ROOT)
    except ParameterError:
        return
    if key:
        assert "/" not in key
        assert not key.startswith("-")
        assert ".." not in key.split(":")


def test_a_path_through_a_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "away").symlink_to(tmp_path)
    with pytest.raises(ParameterError, match="link"):
        check(PATH, "away/report.json", root)
    assert check(PATH, "new/report.json", root) == "new/report.json"


@pytest.mark.parametrize(
    ("word", "arguments"),
    [("yes", ["--skip-docker"]), ("1", ["--skip-docker"]), ("off", []), ("", [])],
)
def test_a_flag(word: str, arguments: list[str]) -> None:
    assert FLAG.arguments(check(FLAG, word, ROOT)) == arguments


def test_a_flag_is_yes_or_no() -> None:
    with pytest.raises(ParameterError, match="yes or no"):
        check(FLAG, "perhaps", ROOT)


def test_defaults_stand_in_and_unknown_names_are_refused() -> None:
    assert checked((PATH, FLAG), {"out": "a.json"}, ROOT) == {"out": "a.json", "skip-docker": "no"}
    with pytest.raises(ParameterError, match="known: out, skip-docker"):
        checked((PATH, FLAG), {"exec": "x"}, ROOT)
    with pytest.raises(ParameterError, match="has none"):
        checked((), {"exec": "x"}, ROOT)


CHOICE = ("runs", "cards")
HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        "-x",
        "--a=b",
        "..",
        "../a",
        "a/../b",
        "a\\..\\b",
        "a\0b",
        "a\nb",
        "a\u202eb",
        "\x1b[2J",
        "\ud800",
    ]
)


@given(HOSTILE, st.sampled_from([kind for kind in Kind if kind is not Kind.FILE]))
def test_nothing_that_is_taken_is_an_option_two_lines_or_a_way_out(value: str, kind: Kind) -> None:
    parameter = Parameter("any", kind, "", "any", choices=CHOICE)
    try:
        taken = check(parameter, value, ROOT)
    except ParameterError as refusal:
        assert refusal.reason
        assert "\n" not in str(refusal)
        return
    assert not taken.startswith("-")
    assert clean(taken) == taken
    assert "\n" not in taken
    assert ".." not in taken.replace("\\", "/").replace(":", "/").split("/")


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (Kind.TEXT, "--config=x", "looks like an option"),
        (Kind.TEXT, "a/../../b", "leads out"),
        (Kind.TEXT, "a\0b", "NUL"),
        (Kind.TEXT, "a\u202eb", "control character"),
        (Kind.NUMBER, "1e9", "no number"),
        (Kind.NUMBER, "-1", "no number"),
        (Kind.NUMBER, "١", "no number"),
        (Kind.CHOICE, "Runs", "one of runs, cards"),
        (Kind.RECORD, "../20260101", "'/' is not allowed"),
        (Kind.RECORD, "..", "no name"),
        (Kind.RECORD, "--all", "looks like an option"),
    ],
)
def test_each_kind_says_what_it_refuses(kind: Kind, value: str, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        check(Parameter("any", kind, "", "any", choices=CHOICE), value, ROOT)
