"""The reader's thread and its mailbox: pages, places, generations, and what is live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.base.refs import LogRef
from orket_console.logs.filter import parse_filter
from orket_console.logs.live import Live
from orket_console.logs.mailbox import MAILBOX, Mailbox, Progress, Update
from orket_console.logs.reader import PAGE
from orket_console.logs.records import Record
from orket_console.logs.seek import Place
from orket_console.logs.shown import Shown
from orket_console.logs.sources import SourceStatus
from orket_console.logs.window import Window
from orket_console.target.layout import Layout

LineOf = Callable[..., bytes]
ALL = parse_filter("")


@pytest.fixture
def layout(bare_root: Path) -> Layout:
    return Layout(bare_root, bare_root / ".orket" / "durable")


class Screen:
    """Collects what comes, as the pane does."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.older: list[str] = []
        self.newer: list[str] = []
        self.fresh: list[str] = []
        self.last = Update(0)

    def take(self) -> None:
        self.last = self.mailbox.take()
        self.older[:0] = _events(self.last.older)
        self.newer += _events(self.last.newer)
        self.fresh += _events(self.last.fresh)

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end, (self.older[-5:], self.newer, self.fresh, self.last)
            time.sleep(0.005)
            self.take()

    def settled(self) -> bool:
        return self.last.generation > 0 and not self.last.progress.reading

    def clear(self) -> None:
        self.older, self.newer, self.fresh = [], [], []
        self.last = Update(0)


def _events(items: list) -> list[str]:
    return [item.event for item in items if isinstance(item, Record)]


@pytest.fixture
def screen(layout: Layout) -> Iterator[Callable[[], Screen]]:
    """Start a reader on the installation, and the screen it reads for."""
    started: list[Live] = []

    def start() -> Screen:
        mailbox = Mailbox(ALL)
        live = Live(mailbox, layout, SystemClock())
        started.append(live)
        live.start()
        return Screen(mailbox)

    yield start
    for live in started:
        assert live.stop(timeout=30)


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def test_the_last_page_then_what_is_written(layout: Layout, line_of: LineOf, screen) -> None:
    append(layout.run_log, b"".join(line_of(f"e{n}", n) for n in range(PAGE * 2)))
    seen = screen()
    seen.until(seen.settled)
    count = len(seen.older)
    assert PAGE <= count < PAGE * 2
    assert seen.older == [f"e{n}" for n in range(PAGE * 2 - count, PAGE * 2)]
    assert (seen.last.progress.oldest, seen.last.progress.newest) == (False, True)
    append(layout.run_log, line_of("new", 5000))
    seen.until(lambda: seen.fresh)
    assert seen.fresh == ["new"]
    seen.mailbox.page(older=True)
    seen.until(lambda: seen.last.progress.oldest)
    assert seen.older == [f"e{n}" for n in range(PAGE * 2)]


def test_a_filter_begins_a_new_generation_without_gap_or_repeat(
    layout: Layout, line_of: LineOf, screen
) -> None:
    append(layout.run_log, b"".join(line_of("ab"[n % 2], n) for n in range(100)))
    seen = screen()
    seen.until(seen.settled)
    append(layout.run_log, line_of("a", 200))
    seen.clear()
    generation = seen.mailbox.show(parse_filter("event:a"))
    append(layout.run_log, line_of("a", 201) + line_of("b", 202))
    seen.until(lambda: len(seen.older + seen.fresh) == 52 and seen.settled())
    assert set(seen.older + seen.fresh) == {"a"}
    assert seen.last.generation == generation
    assert seen.last.progress.scanned == 103


def test_what_an_old_generation_finds_is_thrown_away() -> None:
    mailbox = Mailbox(ALL)
    generation = mailbox.show(parse_filter("event:a"))
    mailbox.put(generation - 1, Progress(scanned=7))
    assert mailbox.take().progress.scanned == 0
    mailbox.put(generation, Progress(scanned=7))
    assert mailbox.take().progress.scanned == 7


def test_of_what_a_screen_takes_too_late_the_newest_are_kept_and_all_counted(record_of) -> None:
    mailbox = Mailbox(ALL)
    mailbox.put(1, Progress(), fresh=[record_of("a")] * MAILBOX)
    mailbox.put(1, Progress(), fresh=[record_of("turn_failed")])
    update = mailbox.take()
    assert (update.overrun, len(update.fresh)) == (True, MAILBOX)
    assert update.fresh[-1].event == "turn_failed"
    assert (update.count.matched, update.count.fresh) == (MAILBOX + 1, MAILBOX + 1)
    assert update.count.fresh_errors == 1
    assert not mailbox.take().overrun


def test_a_view_that_was_overrun_begins_anew_or_stands_still(record_of) -> None:
    shown, window = Shown(ALL), Window()
    window.add_newer([record_of("a")], page=False)
    overrun = Update(1, fresh=[record_of("b")], overrun=True)
    assert shown.room_for_fresh(window, overrun, held=False)
    assert (len(window), window.cut_above) == (0, True)
    window.add_newer([record_of("a")], page=False)
    assert not shown.room_for_fresh(window, overrun, held=True)
    assert (len(window), window.cut_below, shown.live) == (1, True, False)


