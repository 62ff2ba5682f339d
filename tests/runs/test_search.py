from __future__ import annotations

import os

from orket_console.runs.key import parse_key
from orket_console.runs.replay import locate
from orket_console.runs.search import list_turn_keys


def stamp(folder, seconds):
    os.utime(folder, (seconds, seconds))


def test_turns_are_listed_newest_first_by_keys_that_replay_takes(orket, target_of):
    old = orket.turn("aaa", "My Issue", 1)
    new = orket.turn("bbb", "ISS-2", 22, "integrity_guard", workspace=orket.root)
    stamp(old, 1_000)
    stamp(new, 2_000)
    target = target_of(orket.root)
    keys = [choice.key for choice in list_turn_keys(target)]
    assert keys == ["bbb:iss-2:22:integrity_guard", "aaa:my_issue:1:lead_architect"]
    for key in keys:
        assert locate(target, parse_key(key))


def test_no_file_is_opened_and_what_is_no_turn_is_passed_over(orket, target_of):
    folder = orket.folder("aaa", "iss-1", "001_lead")
    os.mkfifo(folder / "checkpoint.json")
    orket.folder("aaa", "iss-1", "notes")
    orket.folder("aaa", "runtime_contracts", "001_x")
    (folder.parent / "002_lead").symlink_to(".")
    keys = [choice.key for choice in list_turn_keys(target_of(orket.root))]
    assert keys == ["aaa:iss-1:1:lead"]


def test_the_limit_keeps_the_newest_sessions(orket, target_of):
    for number in range(4):
        for index in (1, 2):
            orket.folder(f"s{number}", "iss-1", f"00{index}_lead")
        stamp(orket.workspace / "observability" / f"s{number}", 1_000 + number)
    choices = list_turn_keys(target_of(orket.root), limit=4)
    assert {choice.ref.session for choice in choices} == {"s3", "s2"}


def test_without_traces_there_is_nothing(orket, target_of):
    assert list_turn_keys(target_of(orket.root)) == []
