"""Being told of changes: by the system where it tells, and not relied on where it does not."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from orket_console.logs.alarm import Alarm
from orket_console.logs.watch import Watch

LIMIT = 30.0


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    with Alarm() as opened:
        yield opened


@pytest.fixture
def watch(log: Path) -> Iterator[Watch]:
    watch = Watch()
    watch.over([log])
    if watch.descriptor is None:
        pytest.skip("this system tells of no changes, or has no watches left")
    yield watch
    watch.close()


def test_a_ring_from_another_thread_ends_a_wait(alarm: Alarm) -> None:
    threading.Thread(target=alarm.ring).start()
    assert alarm.wait(LIMIT)
    assert not alarm.wait(0.0), "one ring ends one wait"


def test_any_number_of_rings_is_one_and_none_blocks(alarm: Alarm) -> None:
    for _ in range(100_000):
        alarm.ring()
    assert alarm.wait(LIMIT)


def test_a_ring_after_the_end_is_nothing() -> None:
    with Alarm() as alarm:
        pass
    alarm.ring()


@pytest.mark.parametrize("change", ["append", "rename", "remove", "truncate", "replace"])
def test_every_change_of_a_log_is_told(alarm: Alarm, watch: Watch, log: Path, change: str) -> None:
    log.write_bytes(b"one\n")
    assert watch.took_note()
    assert not watch.took_note()
    match change:
        case "append":
            with log.open("ab") as file:
                file.write(b"two\n")
        case "rename":
            log.rename(log.with_name("orket.log.1"))
        case "remove":
            log.unlink()
        case "truncate":
            os.truncate(log, 0)
        case "replace":
            other = log.with_name("other")
            other.write_bytes(b"two\n")
            other.replace(log)
    assert alarm.wait(LIMIT, watch.descriptor)


def test_a_log_that_is_a_link_is_told_of_where_it_lies(
    alarm: Alarm, watch: Watch, log: Path, tmp_path: Path
) -> None:
    there = tmp_path / "elsewhere" / "real.log"
    there.parent.mkdir()
    there.touch()
    log.symlink_to(there)
    watch.over([log])
    watch.took_note()
    there.write_bytes(b"one\n")
    assert alarm.wait(LIMIT, watch.descriptor)


def test_a_folder_that_is_made_again_is_watched_again(
    alarm: Alarm, watch: Watch, log: Path
) -> None:
    log.parent.rename(log.parent.with_name("old"))
    log.parent.mkdir()
    watch.over([log])
    watch.took_note()
    log.touch()
    assert alarm.wait(LIMIT, watch.descriptor)


def test_what_tells_too_little_is_not_relied_on(watch: Watch) -> None:
    for _ in range(3):
        assert watch.descriptor is not None
        watch.missed()
    assert watch.descriptor is None
    assert not watch.took_note()


def test_without_watches_left_nothing_is_told(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inotify_simple = pytest.importorskip("inotify_simple")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    # The limit is the machine's, and can't be had for one test.
    monkeypatch.setattr(inotify_simple.INotify, "add_watch", full)
    watch = Watch()
    watch.over([log])
    assert watch.descriptor is None
