"""The tail: each complete line once and in order, whatever happens to the file."""

from __future__ import annotations

import logging
import os
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.base.clock import Clock, SystemClock
from orket_console.base.lines import LINE_CAP, LineSplitter
from orket_console.logs.opened import Notice, Step
from orket_console.logs.records import Lines, MarkKind, Numbered
from orket_console.logs.sources import SourceStatus
from orket_console.logs.tail import Follower


def settle(follower: Follower, polls: int = 8) -> list[Step]:
    """Poll until nothing more comes of it; a clock that steps lets its waits end."""
    steps: list[Step] = []
    for _ in range(polls):
        steps += follower.poll()
    return steps


def lines(steps: list[Step]) -> list[Numbered]:
    """Every line of the steps, on its own."""
    found: list[Numbered] = []
    for step in steps:
        if isinstance(step, Numbered):
            found.append(step)
        elif isinstance(step, Lines):
            for place, line in enumerate(LineSplitter(step.offset).feed(step.raw)):
                number = None if step.number is None else step.number + place
                found.append(Numbered(line, number))
    return found


def texts(steps: list[Step]) -> list[bytes]:
    return [each.line.raw for each in lines(steps)]


def kinds(steps: list[Step]) -> list[MarkKind]:
    return [step.kind for step in steps if isinstance(step, Notice)]


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def rotate(path: Path) -> None:
    """As logging and logrotate do: `.2` from `.1`, `.1` from the log."""
    numbers = [int(p.name.rpartition(".")[2]) for p in path.parent.glob(f"{path.name}.*")]
    for number in sorted(numbers, reverse=True):
        path.with_name(f"{path.name}.{number}").rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))


class _Stepping(SystemClock):
    """Goes on by half a second at every look, so that waits end."""

    def __init__(self) -> None:
        self._looks = 0

    def monotonic(self) -> float:
        self._looks += 1
        return self._looks / 2


Follow = Callable[..., Follower]


@pytest.fixture
def follow(log: Path) -> Iterator[Follow]:
    """Followers of the log, closed at the end."""
    followers: list[Follower] = []

    def opened(clock: Clock | None = None) -> Follower:
        followers.append(Follower(log, clock or _Stepping()))
        return followers[-1]

    yield opened
    for follower in followers:
        follower.close()


OPERATIONS = st.lists(
    st.sampled_from(["line", "half", "rotate", "truncate", "regrow", "delete", "poll"]),
    max_size=40,
)


