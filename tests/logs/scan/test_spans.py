"""Cutting and reading: however a log is cut, each line is handed over once, in order."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.logs.scan.conftest import Opened
from tests.logs.scan.jobs import Collect, Seen

from orket_console.base.files import UnreadableError
from orket_console.logs.scan import reading
from orket_console.logs.scan.reading import run
from orket_console.logs.scan.spans import Log, log_of, open_log, spans_of


def in_one_pass(content: bytes) -> Seen:
    *lines, rest = content.split(b"\n")
    found, at = [], 0
    for number, line in enumerate(lines):
        found.append((number, at, line))
        at += len(line) + 1
    return Seen(len(lines), found, rest)


def cut_and_merged(log: Log, size: int, start: int = 0) -> tuple[Seen, str]:
    job = Collect()
    seen, problems = Seen(), ""
    for span in spans_of(log, start, size):
        outcome = run(job, span, lambda done: None)
        seen, problems = job.merge(seen, outcome.result), problems + outcome.problem
    return seen, problems


GZIP = b"\x1f\x8b"
"""What a packed log is told by."""
contents = st.lists(st.binary(max_size=30) | st.just(b"\n")).map(b"".join)


@given(content=contents, size=st.integers(1, 40), chunk=st.integers(1, 20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cut_hands_over_each_line_once(
    content: bytes, size: int, chunk: int, opened: Opened
) -> None:
    assume(not content.startswith(GZIP))
    log = opened(content)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "CHUNK", chunk)
        assert cut_and_merged(log, size) == (in_one_pass(content), "")


@given(content=contents, chunk=st.integers(1, 20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_packed_log_is_read_like_a_plain_one(content: bytes, chunk: int, opened: Opened) -> None:
    log = opened(gzip.compress(content))
    assert log.packed
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "CHUNK", chunk)
        assert cut_and_merged(log, 10) == (in_one_pass(content), "")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_line_beyond_the_longest_is_cut_and_the_next_one_whole(
    pack: type[bytes], opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 8)
    monkeypatch.setattr(reading, "LONGEST", 64)
    seen, problem = cut_and_merged(opened(pack(b"a\n" + b"x" * 1000 + b"\nb\n" + b"y" * 500)), 50)
    assert seen.lines == [(0, 0, b"a"), (1, 2, b"1000"), (2, 1003, b"b")]
    assert (len(seen.rest), problem) == (64, "")


def test_a_scan_may_begin_at_any_line(opened: Opened) -> None:
    seen, _ = cut_and_merged(opened(b"one\ntwo\nthree\n"), 4, start=4)
    assert seen.lines == [(0, 4, b"two"), (1, 8, b"three")]


def test_what_is_written_meanwhile_is_not_scanned(opened: Opened, tmp_path: Path) -> None:
    log = opened(b"one\ntwo")
    with (tmp_path / log.name).open("ab") as file:
        file.write(b"more\n")
    seen, problem = cut_and_merged(log, 100)
    assert (seen.lines, seen.rest, problem) == ([(0, 0, b"one")], b"two", "")


def test_a_log_cut_short_meanwhile_says_so(opened: Opened, tmp_path: Path) -> None:
    log = opened(b"one\ntwo\nthree\n")
    os.truncate(tmp_path / log.name, 6)
    seen, problem = cut_and_merged(log, 100)
    assert (seen.lines, seen.rest) == ([(0, 0, b"one")], b"tw")
    assert problem == "was cut short while it was read"


def test_a_damaged_packed_log_gives_what_comes_before_the_damage(opened: Opened) -> None:
    whole = gzip.compress(b"".join(b"%d\n" % number**3 for number in range(50_000)))
    seen, problem = cut_and_merged(opened(whole[: len(whole) // 2]), 100)
    assert 0 < seen.count < 50_000
    assert problem.startswith("could not be unpacked to its end: ")


def test_a_log_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, tmp_path / "missing"):
        with pytest.raises(UnreadableError), open_log(path, "x"):
            pass


def test_a_rotated_log_is_still_the_one(opened: Opened, tmp_path: Path) -> None:
    log = opened(b"one\n")
    (tmp_path / log.name).unlink()
    assert log_of(log.fd, "again") == Log("again", log.fd, 4)
    assert cut_and_merged(log, 100)[0].lines == [(0, 0, b"one")]
