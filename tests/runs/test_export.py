"""A run as a document."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.building import Installation

from orket_console.base.clock import SystemClock
from orket_console.runs.detail import open_run
from orket_console.runs.export import Export, _block, export_run, markdown
from orket_console.target.target import Target


@pytest.fixture
def exported(orket: Installation, target_of: Callable[..., Target]) -> Callable[[], Export]:
    def export() -> Export:
        target = target_of(orket.root)
        return export_run(target, open_run(target, SystemClock(), "aaaa0001"))

    return export


def test_the_document_holds_every_part_in_order(
    orket: Installation, exported: Callable[[], Export]
) -> None:
    orket.run("aaaa0001", "failed", failure_reason="no such transition")
    orket.issue("A-1", "build-aaaa0001", "blocked", summary="take | the [money]")
    orket.turn(
        "aaaa0001", "A-1", response="```json\n{}\n```", results=[{"ok": False, "error": "no"}]
    )
    orket.report("aaaa0001", "A-1", "Invalid transition")
    lines = list(markdown(exported()))
    text = "\n".join(lines)
    assert lines[0] == "# Run aaaa0001: Epic aaaa0001"
    assert r"| A-1 | blocked | take \| the \[money\] |" in lines
    places = [text.index(part) for part in (
        "## Issues", "## ✖ Turn aaaa0001:A-1:1:lead\\_architect: failed", "[system]\nbe brief",
        "````\n```json\n{}\n```\n````", "**Tool call update\\_issue\\_status: failed no**",
        "**Policy violation report**",
    )]  # fmt: skip
    assert places == sorted(places)


def test_long_texts_say_how_much_is_missing(
    orket: Installation, exported: Callable[[], Export]
) -> None:
    orket.run("aaaa0001")
    orket.turn("aaaa0001", "A-1", response="x" * 30_000)
    (turn,) = exported().turns
    assert turn.response.endswith("… 10000 more characters")
    assert len(turn.response) < 20_100


def test_parts_that_are_missing_leave_no_hole(
    orket: Installation, exported: Callable[[], Export]
) -> None:
    orket.run("aaaa0001")
    orket.folder("aaaa0001", "a-1", "001_coder")
    text = "\n".join(markdown(exported()))
    assert "missing: checkpoint.json" in text
    assert "**Response**" not in text


@given(st.text(alphabet="`a\n ", max_size=40))
def test_no_text_can_close_its_block(text: str) -> None:
    lines = "\n".join(_block("Title", text)).split("\n")
    fence = lines[4 - 1]
    assert set(fence) == {"`"}
    assert lines[-1] == fence
    assert fence not in "\n".join(lines[4:-1])
