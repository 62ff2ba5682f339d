from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.webhooks.filters import Filter, parse_filter
from orket_console.webhooks.model import Outcome


def test_words_outcomes_and_pull_request() -> None:
    assert parse_filter("  401 OUTCOME:refused,Error pr:#7 Guard ") == Filter(
        ("401", "guard"), frozenset({Outcome.REFUSED, Outcome.ERROR}), "7"
    )
    assert parse_filter("pr:acme/shop#7").pr == "acme/shop#7"
    assert parse_filter("").is_empty
    assert not parse_filter("x").is_empty


def test_other_words_with_a_colon_are_words() -> None:
    assert parse_filter("close_pr: http://x").words == ("close_pr:", "http://x")


def test_an_unknown_outcome_names_those_there_are() -> None:
    with pytest.raises(ConsoleError) as refusal:
        parse_filter("outcome:refusd")
    assert refusal.value.exit_code is ExitCode.USAGE
    assert "'refusd'" in str(refusal.value)
    assert "refused" in str(refusal.value)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_a_usage_error(expression: str) -> None:
    try:
        parse_filter(expression)
    except ConsoleError as error:
        assert error.exit_code is ExitCode.USAGE
