"""Jobs for the tests of scans: in a module, so that a worker process finds them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field

from orket_console.base.lines import Line

Found = list[tuple[int, int, bytes]]


@dataclass
class Seen:
    """All that was handed over: (line number from 0, offset, line), and how many lines."""

    count: int = 0
    lines: Found = field(default_factory=list)
    rest: bytes = b""


class CollectPart:
    def __init__(self) -> None:
        self.seen = Seen()

    def take(self, lines: bytes, offset: int) -> None:
        assert lines.endswith(b"\n")
        for line in lines.split(b"\n")[:-1]:
            self._add(line, offset)
            offset += len(line) + 1

    def take_long(self, line: Line) -> None:
        assert line.cut
        self._add(b"%d" % line.length, line.offset)

    def take_rest(self, line: Line) -> None:
        self.seen.rest = line.raw

    def result(self) -> Seen:
        return self.seen

    def _add(self, line: bytes, offset: int) -> None:
        self.seen.lines.append((self.seen.count, offset, line))
        self.seen.count += 1


class Collect:
    def begin(self) -> CollectPart:
        return CollectPart()

    def merge(self, first: Seen, second: Seen) -> Seen:
        lines = first.lines + [
            (number + first.count, offset, line) for number, offset, line in second.lines
        ]
        return Seen(first.count + second.count, lines, second.rest)


class CountPart:
    def __init__(self) -> None:
        self.count = 0

    def take(self, lines: bytes, offset: int) -> None:
        self.count += lines.count(b"\n")

    def take_long(self, line: Line) -> None:
        self.count += 1

    def take_rest(self, line: Line) -> None:
        pass

    def result(self) -> int:
        return self.count


class Count:
    def begin(self) -> CountPart:
        return CountPart()

    def merge(self, first: int, second: int) -> int:
        return first + second


class BrokenPart(CountPart):
    def take(self, lines: bytes, offset: int) -> None:
        raise KeyError("no such thing")


class Broken(Count):
    def begin(self) -> CountPart:
        return BrokenPart()


class DyingPart(CountPart):
    def take(self, lines: bytes, offset: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Dying(Count):
    def begin(self) -> CountPart:
        return DyingPart()


class EndlessPart(CountPart):
    """Writes its process id to a file, and takes for ever over its first lines."""

    def __init__(self, pids: str) -> None:
        super().__init__()
        self._pids = pids

    def take(self, lines: bytes, offset: int) -> None:
        with open(self._pids, "a") as file:  # noqa: PTH123
            file.write(f"{os.getpid()}\n")
        while True:
            time.sleep(60)


class SlowPart(EndlessPart):
    """Writes its process id once, and comes back to its reader again and again."""

    def take(self, lines: bytes, offset: int) -> None:
        if not self.count:
            with open(self._pids, "a") as file:  # noqa: PTH123
                file.write(f"{os.getpid()}\n")
        self.count += 1
        time.sleep(0.02)


@dataclass
class Endless(Count):
    pids: str

    def begin(self) -> CountPart:
        return EndlessPart(self.pids)


@dataclass
class Slow(Count):
    pids: str

    def begin(self) -> CountPart:
        return SlowPart(self.pids)
