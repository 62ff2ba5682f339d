"""An answer as columns: as many as fit, none narrower than it needs to be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orket_console.ui.widgets.answer_rows import columns_of, row_text, rows_of
from orket_console.webhooks.queries.model import QueryAnswer

VALUES = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(max_size=80))


def answer(columns: tuple[str, ...], *rows: tuple[Any, ...]) -> QueryAnswer:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return QueryAnswer("sql", "", "webhook.db", columns, rows, at, 0.0)


def test_what_fits_is_whole_and_the_last_takes_the_rest() -> None:
    found = answer(("id", "pr_key", "reason"), (1, "acme/shop#7", "w" * 200))
    columns = columns_of(found, 80)
    assert [(one.width, one.right) for one in columns] == [(2, True), (11, False), (None, False)]


def test_columns_without_room_are_left_to_the_detail() -> None:
    names = tuple(f"column_{at}" for at in range(10))
    found = answer(names, tuple("x" * 40 for _ in names))
    columns = columns_of(found, 80)
    assert len(columns) == 6
    assert all((one.width or 12) >= 12 for one in columns)
    text = row_text(found, 0, len(columns)).plain
    assert text.startswith("6 of 10 columns fit above\n")
    assert text.count("x" * 40) == 10


def test_moments_are_to_the_minute_where_not_all_has_room() -> None:
    at, none = "2026-11-23 08:00:35", None
    found = answer(("time", "what", "last"), (at, "w" * 60, at), (none, "x", none))
    columns = columns_of(found, 80)
    assert [one.width for one in columns] == [11, 54, 11]
    rows = [[part.plain for part in row.cells] for row in rows_of(found, columns)]
    assert [row[::2] for row in rows] == [["11-23 08:00", "11-23 08:00"], ["–", "–"]]
    assert row_text(found, 0, 3).plain.startswith(f"time  {at}\n")
    whole = columns_of(found, 120)
    assert [part.plain for part in rows_of(found, whole)[0].cells][::2] == [at, at]
    odd = answer(("time", "what"), (at, "w" * 80), ("soon", "x"))
    assert rows_of(odd, columns_of(odd, 80))[0].cells[0].plain == at


def test_json_is_indented_and_a_giant_cut_in_the_detail() -> None:
    found = answer(("a", "b", "c"), ('{"k":[1]}', "w" * 30_000, None))
    text = row_text(found, 0, 3).plain
    assert '\n    "k": [\n' in text
    assert "cut at 20000 of 30000 characters: e exports all" in text
    assert text.endswith("c  –\n")


@given(st.integers(1, 200), st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=4))
def test_any_answer_has_columns_and_rows_of_one_length(width: int, rows: list[list[Any]]) -> None:
    found = answer(("one", "two", "three"), *map(tuple, rows))
    columns = columns_of(found, width)
    assert 1 <= len(columns) <= 3
    assert all(len(row.cells) == len(columns) for row in rows_of(found, columns))
    # A single column may be wider than the screen; more than one never are.
    taken = sum((one.width or 1) + 1 for one in columns) + 1
    assert len(columns) == 1 or taken <= width
