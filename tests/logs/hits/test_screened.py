"""Logs read by their hits give what reading all of them gives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orket_console.logs.hits.hitmap as hitmap_module
import orket_console.logs.hits.screened as screened_module
from orket_console.base.errors import ConsoleError
from orket_console.logs.filter import Filter, parse_filter
from orket_console.logs.history import Reading, open_view, read_back, read_on
from orket_console.logs.hits import hunt as hunt_module
from orket_console.logs.hits.hunt import Hunt
from orket_console.logs.hits.screened import Screened
from orket_console.logs.pages import count_lines
from orket_console.logs.records import Record
from orket_console.logs.sources import Source

LineOf = Callable[..., bytes]
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


class Search:
    """A hunt and those who wait for it."""

    def __init__(self, wanted: Filter, *, older: bool) -> None:
        self._told = threading.Condition()
        self.hunt = Hunt(wanted, self._tell, older=older)

    def _tell(self) -> None:
        with self._told:
            self._told.notify_all()

    def wait(self) -> None:
        with self._told:
            self._told.wait(0.05)

    def reading(self, paths: list[Path], at: int | None, *, older: bool) -> Reading:
        views = [open_view(Source(str(path), path.name), at) for path in paths]
        for view in views:
            view.screen = Screened(self.hunt, count_lines)
        return (read_back if older else read_on)(views, NOW)

    def wanted(self, reading: Reading) -> list[Record]:
        """All that is wanted of a reading, to its end."""
        found: list[Record] = []
        for _ in range(1000):
            taken = [placed.item for placed in reading.take(50)]
            found += [r for r in taken if isinstance(r, Record) and self.hunt.wanted.wants(r)]
            if reading.ended:
                return found
            if reading.waiting:
                self.wait()
        raise AssertionError("the reading does not end")


@pytest.fixture
def search() -> Iterator[Callable[..., Search]]:
    made: list[Search] = []

    def make(expression: str, *, older: bool = True) -> Search:
        made.append(Search(parse_filter(expression), older=older))
        return made[-1]

    yield make
    for each in made:
        each.hunt.close()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few lines, none of them read before it is searched."""
    monkeypatch.setattr(hitmap_module, "BLOCK", 2000)
    monkeypatch.setattr(screened_module, "BLOCK", 2000)
    monkeypatch.setattr("orket_console.logs.hits.job.BLOCK", 2000)
    monkeypatch.setattr(screened_module, "_AT_ONCE", 0)


def write(path: Path, line_of: LineOf, count: int, every: int, first: float = 0) -> list[bytes]:
    lines = [line_of("hit" if n % every == 0 else "other", first + n, n=n) for n in range(count)]
    path.write_bytes(b"".join(lines))
    return lines


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("every", [1, 7, 500, 5000])
@pytest.mark.parametrize("older", [True, False])
def test_every_hit_is_read_in_order_with_its_number(
    tmp_path: Path, line_of: LineOf, search: Callable[..., Search], every: int, older: bool
) -> None:
    lines = write(tmp_path / "log", line_of, 3000, every)
    seeking = search("event:hit", older=older)
    at = sum(map(len, lines[:1500]))
    found = seeking.wanted(seeking.reading([tmp_path / "log"], at, older=older))
    wanted = [n for n in range(0, 3000, every) if (n < 1500) is older]
    expected = [(n + 1, sum(map(len, lines[:n]))) for n in (wanted[::-1] if older else wanted)]
    assert [(r.ref.line, r.ref.offset) for r in found] == expected


@pytest.mark.usefixtures("small_blocks")
def test_several_logs_stay_merged_by_time(
    tmp_path: Path, line_of: LineOf, search: Callable[..., Search]
) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, (every, first) in zip(paths, [(3, 0.0), (70, 0.25), (901, 0.5)], strict=True):
        write(path, line_of, 1000, every, first)
    seeking = search("event:hit")
    found = seeking.wanted(seeking.reading(paths, None, older=True))
    times = [record.at for record in found if record.at]
    assert times == sorted(times, reverse=True)
    assert len(found) == 334 + 15 + 2


def test_only_what_holds_hits_is_read(
    tmp_path: Path, line_of: LineOf, search: Callable[..., Search], monkeypatch
) -> None:
    monkeypatch.setattr(screened_module, "_AT_ONCE", 0)
    lines = write(tmp_path / "log", line_of, 50_000, 40_000)
    seeking = search("event:hit")
    reading = seeking.reading([tmp_path / "log"], None, older=True)
    seen = 0
    while not reading.ended:
        seen += len(reading.take(100))
    assert 2 <= seen < 2 * 2 * hitmap_module.BLOCK // len(lines[0])


