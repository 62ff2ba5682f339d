"""Columns, widths and times of the log's lines, and how they are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orket_console.base.errors import ConsoleError
from orket_console.logs.look import (
    WIDEST,
    Column,
    Face,
    Field,
    Look,
    keep_look,
    read_look,
    switched,
    time_text,
    widened,
)

AT = datetime(2026, 11, 23, 5, 17, 37, 485_257, tzinfo=UTC)


def fields(columns: tuple[Column, ...]) -> list[Field]:
    return [column.field for column in columns]


def test_a_wide_view_has_more_columns_until_the_operator_chose_some() -> None:
    look = Look()
    narrow, roomy = look.columns_for(80), look.columns_for(140)
    assert fields(narrow) == [Field.TIME, Field.SEVERITY, Field.ROLE, Field.EVENT]
    assert set(fields(roomy)) > set(fields(narrow))
    chosen = replace(look, columns=narrow)
    assert chosen.columns_for(140) == narrow


def test_columns_are_switched_and_stay_in_order() -> None:
    columns = switched(Look().columns_for(80), Field.LINE)
    columns = switched(columns, Field.SESSION)
    assert fields(columns)[-2:] == [Field.SESSION, Field.LINE]
    columns = switched(columns, Field.TIME)
    assert Field.TIME not in fields(columns)
    assert fields(switched(columns, Field.TIME))[0] is Field.TIME


@given(st.lists(st.tuples(st.sampled_from(Field), st.integers(-100, 100)), max_size=20))
def test_widths_stay_in_bounds_and_the_glyph_as_it_is(steps: list[tuple[Field, int]]) -> None:
    columns = Look().columns_for(140)
    for field, by in steps:
        columns = widened(columns, field, by)
    assert all(1 <= column.width <= WIDEST for column in columns)
    assert next(c.width for c in columns if c.field is Field.SEVERITY) == 1


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (8, "05:17:37"),
        (12, "05:17:37.485"),
        (14, "11-23 05:17:37"),
        (19, "2026-11-23 05:17:37"),
        (23, "2026-11-23 05:17:37.485"),
    ],
)
def test_a_wider_column_shows_more_of_the_time(width: int, expected: str) -> None:
    assert time_text(AT, width) == expected


def test_a_look_is_read_as_it_was_kept(tmp_path: Path) -> None:
    look = Look((Column(Field.TIME, 19), Column(Field.LINE, 7)), wrap=True, face=Face.AGO)
    keep_look(tmp_path / "state" / "log_look.json", look)
    assert read_look(tmp_path / "state" / "log_look.json") == look


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"columns":[{"field":"colour","width":3}]}', b"\xff", b'{"wrap":7}'],
)
def test_what_is_no_look_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "look").write_bytes(content)
    assert read_look(tmp_path / "look") == Look()
    assert read_look(tmp_path / "absent") == Look()


def test_a_look_written_by_hand_is_brought_into_bounds(tmp_path: Path) -> None:
    columns = (
        '[{"field":"line","width":-4},{"field":"time","width":9999},{"field":"time","width":8}]'
    )
    (tmp_path / "look").write_text(f'{{"columns":{columns},"new":1}}')
    assert read_look(tmp_path / "look").columns == (Column(Field.TIME, 8), Column(Field.LINE, 1))


def test_a_look_that_can_not_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConsoleError, match="look of the log"):
        keep_look(tmp_path / "file" / "look", Look())
