"""What may be typed after `g`, and the lines that it leads to."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.base.errors import ConsoleError
from orket_console.logs.goto import (
    Goal,
    GoalError,
    Here,
    LineGoal,
    ShareGoal,
    TimeGoal,
    parse_goal,
    place_of,
)
from orket_console.logs.indexing import Indexing
from orket_console.logs.sources import Source

LineOf = Callable[..., bytes]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RUN = Source("/srv/orket/workspace/default/orket.log", "workspace/default/orket.log")
SERVER = Source("/srv/orket/orket.log", "root/orket.log")
HERE = Here((RUN, SERVER), RUN, datetime(2026, 11, 20, 5, 17, tzinfo=UTC), NOW, local=False)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("290", LineGoal(RUN, 290)),
        (" 1,234,567 ", LineGoal(RUN, 1_234_567)),
        ("20261120", LineGoal(RUN, 20_261_120)),
        ("root/orket.log:290", LineGoal(SERVER, 290)),
        ("root 290", LineGoal(SERVER, 290)),
        ("workspace: 7", LineGoal(RUN, 7)),
        ("50%", ShareGoal(RUN, 50)),
        ("99.5 %", ShareGoal(RUN, 99.5)),
        ("ROOT:0%", ShareGoal(SERVER, 0)),
        ("10:11", TimeGoal(day("2026-11-20 10:11"))),
        ("10:11:30", TimeGoal(day("2026-11-20 10:11:30"))),
        ("-15m", TimeGoal(NOW - timedelta(minutes=15))),
        ("-2h", TimeGoal(NOW - timedelta(hours=2))),
        ("2026-02-27 10:11", TimeGoal(day("2026-02-27 10:11"))),
        ("2026-02-27", TimeGoal(day("2026-02-27"))),
        ("2026-02-27T10:11:00+01:00", TimeGoal(day("2026-02-27 09:11"))),
    ],
)
def test_what_is_typed_is_understood(text: str, goal: Goal) -> None:
    assert parse_goal(text, HERE) == goal


def test_a_time_of_day_is_of_the_day_looked_at_and_not_to_come() -> None:
    assert parse_goal("23:50", HERE) == TimeGoal(day("2026-11-20 23:50"))
    today = replace(HERE, at=NOW - timedelta(hours=1))
    assert parse_goal("08:59", today) == TimeGoal(day("2026-11-23 08:59"))
    assert parse_goal("23:50", today) == TimeGoal(day("2026-11-22 23:50"))
    nothing = replace(HERE, at=None)
    assert parse_goal("23:50", nothing) == TimeGoal(day("2026-11-22 23:50"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "such as 290"),
        ("soon", "no line, share or time"),
        ("0", "lines count from 1"),
        ("101%", "behind the end"),
        ("orket.log:3", "may be workspace/default/orket.log, root/orket.log"),
        ("other:3", "no log is called other"),
        ("9" * 400, "no line, share or time"),
        ("25:61", "no log is called 25"),
        ("\x1b[2J", "no line, share or time"),
    ],
)
def test_what_leads_nowhere_says_why(text: str, said: str) -> None:
    with pytest.raises(GoalError, match=said.replace("(", r"\(")):
        parse_goal(text, HERE)
    with pytest.raises(GoalError, match="which log"):
        parse_goal("290", replace(HERE, source=None))


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30) | st.from_regex(r"\A-?[0-9:T .%+-]{1,30}\Z"))
def test_anything_typed_is_a_goal_or_an_error(text: str) -> None:
    try:
        parse_goal(text, HERE)
    except GoalError as error:
        assert str(error)


def test_goals_say_what_they_mean() -> None:
    def shown(at: datetime) -> str:
        return f"{at:%H:%M}"

    assert LineGoal(RUN, 1234).sentence(shown) == "line 1,234 of workspace/default/orket.log"
    assert ShareGoal(SERVER, 12.5).sentence(shown) == "12.5 % of root/orket.log"
    assert TimeGoal(NOW).sentence(shown) == "the first line from 09:00 on, in all logs"


# -- where they lead --------------------------------------------------------------------


@pytest.fixture
def indexing() -> Iterator[Indexing]:
    made = Indexing()
    yield made
    made.close()


@pytest.fixture
def here(tmp_path: Path, line_of: LineOf) -> Here:
    one, other = (Source(str(tmp_path / name), name) for name in ("one", "other"))
    Path(one.path).write_bytes(b"".join(line_of(f"e{n}", 2 * n) for n in range(1000)))
    Path(other.path).write_bytes(b"".join(line_of(f"o{n}", 2 * n + 501) for n in range(1000)))
    return Here((one, other), one, None, NOW, local=False)


def found(goal: Goal, here: Here, indexing: Indexing) -> tuple[str, bytes]:
    """The log that a goal leads to, and the line."""
    ref = place_of(goal, here, indexing, lambda: False).ref
    assert ref is not None
    content = Path(ref.path).read_bytes()
    assert ref.offset == 0 or content[ref.offset - 1 : ref.offset] == b"\n"
    if ref.line is not None:
        assert content[: ref.offset].count(b"\n") == ref.line - 1
    line = content[ref.offset :].split(b"\n")[0]
    return Path(ref.path).name, line[line.index(b'"event": "') + 10 :].split(b'"')[0]


@pytest.mark.parametrize("number", [1, 2, 500, 1000])
def test_a_line_by_its_number(here: Here, indexing: Indexing, number: int) -> None:
    indexing.watch([source.path for source in here.sources])
    goal = parse_goal(f"other:{number}", here)
    assert found(goal, here, indexing) == ("other", b"o%d" % (number - 1))


class _DoneMeanwhile(Indexing):
    """Has a log indexed to its end as soon as it has told that it is not."""

    def offset_of(self, fd: int, number: int) -> int | None:
        offset = super().offset_of(fd, number)
        self.watch([str(Path(f"/proc/self/fd/{fd}").readlink())])
        while self.lines(fd) is None:
            self.wait(0.1)
        return offset


def test_a_line_that_is_indexed_between_two_looks_is_there(here: Here) -> None:
    indexing = _DoneMeanwhile()
    try:
        assert found(LineGoal(here.sources[1], 7), here, indexing) == ("other", b"o6")
    finally:
        indexing.close()


def test_a_line_that_is_not_there_says_how_many_there_are(here: Here, indexing: Indexing) -> None:
    indexing.watch([source.path for source in here.sources])
    with pytest.raises(ConsoleError, match="one has 1,000 lines"):
        place_of(LineGoal(here.sources[0], 1001), here, indexing, lambda: False)


def test_waiting_for_a_line_can_be_given_up(here: Here, indexing: Indexing) -> None:
    with pytest.raises(ConsoleError, match="line 5 of one was given up"):
        place_of(LineGoal(here.sources[0], 5), here, indexing, lambda: True)


@pytest.mark.parametrize(("percent", "event"), [(0, b"e0"), (50, b"e500"), (100, b"e999")])
def test_a_share_of_a_log(here: Here, indexing: Indexing, percent: float, event: bytes) -> None:
    # Later lines have longer numbers in them: half of the bytes is not half of the lines.
    assert found(ShareGoal(here.sources[0], percent), here, indexing) == ("one", event)


@pytest.mark.parametrize(
    ("seconds", "log", "event"),
    [
        (-9, "one", b"e0"),
        (0, "one", b"e0"),
        (0.5, "one", b"e1"),
        (500, "one", b"e250"),
        (500.5, "other", b"o0"),
        (501, "other", b"o0"),
        (1999, "other", b"o749"),
        (2100, "other", b"o800"),
        (9999, "other", b"o999"),
    ],
)
def test_a_moment_in_all_logs(
    here: Here, indexing: Indexing, seconds: float, log: str, event: bytes
) -> None:
    at = datetime(2026, 11, 23, 5, 17, 37, tzinfo=UTC) + timedelta(seconds=seconds)
    assert found(TimeGoal(at), here, indexing) == (log, event)


@pytest.mark.parametrize(
    ("seconds", "log", "line"),
    [(-9, "log.2.gz", 1), (7, "log.2.gz", 8), (9.5, "log.1", 1), (15, "log.1", 6), (99, "log", 10)],
)
def test_a_moment_in_what_was_rotated_away(
    tmp_path: Path, line_of: LineOf, indexing: Indexing, seconds: float, log: str, line: int
) -> None:
    files = ("log.2.gz", "log.1", "log")
    lines = [[line_of("e", 10 * n + m) for m in range(10)] for n in range(len(files))]
    for name, content in zip(files, lines, strict=True):
        whole = b"".join(content)
        (tmp_path / name).write_bytes(gzip.compress(whole) if name.endswith("gz") else whole)
    source = Source(str(tmp_path / "log"), "log")
    here = Here((source,), source, None, NOW, local=False)
    at = datetime(2026, 11, 23, 5, 17, 37, tzinfo=UTC) + timedelta(seconds=seconds)
    ref = place_of(TimeGoal(at), here, indexing, lambda: False).ref
    offset = sum(map(len, lines[files.index(log)][: line - 1]))
    assert ref is not None
    assert (ref.path, ref.offset) == (str(tmp_path / log), offset)


def test_logs_that_are_empty_or_gone_are_told(tmp_path: Path, indexing: Indexing) -> None:
    source = Source(str(tmp_path / "log"), "the log")
    nowhere = Here((source,), source, None, NOW, local=False)
    for goal in (LineGoal(source, 1), ShareGoal(source, 5)):
        with pytest.raises(ConsoleError, match="the log can't be read: missing"):
            place_of(goal, nowhere, indexing, lambda: False)
    with pytest.raises(ConsoleError, match="no log has a line yet"):
        place_of(TimeGoal(NOW), nowhere, indexing, lambda: False)
    (tmp_path / "log").write_bytes(b"half")
    with pytest.raises(ConsoleError, match="the log is empty"):
        place_of(ShareGoal(source, 5), nowhere, indexing, lambda: False)
    with pytest.raises(ConsoleError, match="no log has a line yet"):
        place_of(TimeGoal(NOW), nowhere, indexing, lambda: False)
