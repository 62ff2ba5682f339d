"""Bookmarks: kept whole whoever writes, and their lines found again wherever they went."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orket_console.base.errors import ConsoleError
from orket_console.base.lines import LineSplitter
from orket_console.base.text import clean
from orket_console.logs.bookmarks import (
    MOST,
    Bookmark,
    Marks,
    added,
    bookmark_of,
    change_bookmarks,
    noted,
    read_bookmarks,
    without,
)
from orket_console.logs.forms import entries
from orket_console.logs.found_again import find_again
from orket_console.logs.records import Record, read_record
from orket_console.logs.sources import Form, Source

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def line(second: int, **data: object) -> bytes:
    at = f"2026-11-23T05:{second // 60:02}:{second % 60:02}+00:00"
    record = {"timestamp": at, "role": "system", "event": "turn_start", "data": data}
    return json.dumps(record).encode() + b"\n"


def records(path: Path) -> list[Record]:
    source = Source(str(path), path.name)
    lines = LineSplitter().feed(path.read_bytes())
    return [read_record(line, source, number) for number, line in enumerate(lines, 1)]


def marked(record: Record, note: str = "") -> Bookmark:
    return bookmark_of(record, note, NOW, lambda text: text.replace("canary-1", "•••"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "orket.log"
    path.write_bytes(b"".join(line(n, n=n) for n in range(100)))
    return path


def test_a_bookmark_is_kept_and_removed(log: Path, tmp_path: Path) -> None:
    file = tmp_path / "state" / "bookmarks.json"
    assert read_bookmarks(file) == ()
    second, first = marked(records(log)[50], "look here"), marked(records(log)[10])
    change_bookmarks(file, added(second))
    assert change_bookmarks(file, added(first)) == (first, second)
    assert read_bookmarks(file) == (first, second)
    assert file.stat().st_mode & 0o777 == 0o600
    change_bookmarks(file, noted(first, "a\nnote"))
    assert [each.note for each in read_bookmarks(file)] == ["a ↵ note", "look here"]
    assert change_bookmarks(file, without(second)) == (replace(first, note="a ↵ note"),)


def test_a_line_is_marked_once(log: Path, tmp_path: Path) -> None:
    file = tmp_path / "bookmarks.json"
    change_bookmarks(file, added(marked(records(log)[1], "first")))
    kept = change_bookmarks(file, added(marked(records(log)[1], "second")))
    assert [each.note for each in kept] == ["second"]


def test_secrets_and_escapes_are_not_kept(tmp_path: Path) -> None:
    log = tmp_path / "orket.log"
    log.write_bytes(line(1, message="key canary-1 \x1b[2J given"))
    file = tmp_path / "bookmarks.json"
    change_bookmarks(file, added(marked(records(log)[0], "canary-1\x1b")))
    kept = file.read_text()
    assert "canary" not in kept
    assert "\\u001b" not in kept
    assert read_bookmarks(file)[0].note == "•••␛"


def test_the_records_that_are_marked_are_told(log: Path) -> None:
    found = records(log)
    marks = Marks([marked(found[10])])
    assert [record.ref.line for record in found if marks.of(record)] == [11]
    other = log.with_name("other.log")
    other.write_bytes(line(10, n="another of the same moment"))
    assert marks.of(records(other)[0]) is None


def test_several_writers_lose_nothing(log: Path, tmp_path: Path) -> None:
    file = tmp_path / "bookmarks.json"
    found = records(log)

    def write(start: int) -> None:
        for record in found[start : start + 10]:
            change_bookmarks(file, added(marked(record)))

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_bookmarks(file)) == 30


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"bookmarks": 3}', b"\xff\xfe"])
def test_a_broken_file_is_told_and_not_overwritten(
    log: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bookmarks.json"
    file.write_bytes(content)
    with pytest.raises(ConsoleError, match="can't be read"):
        change_bookmarks(file, added(marked(records(log)[0])))
    assert file.read_bytes() == content


def test_there_is_an_end_to_them(tmp_path: Path) -> None:
    log = tmp_path / "orket.log"
    log.write_bytes(b"".join(line(n % 3600, n=n) for n in range(MOST + 1)))
    file = tmp_path / "bookmarks.json"
    every = tuple(map(marked, records(log)))
    change_bookmarks(file, lambda _: every[:MOST])
    with pytest.raises(ConsoleError, match="already"):
        change_bookmarks(file, added(every[-1]))
    assert len(read_bookmarks(file)) == MOST


def test_a_file_that_others_wrote_in_is_made_safe(tmp_path: Path) -> None:
    file = tmp_path / "bookmarks.json"
    fields = {
        "digest": "x", "length": 1, "at": None, "source": "s\x1b[2J", "path": "/p", "offset": 0,
        "line": None, "event": "e\u202e", "what": "w\n" * 9999, "note": "n" * 9999,
        "made": "2026-11-23T05:00:00",
    }  # fmt: skip
    file.write_text(json.dumps({"bookmarks": [fields]}))
    [kept] = read_bookmarks(file)
    for text in (kept.source, kept.event, kept.what, kept.note):
        assert clean(text) == text
        assert "\n" not in text
        assert len(text) <= 300
    assert kept.made.tzinfo is not None


def test_a_line_is_found_where_it_was(log: Path) -> None:
    ref = find_again(marked(records(log)[42]))
    assert ref == records(log)[42].ref


def test_a_line_is_found_after_rotations(log: Path) -> None:
    bookmark = marked(records(log)[42])
    log.rename(log.with_name("orket.log.1"))
    log.write_bytes(b"".join(line(200 + n, n=n) for n in range(100)))
    ref = find_again(bookmark)
    assert ref is not None
    assert (ref.path, ref.offset) == (str(log.with_name("orket.log.1")), bookmark.offset)
    log.with_name("orket.log.1").rename(log.with_name("orket.log.2"))
    log.rename(log.with_name("orket.log.1"))
    ref = find_again(bookmark)
    assert ref is not None
    assert ref.path.endswith(".2")


def test_a_line_is_found_in_a_packed_log(log: Path) -> None:
    bookmark = marked(records(log)[42])
    log.with_name("orket.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.write_bytes(b"".join(line(200 + n, n=n) for n in range(100)))
    ref = find_again(bookmark)
    assert ref is not None
    assert (ref.path, ref.offset) == (f"{log}.1.gz", bookmark.offset)


def test_an_entry_of_several_lines_is_found(tmp_path: Path) -> None:
    log = tmp_path / "orket_crash.log"
    entry = b"2026-11-23 05:00:0%d,123 - ERROR - CRITICAL CRASH: KeyError\nTraceback\n  x\n"
    log.write_bytes(b"".join(entry % n for n in range(3)))
    source = Source(str(log), log.name, Form.CRASHES)
    second = list(entries(LineSplitter().feed(log.read_bytes()), source, 1))[1]
    bookmark = marked(second)
    log.rename(log.with_name("orket_crash.log.1"))
    ref = find_again(bookmark)
    assert ref is not None
    assert (ref.path, ref.offset) == (f"{log}.1", second.ref.offset)


def test_a_line_that_was_copied_elsewhere_in_the_file_is_found_by_its_time(log: Path) -> None:
    bookmark = marked(records(log)[42])
    log.write_bytes(b"".join(line(n, n=n) for n in range(20, 100)))
    ref = find_again(bookmark)
    assert ref is not None
    assert ref.offset == records(log)[22].ref.offset


def test_a_line_that_is_gone_is_not_found(log: Path) -> None:
    bookmark = marked(records(log)[42])
    log.write_bytes(line(42, n="something else"))
    assert find_again(bookmark) is None
    log.unlink()
    assert find_again(bookmark) is None


@given(raw=st.binary(max_size=60).filter(lambda raw: b"\n" not in raw), note=st.text(max_size=40))
def test_any_line_can_be_marked_and_found(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, note: str
) -> None:
    log = tmp_path_factory.mktemp("marked") / "orket.log"
    log.write_bytes(line(1) + raw + b"\n" + line(2))
    record = records(log)[1]
    file = log.with_name("bookmarks.json")
    change_bookmarks(file, added(marked(record, note)))
    [kept] = read_bookmarks(file)
    assert Marks([kept]).of(record) == kept
    assert find_again(kept) == record.ref
