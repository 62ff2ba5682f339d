from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import TurnRef
from orket_console.runs.key import folder_name, is_safe_id, parse_key


def test_a_key_names_session_issue_turn_and_role():
    assert parse_key("34a2b001:ISS-02-0:1") == TurnRef("34a2b001", "ISS-02-0", 1)
    assert parse_key("s:My issue:022:lead architect") == TurnRef(
        "s", "My issue", 22, "lead architect"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a:b", "a:b:c", "a:b:-1", "a:b: 1", "a:b:1:", "a:b:1:c:d", "a::1", ":b:1"),
        *("a:b:1\n", "a:b:٣", "a:b:1234567890", "x" * 129 + ":b:1"),
        *("..:b:1", "a:../..:1", "/etc:b:1", "a:b/c:1", "a:b\\c:1", "a\0:b:1", "-a:b:1"),
        *("a:b:1:-r", "a:b:1:..", "a:.hidden:1", "a:b\u202e:1", "a:b\x1b[2J:1", "a:b\n:1"),
    ],
)
def test_what_is_no_key_is_refused_with_the_reason(text):
    with pytest.raises(ConsoleError) as refused:
        parse_key(text)
    assert refused.value.exit_code is ExitCode.USAGE
    assert refused.value.remedy
    assert "\x1b" not in str(refused.value)
    assert "\0" not in str(refused.value)


@pytest.mark.parametrize(
    ("session", "why"),
    [
        ("..", "it begins with no letter"),
        ("-rf", "it begins with no letter"),
        ("a/b", "does not belong into an id"),
        ("", "it is empty"),
        ("a" * 200, "longer than 128"),
    ],
)
def test_an_id_is_refused_for_what_is_wrong_with_it(session, why):
    with pytest.raises(ConsoleError, match=why):
        parse_key(f"{session}:ISS-1:1")


@given(st.text())
def test_an_id_that_passes_stays_where_it_is_put(text):
    if is_safe_id(text):
        assert "/" not in text
        assert "\\" not in text
        assert ":" not in text
        assert not text.startswith(("-", ".", " "))
        assert text.isprintable()


@given(st.text())
def test_any_text_is_a_key_or_a_usage_error(text):
    try:
        parse_key(text)
    except ConsoleError as error:
        assert error.exit_code is ExitCode.USAGE


def test_folders_are_named_as_orket_names_them():
    assert folder_name("Lead Architect") == "lead_architect"
    assert folder_name("ISS-02-0") == "iss-02-0"