def test_a_screen_is_told_once_until_it_takes_what_there_is(record_of) -> None:
    told: list[int] = []
    mailbox = Mailbox(ALL, lambda: told.append(1))
    mailbox.put(1, Progress(), fresh=[record_of("a")])
    mailbox.put(1, Progress(), fresh=[record_of("b")])
    assert len(told) == 1
    assert len(mailbox.take().fresh) == 2
    mailbox.tell(())
    assert len(told) == 1, "states that did not change are no news"
    mailbox.put(1, Progress(), fresh=[record_of("c")])
    assert len(told) == 2


def test_a_place_shows_both_sides_of_a_line(layout: Layout, line_of: LineOf, screen) -> None:
    lines = [line_of(f"e{n}", n) for n in range(100)]
    append(layout.run_log, b"".join(lines))
    append(layout.server_log, line_of("server1", 49.5) + line_of("server2", 50.5))
    seen = screen()
    seen.until(seen.settled)
    seen.clear()
    ref = LogRef(str(layout.run_log), sum(map(len, lines[:50])))
    seen.mailbox.show(ALL, Place(ref, None, behind=False))
    seen.until(lambda: seen.settled() and seen.last.progress.newest)
    assert seen.older == [f"e{n}" for n in range(50)] + ["server1"]
    assert seen.newer == ["e50", "server2", *(f"e{n}" for n in range(51, 100))]


def test_pages_from_a_place_go_on_where_a_window_was_cut(
    layout: Layout, line_of: LineOf, screen, record_of
) -> None:
    lines = [line_of(f"e{n}", n) for n in range(100)]
    append(layout.run_log, b"".join(lines))
    seen = screen()
    seen.until(seen.settled)
    seen.clear()
    at = sum(map(len, lines[:40]))
    seen.mailbox.page(older=False, place=Place(LogRef(str(layout.run_log), at), None, behind=True))
    seen.until(lambda: seen.newer and seen.settled())
    assert seen.newer == [f"e{n}" for n in range(41, 100)]
    seen.mailbox.page(older=True, place=Place(LogRef(str(layout.run_log), at), None, behind=False))
    seen.until(lambda: seen.older and seen.settled())
    assert seen.older == [f"e{n}" for n in range(40)]


def test_states_are_told_and_change(layout: Layout, line_of: LineOf, screen) -> None:
    append(layout.run_log, line_of("a"))
    seen = screen()
    seen.until(lambda: len(seen.last.states) == 2)
    assert [s.status for s in seen.last.states] == [SourceStatus.FOLLOWING, SourceStatus.WAITING]
    append(layout.server_log, line_of("b"))
    seen.until(lambda: seen.fresh)
    seen.until(lambda: {s.status for s in seen.last.states} == {SourceStatus.FOLLOWING})


def test_a_reader_that_fails_says_so(layout: Layout, screen, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("[bold]no luck\x1b")

    monkeypatch.setattr("orket_console.logs.reader.Reader._follow", broken)
    seen = screen()
    seen.until(lambda: seen.last.problem)
    assert seen.last.problem == "the log is no longer read: RuntimeError: [bold]no luck␛"


def test_a_burst_is_delivered_whole_and_in_order(layout: Layout, line_of: LineOf, screen) -> None:
    layout.run_log.touch()
    seen = screen()
    seen.until(seen.settled)
    for start in range(0, 5000, 500):
        append(layout.run_log, b"".join(line_of(f"e{n}", n) for n in range(start, start + 500)))
        seen.take()
    seen.until(lambda: len(seen.fresh) >= 5000)
    assert seen.fresh == [f"e{n}" for n in range(5000)]


def test_counts_while_the_view_is_held(record_of) -> None:
    shown = Shown(ALL)
    error, quiet, bad = record_of("turn_failed"), record_of("turn_start"), record_of(b"x")
    mailbox = Mailbox(ALL)
    mailbox.put(1, Progress(), older=[quiet], fresh=[error, quiet, bad])
    shown.count(mailbox.take(), held=True)
    assert (shown.matched, shown.malformed, shown.new, shown.new_errors) == (4, 1, 3, 1)
    shown.seen()
    mailbox.put(1, Progress(), fresh=[error])
    shown.count(mailbox.take(), held=False)
    assert (shown.new, shown.new_errors) == (0, 0)


@pytest.mark.parametrize("told", [True, False])
def test_lines_come_whether_or_not_the_system_tells_of_them(
    layout: Layout, line_of: LineOf, screen, monkeypatch, told: bool
) -> None:
    if not told:
        # A machine without watches can't be had for one test.
        monkeypatch.setattr("orket_console.logs.watch._inotify", lambda: None)
    layout.run_log.touch()
    seen = screen()
    seen.until(seen.settled)
    for number in range(5):
        append(layout.run_log, line_of(f"e{number}", number))
        seen.until(lambda number=number: len(seen.fresh) == number + 1)
    assert seen.fresh == [f"e{n}" for n in range(5)]


def test_what_is_off_is_left_out_of_pages_too(layout: Layout, line_of: LineOf, screen) -> None:
    append(layout.run_log, line_of("a", 0))
    append(layout.server_log, line_of("b", 1))
    seen = screen()
    seen.until(lambda: seen.older == ["a", "b"])
    seen.clear()
    seen.mailbox.switch(frozenset({str(layout.server_log)}))
    seen.mailbox.show(ALL)
    seen.until(lambda: seen.older == ["a"] and seen.settled())
