"""Whatever happens to a log: no line twice, none out of order, none lost without a mark."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.base.clock import SystemClock
from orket_console.base.lines import LineSplitter
from orket_console.logs.opened import Notice, Step
from orket_console.logs.records import Lines, MarkKind, Numbered
from orket_console.logs.tail import Follower

_ROTATING = """
import logging, sys
from logging.handlers import RotatingFileHandler
handler = RotatingFileHandler(sys.argv[1], maxBytes=1500, backupCount=1000, encoding="utf-8")
handler.setFormatter(logging.Formatter("%(message)s"))
for number in range(int(sys.argv[2])):
    handler.emit(logging.makeLogRecord({"msg": f"line {number:06}"}))
"""


class Stepping(SystemClock):
    """Goes on by half a second at every look, so that waits end."""

    def __init__(self) -> None:
        self._looks = 0

    def monotonic(self) -> float:
        self._looks += 1
        return self._looks / 2


def events(steps: list[Step]) -> list[bytes | MarkKind]:
    """Each line by its bytes, and each notice by its kind, in order."""
    found: list[bytes | MarkKind] = []
    for step in steps:
        match step:
            case Notice():
                found.append(step.kind)
            case Numbered():
                found.append(step.line.raw)
            case Lines():
                found += [line.raw for line in LineSplitter(step.offset).feed(step.raw)]
    return found


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def rotate(path: Path) -> None:
    numbers = [int(p.name.rpartition(".")[2]) for p in path.parent.glob(f"{path.name}.*")]
    for number in sorted(numbers, reverse=True):
        path.with_name(f"{path.name}.{number}").rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))


class Writer:
    """Writes numbered lines, and does to the log what operators and programs do to logs."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.count = 0

    def next(self) -> bytes:
        self.count += 1
        return b"%06d %s" % (self.count, b"x" * (self.count * 37 % 90))

    def do(self, operation: str) -> None:
        match operation:
            case "line":
                append(self.log, self.next() + b"\n")
            case "lines":
                append(self.log, b"".join(self.next() + b"\n" for _ in range(20)))
            case "half":
                append(self.log, self.next())
            case "rotate" if self.log.exists():
                rotate(self.log)
                self.log.touch()
            case "copytruncate" if self.log.exists():
                shutil.copy(self.log, self.log.with_name("copied"))
                os.truncate(self.log, 0)
            case "truncate" if self.log.exists():
                os.truncate(self.log, 0)
            case "regrow" if self.log.exists():
                size = self.log.stat().st_size
                os.truncate(self.log, 0)
                while self.log.stat().st_size <= size:
                    append(self.log, self.next() + b"\n")
            case "replace":
                other = self.log.with_name("other")
                other.write_bytes(self.next() + b"\n")
                other.replace(self.log)
            case "delete":
                self.log.unlink(missing_ok=True)


OPERATIONS = st.lists(
    st.sampled_from(
        [
            *("line", "lines", "half", "rotate", "copytruncate", "truncate", "regrow"),
            *("replace", "delete", "poll", "poll"),
        ]
    ),
    max_size=60,
)


def has_begun(follower: Follower, log: Path) -> bool:
    """Whether anything was read of the file that is the log now."""
    place = follower.place()
    if place is None or not log.exists():
        return False
    fd, offset, _ = place
    same = os.fstat(fd).st_ino == log.stat().st_ino
    os.close(fd)
    return same and offset > 0


def numbers_of(text: bytes) -> list[int]:
    """The numbers of the pieces that it was put together from."""
    return [int(number) for number in re.findall(rb"[0-9]{6}", text)]


@settings(max_examples=300, deadline=None)
@given(operations=OPERATIONS)
def test_no_line_is_doubled_or_out_of_order_and_none_is_lost_without_a_mark(
    tmp_path_factory: pytest.TempPathFactory, operations: list[str]
) -> None:
    log = tmp_path_factory.mktemp("tail") / "orket.log"
    log.touch()
    writer, follower, steps = Writer(log), Follower(log, Stepping()), list[Step]()
    unseen: set[int] = set()
    for _ in range(3):
        steps += follower.poll()
    for operation in operations:
        if operation == "poll":
            steps += follower.poll()
            continue
        if not has_begun(follower, log):
            # What comes and goes in a file that was not looked into yet, nobody can tell.
            unseen.update(numbers_of(log.read_bytes()) if log.exists() else ())
        writer.do(operation)
    append(log, b"\n" + writer.next() + b"\n")
    for _ in range(80):
        steps += follower.poll()
    follower.close()

    last, marked = 0, False
    for event in events(steps):
        if isinstance(event, MarkKind):
            marked = True
            continue
        for number in numbers_of(event):
            assert number > last, (number, last)
            lost = set(range(last + 1, number)) - unseen
            assert marked or not lost, f"{lost} went unmarked"
            last, marked = number, False
    assert last == writer.count


def test_a_hundred_rotations_by_another_process_lose_and_double_nothing(log: Path) -> None:
    total = 13_000
    log.touch()
    follower = Follower(log, SystemClock())
    follower.start_at_end()
    writer = subprocess.Popen([sys.executable, "-c", _ROTATING, str(log), str(total)])
    steps: list[Step] = []
    while writer.poll() is None:
        steps += follower.poll()
    for _ in range(400):
        steps += follower.poll()
    follower.close()
    found = events(steps)
    assert [event for event in found if isinstance(event, bytes)] == [
        b"line %06d" % number for number in range(total)
    ]
    assert found.count(MarkKind.ROTATED) == 104
    lost = [step.what for step in steps if isinstance(step, Notice)]
    assert set(lost) == {"0 lost"}


@pytest.mark.parametrize("length", [1 << 20, (1 << 20) + 1, 16 << 20])
def test_a_very_long_line_comes_whole_or_cut_and_the_next_follows(
    log: Path, length: int, take: Callable[[Follower], list[Step]]
) -> None:
    append(log, b"before\n" + b"x" * length + b"\nafter\n")
    found = [event for event in events(take(Follower(log, Stepping()))) if isinstance(event, bytes)]
    assert [found[0], found[-1], len(found)] == [b"before", b"after", 3]
    assert len(found[1]) == min(length, 1 << 20)


@pytest.fixture
def take() -> Callable[[Follower], list[Step]]:
    """Everything a follower gives, which is then closed."""

    def taken(follower: Follower) -> list[Step]:
        steps = [step for _ in range(20) for step in follower.poll()]
        follower.close()
        return steps

    return taken
