"""One record in full: its content, its tree, where it leads, and what differs from another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.lines import LineSplitter
from orket_console.base.refs import DeliveryRef, LogFilterRef, PullRef, SessionRef, TurnRef
from orket_console.base.text import clean
from orket_console.logs.detail import as_written, detail_of, pretty
from orket_console.logs.difference import MOST, Difference, Kind, differences
from orket_console.logs.leads import leads_anywhere, leads_of
from orket_console.logs.previous import previous_of
from orket_console.logs.records import read_record
from orket_console.logs.sources import Source
from orket_console.logs.tree import MOST_CHILDREN, MOST_ROWS, Row, Shape, Tree

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def plain(text: str) -> str:
    return text


def without_canary(text: str) -> str:
    return text.replace("canary-1", "•••")


def told(tree: Tree) -> list[str]:
    return [f"{'  ' * row.depth}{row.label} {row.text}".rstrip() for row in tree.rows()]


# -- the content


def test_a_detail_puts_first_what_says_most_and_last_what_is_long(record_of) -> None:
    data = {
        "issue_id": "ISS-1",
        "traceback": "Traceback\n  File\nE: gone\n",
        "runtime_event": {"event": "turn_failed"},
        "error": "gone",
        "type": "E",
    }
    content = detail_of(record_of("turn_failed", **data)).content
    assert isinstance(content, dict)
    assert list(content) == ["data"]
    assert list(content["data"]) == ["type", "error", "issue_id", "traceback", "runtime_event"]


def test_a_detail_of_a_malformed_line_is_its_text(record_of) -> None:
    detail = detail_of(record_of(b"\x1b[2J not json"))
    assert detail.content == "␛[2J not json"
    assert detail.problem


def test_the_copy_is_whole(record_of) -> None:
    record = record_of("a", error="x" * 50_000)
    assert len(json.loads(pretty(record))["data"]["error"]) == 50_000


def test_a_line_is_copied_as_it_was_written(record_of, line_of) -> None:
    raw = line_of("a", error="[Errno 104]", number=1.50).rstrip(b"\n")
    assert as_written(record_of(raw), plain) == raw.decode()
    assert as_written(record_of(b"\x1b[2J no json"), plain) == "␛[2J no json"


def test_a_secret_that_is_escaped_in_the_line_is_not_copied(record_of) -> None:
    raw = b'{"event": "a", "data": {"error": "key \\u0063anary-1 \\"given\\""}}'
    copied = as_written(record_of(raw), without_canary)
    assert json.loads(copied) == {"event": "a", "data": {"error": 'key ••• "given"'}}
    assert "canary" not in copied
    assert "u0063" not in copied


# -- the tree


def test_data_is_open_and_what_is_in_it_folded(record_of) -> None:
    tree = Tree()
    data = {"type": "E", "n": 3, "ok": None, "traceback": "a\nb\nKeyError: 'x'\n", "more": {"x": 1}}
    tree.show({"data": data, "level": "info"})
    assert told(tree) == [
        "data 5 keys",
        "  type “E”",
        "  n 3",
        "  ok null",
        "  traceback 3 lines  KeyError: 'x'",
        "  more 1 key",
        "level “info”",
    ]


def test_what_is_opened_stays_open_in_the_next_record() -> None:
    tree = Tree()
    tree.show({"data": {"traceback": "a\nb"}})
    tree.turn(("data", "traceback"), opened=True)
    assert told(tree) == ["data 1 key", "  traceback 2 lines  b", "     a", "     b"]
    tree.show({"data": {"traceback": "c\nd"}})
    assert told(tree)[-2:] == ["     c", "     d"]
    tree.turn(("data",), opened=False)
    assert told(tree) == ["data 1 key"]


def test_a_large_value_shows_more_when_asked() -> None:
    tree = Tree()
    tree.show({"data": list(range(1_000))})
    rows = tree.rows()
    assert len(rows) == 1 + MOST_CHILDREN + 1
    assert (rows[-1].shape, rows[-1].text) == (Shape.MORE, "900 more values")
    tree.more(("data",))
    assert len(tree.rows()) == 1 + 2 * MOST_CHILDREN + 1


def test_a_huge_line_of_text_is_bounded() -> None:
    tree = Tree()
    tree.show({"data": {"response": "x" * 1_000_000}})
    assert len(told(tree)[1]) < 200
    tree.turn(("data", "response"), opened=True)
    assert told(tree)[2].endswith("998,000 characters more")


def _everything(tree: Tree) -> list[Row]:
    """All rows, with all that folds open."""
    while closed := [row for row in tree.rows() if row.shape is Shape.CLOSED]:
        for row in closed:
            tree.turn(row.path, opened=True)
        if len(tree.rows()) == MOST_ROWS:
            break
    return tree.rows()


@given(json_values)
def test_any_value_is_a_bounded_tree(value: Any) -> None:
    tree = Tree()
    tree.show(json.loads(json.dumps(value)) if not isinstance(value, str) else clean(value))
    rows = _everything(tree)
    assert len(rows) <= MOST_ROWS
    assert all("\n" not in row.label + row.text for row in rows)
    assert len({(row.path, row.shape) for row in rows}) == len(rows)


# -- where it leads


@pytest.mark.parametrize(
    ("event", "data", "refs"),
    [
        (
            "turn_failed",
            {"session_id": "s", "issue_id": "I", "turn_index": 2},
            [TurnRef("s", "I", 2), SessionRef("s"), LogFilterRef("issue:I")],
        ),
        ("session_end", {"run_id": "s"}, [SessionRef("s")]),
        ("scaffolder_started", {"epic": "E"}, []),
    ],
)
def test_a_record_leads_to_its_places(record_of, event, data, refs) -> None:
    record = record_of(event, **data)
    assert [lead.ref for lead in leads_of(record)] == refs
    assert leads_anywhere(record) is bool(refs)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("pr_review", {"pr": "acme/shop/#9"}),
        ("pr_opened", {"pr": 9, "repo": "acme/shop"}),
        ("webhook", {"repo": "acme/shop", "pr_number": 9}),
    ],
)
def test_a_record_of_a_webhook_leads_to_its_pull_request_and_delivery(
    record_of, event, data
) -> None:
    record = record_of(event, **data)
    refs = [lead.ref for lead in leads_of(record)]
    assert refs == [PullRef("acme/shop#9"), DeliveryRef(record.ref)]


# -- what differs


def test_differences_are_told_by_their_path() -> None:
    before = {"a": 1, "gone": "x", "same": [1], "d": {"e": "one", "l": [1, 2]}}
    after = {"a": 2, "same": [1], "d": {"e": "two", "l": [1, 3]}, "new": True}
    assert differences(before, after) == (
        Difference("a", Kind.CHANGED, "1", "2"),
        Difference("d.e", Kind.CHANGED, "“one”", "“two”"),
        Difference("d.l.1", Kind.CHANGED, "2", "3"),
        Difference("new", Kind.ADDED, "", "true"),
        Difference("gone", Kind.GONE, "“x”", ""),
    )
    assert differences({"a": True}, {"a": 1}) == (Difference("a", Kind.CHANGED, "true", "1"),)


@given(json_values, json_values)
def test_a_value_differs_from_others_and_not_from_itself(one: Any, other: Any) -> None:
    one, other = json.loads(json.dumps(one)), json.loads(json.dumps(other))
    assert differences(one, one) == ()
    found = differences(one, other)
    assert len(found) <= MOST
    assert found or one == other


def test_the_previous_of_the_same_template_is_found(line_of, tmp_path: Path) -> None:
    log = tmp_path / "orket.log"
    lines = [
        line_of("turn_failed", 0, type="E", error="session 34a2b001 gone after 3 s"),
        line_of("turn_failed", 1, type="Other", error="something else"),
        line_of("turn_start", 2),
        line_of("turn_failed", 3, type="E", error="session 77c1d002 gone after 12 s"),
    ]
    log.write_bytes(b"".join(lines))
    source = Source(str(log), "root/orket.log")
    found = [read_record(line, source) for line in LineSplitter().feed(log.read_bytes())]
    previous = previous_of(found[3])
    assert previous.record is not None
    assert (previous.record.ref.offset, previous.record.ref.line) == (0, 1)
    assert previous_of(found[0]).record is None
    log.rename(tmp_path / "orket.log.1")
    # What has the log's name now says the same at the same place.
    log.write_bytes(b"".join(lines).replace(b"34a2b001", b"00000000").replace(b"05:17", b"05:18"))
    moved = previous_of(found[3]).record
    assert moved is not None
    assert (moved.ref.path, moved.raw) == (f"{log}.1", lines[0].rstrip())
    (tmp_path / "orket.log.1").unlink()
    log.unlink()
    gone = previous_of(found[3])
    assert gone.record is None
    assert "missing" in gone.searched
