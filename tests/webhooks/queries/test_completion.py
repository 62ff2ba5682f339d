"""What completes a statement."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.sqlite import Database
from orket_console.target.target import Target
from orket_console.webhooks.queries.completion import Words, complete, read_words

WORDS = Words({"cycles": ("pr_key", "status"), "failures": ("pr_key", "reason"), "f": ("x",)})


def at_end(statement: str) -> tuple[str, ...]:
    return complete(statement, len(statement), WORDS)[1]


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("SELECT * FROM c", "cycles"),
        ("SELECT * FROM ", "cycles"),
        ("SELECT * FROM f JOIN fa", "failures"),
        ("sel", "SELECT"),
        ("SELECT cycles.st", "status"),
        ("SELECT x FROM failures WHERE rea", "reason"),
        ("SELECT x FROM failures WHERE x ORD", "ORDER BY"),
    ],
)
def test_the_likeliest_comes_first(statement: str, first: str) -> None:
    assert at_end(statement)[0] == first


def test_within_a_statement_the_tables_named_later_count() -> None:
    statement = "SELECT re FROM failures"
    assert complete(statement, 9, WORDS) == (7, ("reason",))


def test_nothing_is_offered_for_nothing() -> None:
    assert at_end("SELECT * FROM cycles WHERE ") == ()
    assert at_end("SELECT nowhere.") == ()


def test_words_are_those_of_the_database(target: Target, site: Any, tmp_path: Any) -> None:
    site.execute('CREATE TABLE "odd ""name" (a, "b c")')
    words = read_words(target.webhook_db)
    assert words.tables["review_failures"][1:3] == ("pr_key", "cycle_number")
    assert words.tables['odd "name'] == ("a", "b c")
    assert read_words(Database(tmp_path / "none.db", tmp_path)).tables == {}


@given(st.text(max_size=60), st.integers(0, 60))
def test_any_text_completes_without_error(statement: str, cursor: int) -> None:
    cursor = min(cursor, len(statement))
    begin, found = complete(statement, cursor, WORDS)
    assert 0 <= begin <= cursor
    typed = statement[begin:cursor].casefold()
    assert all(each.casefold().startswith(typed) for each in found)
