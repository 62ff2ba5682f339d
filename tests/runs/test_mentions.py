"""Sessions as the logs name them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.runs.mentions import Mentions
from orket_console.runs.sessions import RunList, list_runs

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


def line(event="turn_start", at="2026-11-23T05:00:00+00:00", **data):
    return json.dumps({"timestamp": at, "role": "x", "event": event, "data": data}) + "\n"


@pytest.fixture
def log(orket):
    return orket.workspace / "orket.log"


@pytest.fixture
def mentions(orket, target_of):
    return Mentions(target_of(orket.root).layout)


def test_a_session_is_found_by_any_of_its_three_names(log, mentions):
    log.write_text(
        line(session_id="aaa")
        + line("session_end", at="2026-11-23T05:01:00+00:00", run_id="aaa")
        + line(runtime_event={"session_id": "bbb"})
        + line(session_id="")
        + line("api_session_detail", session_id="somebody-asked")
    )
    said = mentions.read()
    assert set(said) == {"aaa", "bbb"}
    assert (said["aaa"].lines, said["aaa"].event) == (2, "session_end")
    assert said["aaa"].first == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert said["aaa"].last == datetime(2026, 11, 23, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"[1]",
        b'{"event": 3, "data": {"session_id": "no"}}',
        b'{"data": "session_id"}',
        b'{"event": "x", "data": {"session_id": ["no"]}}',
        b'{"event": "x", "data": {"session_id": "../../etc"}}',
        b'{"event": "x", "data": {"session_id": "a\\u001b[2J"}}',
        b'{"event": "x", "data": {"session_id": "\\ud83d"}}',
    ],
)
def test_lines_that_name_no_session_are_passed_over(log, mentions, raw):
    log.write_bytes(raw + b"\n" + line(session_id="aaa").encode())
    assert set(mentions.read()) == {"aaa"}


def test_only_what_a_log_grew_by_is_read_again_and_half_a_line_waits(log, mentions):
    whole = line(session_id="aaa")
    log.write_text(whole + line(session_id="bbb")[:30])
    assert mentions.read()["aaa"].lines == 1
    with log.open("a") as file:
        file.write(line(session_id="bbb")[30:] + whole)
    said = mentions.read()
    assert (said["aaa"].lines, said["bbb"].lines) == (2, 1)
    assert mentions.read() == said


def test_a_log_that_was_rotated_or_cut_is_read_from_its_beginning(log, mentions):
    log.write_text(line(session_id="aaa") * 3)
    mentions.read()
    log.rename(log.with_name("old"))
    log.write_text(line(session_id="bbb"))
    assert mentions.read()["bbb"].lines == 1
    log.write_text("")
    mentions.read()
    log.write_text(line(session_id="ccc"))
    assert set(mentions.read()) == {"aaa", "bbb", "ccc"}


def test_of_a_long_log_the_end_is_read(log, mentions):
    filler = line(session_id="old", pad="x" * 1000)
    log.write_text(line(session_id="first") + filler * 5000 + line(session_id="last"))
    said = mentions.read()
    assert "first" not in said
    assert said["last"].lines == 1


def test_a_fifo_in_place_of_a_log_says_nothing(log, mentions):
    os.mkfifo(log)
    assert mentions.read() == {}


def test_a_session_that_only_the_log_names_is_listed_as_that(orket, target_of, log):
    orket.run("aaa", started_at="2026-11-23T05:30:00+00:00")
    log.write_text(
        line(session_id="aaa") + line("turn_failed", "2026-11-23T05:40:00+00:00", run_id="lost")
    )
    runs = {run.session: run for run in list_runs(target_of(orket.root), CLOCK).runs}
    assert list(runs) == ["lost", "aaa"]
    assert runs["lost"].seen == "only in the log: turn_failed last, 20m00s ago"
    assert runs["lost"].sources == ("log",)
    assert runs["aaa"].sources == ("run_ledger", "sessions", "log")


def test_a_line_in_the_log_is_a_sign_of_life(orket, target_of, log):
    orket.run("aaa", "running", started_at="2026-11-23T03:00:00+00:00", ended_at=None)
    runs = RunList(target_of(orket.root), CLOCK)
    runs.page()
    assert runs.look().runs[0].seen.startswith("stale: no activity for 3h00m")
    log.write_text(line(at="2026-11-23T05:58:00+00:00", session_id="aaa"))
    assert runs.look().runs[0].active
