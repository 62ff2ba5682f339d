from __future__ import annotations

import os

import pytest

from orket_console.runs.index import TurnIndex
from orket_console.runs.key import parse_key
from orket_console.runs.replay import locate


@pytest.fixture
def index(orket, target_of):
    return TurnIndex(target_of(orket.root))


def keys(choices):
    return [choice.key for choice in choices]


def stamp(folder, seconds):
    os.utime(folder, (seconds, seconds))


def test_turns_are_listed_newest_first_by_keys_that_replay_takes(orket, target_of, index):
    old = orket.turn("aaa", "My Issue", 1)
    new = orket.turn("bbb", "ISS-2", 22, "integrity_guard", workspace=orket.root)
    orket.turn("bbb", "ISS-2", 23, "integrity_guard", workspace=orket.root)
    stamp(old.parent.parent, 1_000)
    stamp(new.parent.parent, 2_000)
    assert index.refresh() == 3
    found = keys(index.newest(10))
    assert found == [
        "bbb:iss-2:23:integrity_guard",
        "bbb:iss-2:22:integrity_guard",
        "aaa:my_issue:1:lead_architect",
    ]
    assert keys(index.newest(2)) == found[:2]
    for key in found:
        assert locate(target_of(orket.root), parse_key(key))


def test_no_file_is_opened_and_what_is_no_turn_is_passed_over(orket, index):
    folder = orket.folder("aaa", "iss-1", "001_lead")
    os.mkfifo(folder / "checkpoint.json")
    orket.folder("aaa", "iss-1", "notes")
    orket.folder("aaa", "runtime_contracts", "001_x")
    (folder.parent / "002_lead").symlink_to(".")
    assert index.refresh() == 1
    assert keys(index.newest(10)) == ["aaa:iss-1:1:lead"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bbb", ["bbb:iss-2:12:guard", "bbb:iss-2:2:coder"]),
        ("BBB:ISS-2:2", ["bbb:iss-2:2:coder"]),
        ("coder", ["bbb:iss-2:2:coder", "aaa:iss-1:1:coder"]),
        ("aaa 2", []),
        ("", ["bbb:iss-2:12:guard", "bbb:iss-2:2:coder", "aaa:iss-1:1:coder"]),
        ("[bold]\x1b", []),
    ],
)
def test_every_word_must_be_in_the_key(orket, index, text, found):
    for session, issue, turn in (
        ("aaa", "iss-1", "001_coder"),
        ("bbb", "iss-2", "002_coder"),
        ("bbb", "iss-2", "012_guard"),
    ):
        orket.folder(session, issue, turn)
    for number, session in enumerate(("aaa", "bbb")):
        stamp(orket.workspace / "observability" / session, 1_000 + number)
    index.refresh()
    assert keys(index.find(text, 10)) == found
    assert keys(index.find(text, 1)) == found[:1]


def test_a_refresh_sees_what_came_and_what_went(orket, index):
    first = orket.folder("aaa", "iss-1", "001_lead")
    for folder in (first.parent, first.parent.parent):
        stamp(folder, 1_000)
    assert index.refresh() == 1
    orket.folder("aaa", "iss-1", "002_lead")
    orket.folder("bbb", "iss-1", "001_lead")
    assert index.refresh() == 3
    first.rmdir()
    assert index.refresh() == 2


def test_a_folder_whose_time_stands_still_is_not_listed_again(orket, index):
    first = orket.folder("aaa", "iss-1", "001_lead")
    stamp(first.parent, 1_000)
    assert index.refresh() == 1
    first.rename(first.parent / "002_lead")
    stamp(first.parent, 1_000)
    index.refresh()
    assert keys(index.newest(1)) == ["aaa:iss-1:1:lead"]


def test_without_traces_there_is_nothing(index):
    assert index.refresh() == 0
    assert index.newest(5) == []
