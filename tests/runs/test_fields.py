"""The values of a turn that can be asked about, each with the way to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.runs.building import Installation

from orket_console.base.clock import SystemClock
from orket_console.runs.changes import find_changes
from orket_console.runs.detail import open_run
from orket_console.runs.fields import MOST_FIELDS, FieldValue, fields_of, narrow_fields
from orket_console.runs.model import RunDetail
from orket_console.runs.turn import open_turn
from orket_console.target.target import Target

TargetOf = Callable[..., Target]


@pytest.fixture
def opened(orket: Installation, target_of: TargetOf) -> tuple[Target, RunDetail]:
    orket.run("aaaa0001")
    orket.issue("A-1", "build-aaaa0001", "blocked")
    orket.turn("aaaa0001", "A-1", odd={"a.b": [1, {"c": None}], "none": [], "x": {}})
    target = target_of(orket.root)
    return target, open_run(target, SystemClock(), "aaaa0001")


def fields(opened: tuple[Target, RunDetail]) -> tuple[FieldValue, ...]:
    target, detail = opened
    return fields_of(detail, open_turn(target, detail.turns[0]))


def test_each_value_has_its_way_and_the_card_s_status_comes_first(
    opened: tuple[Target, RunDetail],
) -> None:
    found = fields(opened)
    assert (str(found[0].field), found[0].value) == ("status", "blocked")
    odd = [(each.field.way[1:], each.value) for each in found if each.field.way[:1] == ("odd",)]
    assert odd == [
        (("a.b", "0"), "1"),
        (("a.b", "1", "c"), "null"),
        (("none",), "[]"),
        (("x",), "{}"),
    ]


def test_every_field_that_is_offered_can_be_asked_about(opened: tuple[Target, RunDetail]) -> None:
    target, detail = opened
    for each in fields(opened)[1:]:
        changes = find_changes(target, detail, each.field)
        assert [change.after for change in changes] == [each.value]


def test_words_narrow_by_way_and_by_value(opened: tuple[Target, RunDetail]) -> None:
    found = narrow_fields(fields(opened), "ODD nu")
    assert [each.value for each in found] == ["null"]
    assert narrow_fields(fields(opened), "  ") == fields(opened)


def test_a_turn_of_very_many_values_offers_the_first_of_them(
    orket: Installation, target_of: TargetOf
) -> None:
    orket.run("aaaa0001")
    deep: object = "bottom"
    for _ in range(60):
        deep = [deep]
    orket.turn("aaaa0001", "A-1", odd=deep, many=list(range(3 * MOST_FIELDS)))
    target = target_of(orket.root)
    detail = open_run(target, SystemClock(), "aaaa0001")
    assert len(fields((target, detail))) == MOST_FIELDS