class Model:
    """What was written, and which of it a reader can still have missed."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.count = 0
        self.half = b""
        self.unread: list[bytes] = []
        self.expected: list[bytes] = []

    def text(self) -> bytes:
        self.count += 1
        return b"line %d \xe2\x80\xa8 of the log" % self.count

    def line(self) -> None:
        text = self.text()
        append(self.log, text + b"\n")
        self.unread.append(self.half + text)
        self.half = b""

    def write_half(self) -> None:
        text = self.text()
        append(self.log, text)
        self.half += text

    def rotated(self) -> None:
        if not self.log.exists():
            return
        if self.half:
            # No newline can follow any more: what there is comes out as a line.
            self.unread.append(self.half)
            self.half = b""
        rotate(self.log)
        self.expected += self.unread
        self.unread = []

    def truncated(self) -> None:
        if self.log.exists():
            os.truncate(self.log, 0)
            self.unread, self.half = [], b""

    def deleted(self) -> None:
        if self.log.exists():
            self.log.unlink()
            self.expected += [self.half] if self.half else []
            self.unread, self.half = [], b""

    def polled(self) -> None:
        self.expected += self.unread
        self.unread = []


@settings(max_examples=150, deadline=None)
@given(operations=OPERATIONS)
def test_any_sequence_gives_each_complete_line_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, operations: list[str]
) -> None:
    log = tmp_path_factory.mktemp("tail") / "orket.log"
    model, seen = Model(log), list[Step]()
    follower = Follower(log, _Stepping())
    attached = False
    for operation in operations:
        match operation:
            case "line":
                model.line()
            case "half":
                model.write_half()
            case "rotate":
                if not attached:
                    # A file that came and went between two looks was never seen to be the log.
                    seen += settle(follower)
                    model.polled()
                attached = log.exists()
                model.rotated()
            case "truncate":
                # Read first: what was cleared before anyone read it is nobody's to show.
                seen += settle(follower)
                model.polled()
                model.truncated()
            case "regrow":
                seen += settle(follower)
                model.polled()
                model.truncated()
                for _ in range(5):
                    model.line()
            case "delete":
                seen += settle(follower)
                model.polled()
                model.deleted()
                seen += settle(follower)
                attached = False
            case "poll":
                seen += settle(follower)
                model.polled()
                attached = log.exists()
    model.line()
    seen += settle(follower, 20)
    model.polled()
    follower.close()
    assert texts(seen) == model.expected


def test_a_hundred_rotations_while_it_is_written_lose_and_double_nothing(
    follow: Follow, log: Path
) -> None:
    total = 13_000
    log.touch()
    follower = follow(SystemClock())
    follower.start_at_end()
    done = threading.Event()

    def write() -> None:
        handler = RotatingFileHandler(log, maxBytes=1500, backupCount=1000, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(message)s"))
        for number in range(total):
            handler.emit(logging.makeLogRecord({"msg": f"line {number:06}"}))
        handler.close()
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    steps: list[Step] = []
    while not done.is_set():
        steps += follower.poll()
    writer.join()
    while len(texts(steps)) < total and (more := settle(follower)):
        steps += more
    assert texts(steps) == [b"line %06d" % number for number in range(total)]
    rotations = [s for s in steps if isinstance(s, Notice) and s.kind is MarkKind.ROTATED]
    assert len(rotations) == 104
    assert {notice.what for notice in rotations} == {"0 lost"}


def test_a_half_written_line_is_held_back_until_its_newline(follow: Follow, log: Path) -> None:
    follower = follow()
    append(log, b'{"event": "turn_')
    assert texts(settle(follower)) == []
    append(log, b'failed"}\n')
    assert texts(settle(follower)) == [b'{"event": "turn_failed"}']
    assert texts(settle(follower)) == []


def test_a_log_that_does_not_exist_yet_starts_by_itself(follow: Follow, log: Path) -> None:
    follower = follow()
    follower.start_at_end()
    assert follower.place() is None
    assert settle(follower) == []
    assert follower.status is SourceStatus.WAITING
    append(log, b"one\n")
    steps = settle(follower)
    assert (texts(steps), kinds(steps)) == ([b"one"], [MarkKind.APPEARED])
    assert follower.status is SourceStatus.FOLLOWING


def test_a_deleted_log_waits_and_its_descriptor_is_let_go(follow: Follow, log: Path) -> None:
    append(log, b"one\n")
    follower = follow()
    assert texts(settle(follower)) == [b"one"]
    log.unlink()
    settle(follower)
    assert (follower.status, follower.detail) == (SourceStatus.WAITING, "deleted or renamed")
    assert follower.size is None
    append(log, b"two\n")
    steps = settle(follower)
    assert (texts(steps), kinds(steps)) == ([b"two"], [MarkKind.REPLACED])


def test_a_log_that_was_moved_away_and_back_goes_on_where_it_stopped(
    follow: Follow, log: Path
) -> None:
    append(log, b"one\ntw")
    follower = follow()
    assert texts(settle(follower)) == [b"one"]
    log.rename(log.with_name("elsewhere"))
    settle(follower)
    log.with_name("elsewhere").rename(log)
    append(log, b"o\n")
    steps = settle(follower)
    assert (texts(steps), kinds(steps)) == ([b"two"], [])


@pytest.mark.parametrize("written", [b"again\n", b"longer than it was before, by far\n" * 9])
def test_a_cleared_log_is_read_from_its_start_with_a_notice(
    follow: Follow, log: Path, written: bytes
) -> None:
    append(log, b"the first line of it\nhalf")
    follower = follow()
    settle(follower)
    os.truncate(log, 0)
    append(log, written)
    steps = settle(follower)
    assert texts(steps) == written.split(b"\n")[:-1]
    notice = next(step for step in steps if isinstance(step, Notice))
    assert notice.kind is MarkKind.CLEARED
    assert "4 bytes of an unfinished line lost" in notice.what


def test_a_fifo_or_folder_in_its_place_is_a_state_and_never_hangs(
    follow: Follow, log: Path
) -> None:
    os.mkfifo(log)
    follower = follow()
    assert settle(follower) == []
    assert (follower.status, follower.detail) == (SourceStatus.UNREADABLE, "not a regular file")
    log.unlink()
    log.mkdir()
    assert settle(follower) == []
    assert follower.status is SourceStatus.UNREADABLE
    log.rmdir()
    append(log, b"one\n")
    assert texts(settle(follower)) == [b"one"]


def test_a_fifo_that_takes_the_place_of_a_followed_log_is_seen(follow: Follow, log: Path) -> None:
    append(log, b"one\n")
    follower = follow()
    settle(follower)
    log.unlink()
    os.mkfifo(log)
    settle(follower)
    assert follower.status is SourceStatus.UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_log_that_may_not_be_read_says_so_and_starts_when_it_may(
    follow: Follow, log: Path
) -> None:
    append(log, b"one\n")
    log.chmod(0)
    follower = follow()
    assert settle(follower) == []
    assert (follower.status, follower.detail) == (SourceStatus.UNREADABLE, "permission denied")
    log.chmod(0o600)
    assert texts(settle(follower)) == [b"one"]


def test_starting_at_the_end_gives_only_what_comes_after_and_counts_lines(
    follow: Follow, log: Path
) -> None:
    append(log, b"one\ntwo\nthr")
    follower = follow()
    follower.start_at_end()
    place = follower.place()
    assert place is not None
    os.close(place[0])
    assert place[1:] == (8, 2)
    append(log, b"ee\n")
    (step,) = lines(settle(follower))
    assert (step.line.raw, step.line.offset, step.number) == (b"three", 8, 3)


def test_random_bytes_in_the_middle_do_not_stop_it(follow: Follow, log: Path) -> None:
    noise = bytes(range(256)) * 4096 * 5
    append(log, b"before\n" + noise + b"\nafter\n")
    steps = settle(follow())
    assert texts(steps)[0] == b"before"
    assert texts(steps)[-1] == b"after"
    assert len(texts(steps)) == noise.count(b"\n") + 3


def test_one_huge_line_is_cut_at_the_cap_and_the_next_one_appears(
    follow: Follow, log: Path
) -> None:
    with log.open("wb") as file:
        for _ in range(50):
            file.write(b"x" * (1 << 20))
        file.write(b"\nnext\n")
    follower = follow()
    tracemalloc.start()
    steps = settle(follower, 40)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    first, second = (each.line for each in lines(steps))
    assert (len(first.raw), first.length, first.cut) == (LINE_CAP, 50 << 20, True)
    assert second.raw == b"next"
    assert peak < 16 << 20