def test_what_is_written_after_the_search_began_is_read(
    tmp_path: Path, line_of: LineOf, search: Callable[..., Search]
) -> None:
    write(tmp_path / "log", line_of, 100, 10)
    seeking = search("event:hit", older=False)
    assert len(seeking.wanted(seeking.reading([tmp_path / "log"], 0, older=False))) == 10
    with (tmp_path / "log").open("ab") as log:
        log.write(line_of("hit", 200) + line_of("other", 201))
    assert len(seeking.wanted(seeking.reading([tmp_path / "log"], 0, older=False))) == 11
    assert len(seeking.wanted(seeking.reading([tmp_path / "log"], None, older=True))) == 11


def test_a_search_that_fails_leaves_the_rest_to_be_read(
    tmp_path: Path, line_of: LineOf, search: Callable[..., Search], monkeypatch
) -> None:
    def broken(*_: object) -> Iterator[None]:
        raise ConsoleError("a worker process ended")
        yield

    monkeypatch.setattr(hunt_module, "each", broken)
    monkeypatch.setattr(screened_module, "_AT_ONCE", 0)
    write(tmp_path / "log", line_of, 3000, 500)
    seeking = search("event:hit")
    assert len(seeking.wanted(seeking.reading([tmp_path / "log"], None, older=True))) == 6
    assert seeking.hunt.progress.problem == "a worker process ended"
    assert not seeking.hunt.progress.whole


def test_progress_ends_with_all_hits(
    tmp_path: Path, line_of: LineOf, search: Callable[..., Search]
) -> None:
    write(tmp_path / "log", line_of, 1000, 10)
    seeking = search("event:hit")
    reading = seeking.reading([tmp_path / "log"], None, older=True)
    seeking.wanted(reading)
    reading.close()
    for _ in range(1000):
        if seeking.hunt.progress.whole:
            break
        seeking.wait()
    size = (tmp_path / "log").stat().st_size
    progress = seeking.hunt.progress
    assert (progress.done, progress.of, progress.hits, progress.whole) == (size, size, 100, True)


def test_a_log_cleared_meanwhile_ends_there(
    tmp_path: Path, line_of: LineOf, search: Callable[..., Search]
) -> None:
    write(tmp_path / "log", line_of, 3000, 2)
    seeking = search("event:hit")
    reading = seeking.reading([tmp_path / "log"], None, older=True)
    first = reading.take(10)
    write(tmp_path / "log", line_of, 4000, 3, first=9000)
    rest = seeking.wanted(reading)
    assert len(first) == 10
    assert all(r.at is not None and r.at < datetime(2026, 11, 23, 7, tzinfo=UTC) for r in rest)


@settings(max_examples=100, deadline=None)
@given(
    content=st.lists(st.sampled_from(["hit", "x", "no json", "long", "hit long"]), max_size=40),
    block=st.sampled_from([1, 7, 50, 400]),
    data=st.data(),
)
def test_any_log_in_any_blocks_gives_its_hits_once(
    tmp_path_factory: pytest.TempPathFactory, content: list[str], block: int, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("screened") / "log"
    lines = [each.replace("long", "y" * 300).encode() + b"\n" for each in content]
    path.write_bytes(b"".join(lines) + b"hit half")
    starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]
    place = data.draw(st.integers(0, len(lines)))
    older = data.draw(st.booleans())
    before = hitmap_module.BLOCK, screened_module._AT_ONCE
    modules = (hitmap_module, screened_module, hunt_module.HitJob.begin.__globals__)
    try:
        hitmap_module.BLOCK = screened_module.BLOCK = modules[2]["BLOCK"] = block
        screened_module._AT_ONCE = 0
        seeking = Search(parse_filter("hit"), older=older)
        found = seeking.wanted(seeking.reading([path], starts[place], older=older))
        seeking.hunt.close()
    finally:
        hitmap_module.BLOCK = screened_module.BLOCK = modules[2]["BLOCK"] = before[0]
        screened_module._AT_ONCE = before[1]
    mine = range(place) if older else range(place, len(lines))
    wanted = [starts[n] for n in mine if b"hit" in lines[n]]
    assert sorted(record.ref.offset for record in found) == wanted
