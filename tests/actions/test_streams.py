"""Output is redacted before it is kept, and never grows the supervisor."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterable
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions import streams
from orket_console.actions.following import Follower
from orket_console.actions.kept import kept_output
from orket_console.actions.pieces import Piece
from orket_console.actions.streams import Keeper, Stream, Tail
from orket_console.base.secret import DOTS, Redactor, Secret

SECRET = "canary-9d41"
REDACTOR = Redactor([Secret(SECRET)])


class Bench:
    """Both streams of one action, with what one who follows them gets."""

    def __init__(self, folder: Path, redactor: Redactor = REDACTOR, cap: int = 1 << 20) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.keeper = Keeper(folder, cap)
        self.stdout = Stream("stdout", redactor, self.keeper)
        self.stderr = Stream("stderr", redactor, self.keeper)
        self._follower = Follower(folder)
        self._pieces: list[Piece] = []

    def end(self) -> None:
        self.stdout.flush()
        self.stderr.flush()
        self.keeper.close()

    @property
    def pieces(self) -> list[Piece]:
        while more := self._follower.read():
            self._pieces += more
        return self._pieces

    def shown(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "action")


async def test_a_whole_line_is_handed_on_at_once_and_half_a_line_at_the_end(bench: Bench) -> None:
    bench.stdout.received(b"one\ntw")
    assert bench.pieces == [Piece("stdout", "one\n")]
    bench.stdout.received(b"o\n")
    bench.stdout.received(b"half")
    bench.end()
    assert bench.shown() == "one\ntwo\nhalf"
    assert bench.stdout.tail() == "one\ntwo\nhalf"


async def test_half_a_line_that_waits_goes_out_and_what_may_begin_a_secret_stays(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.stdout.received(b"...")
    bench.stdout.look()
    assert bench.shown() == ""
    monkeypatch.setattr(streams, "PATIENCE", 0.0)
    bench.stdout.look()
    assert bench.shown() == "..."
    bench.stdout.received(b". canary")
    bench.stdout.look()
    assert bench.shown() == ".... "
    bench.stdout.received(b"-9d41")
    bench.stdout.look()
    assert bench.shown() == f".... {DOTS}"
    bench.stdout.received(b"\n")
    bench.end()
    assert bench.shown() == f".... {DOTS}\n"


async def test_the_files_are_private_and_hold_the_bytes_as_they_came(bench: Bench) -> None:
    raw = b"\x1b[31mred\x00\xff\xfe\r\n"
    bench.stderr.received(raw)
    bench.end()
    path = bench.folder / "stderr"
    assert path.read_bytes() == raw
    assert path.stat().st_mode & 0o777 == 0o600
    assert bench.shown() == "␛[31mred␀��␍\n"


async def test_a_secret_is_dots_in_files_view_and_tail(bench: Bench) -> None:
    bench.stdout.received(b"key=canary-")
    bench.stdout.received(b"9d41 end\n")
    bench.end()
    for text in (bench.shown(), bench.stdout.tail(), (bench.folder / "stdout").read_text()):
        assert text == f"key={DOTS} end\n"


@given(
    before=st.integers(0, 200),
    repeats=st.integers(1, 4),
    after=st.integers(0, 200),
    cuts=st.lists(st.integers(0, 600), max_size=8),
)
async def test_no_cut_of_a_huge_line_lets_a_secret_through(
    tmp_path_factory: pytest.TempPathFactory,
    before: int,
    repeats: int,
    after: int,
    cuts: list[int],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "HELD", 16)
        bench = Bench(tmp_path_factory.mktemp("action"))
        raw = b"x" * before + SECRET.encode() * repeats + b"y" * after
        edges = sorted({0, len(raw), *(min(cut, len(raw)) for cut in cuts)})
        for start, end in pairwise(edges):
            bench.stdout.received(raw[start:end])
        bench.end()
    expected = "x" * before + DOTS * repeats + "y" * after
    assert bench.shown() == expected
    assert (bench.folder / "stdout").read_text() == expected


def test_a_huge_line_is_cut_between_characters(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HELD", 16)
    line = "aäà€" + "𝄞ß" * 40
    for byte in line.encode():
        bench.stdout.received(bytes([byte]))
    assert "\ufffd" not in bench.shown()
    bench.end()
    assert bench.shown() == line


def spans(pieces: Iterable[Piece]) -> list[tuple[str, str]]:
    """What came of one stream at a stretch, however it was cut."""
    return [
        (stream, "".join(piece.text for piece in group))
        for stream, group in groupby(pieces, key=lambda piece: piece.stream)
    ]


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=30))))
async def test_what_was_kept_reads_back_in_the_order_it_came(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[tuple[str, bytes]]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("action"), Redactor([]))
    for name, raw in chunks:
        getattr(bench, name).received(raw)
    bench.end()
    kept = kept_output(bench.folder)
    assert kept.cut == ""
    assert spans(kept.pieces) == spans(bench.pieces)
    for name in ("stdout", "stderr"):
        raw = b"".join(part for chunk, part in chunks if chunk == name)
        assert (bench.folder / name).read_bytes() == raw


async def test_only_the_end_of_kept_output_is_read_back_and_said_to_be(bench: Bench) -> None:
    bench.stdout.received(b"first\n")
    bench.stderr.received(b"second\n")
    bench.stdout.received(b"third\n")
    bench.end()
    kept = kept_output(bench.folder, most=9)
    assert [piece.text for piece in kept.pieces] == ["nd\n", "third\n"]
    assert kept.cut == f"the last 9 B of 19 B; all of it is in {bench.folder}"


def test_output_that_is_gone_reads_as_none(tmp_path: Path) -> None:
    assert kept_output(tmp_path).pieces == ()
    (tmp_path / "order").write_bytes(b"stdout 5\nnonsense\nstderr x\nstdout 99999999\n")
    (tmp_path / "stdout").write_bytes(b"hello")
    assert [piece.text for piece in kept_output(tmp_path).pieces] == ["hello"]


async def test_a_huge_output_keeps_its_end_alone_in_memory(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "TAIL_CAP", 1000)
    monkeypatch.setattr(streams, "_PART", 50)
    for number in range(1000):
        bench.stdout.received(f"line {number}\n".encode())
    assert 1000 <= len(bench.stdout.tail()) < 1100
    assert bench.stdout.tail().endswith("line 999\n")
    bench.stdout.received(b"z" * 200_000)
    bench.end()
    assert bench.stdout.tail().endswith("z" * 1000)


def test_lines_that_come_one_by_one_take_no_more_memory_than_their_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "TAIL_CAP", 200_000)
    tail = Tail()
    tracemalloc.start()
    for number in range(25_000):
        tail.add(b"line %d\n" % number)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 400_000
    assert len(tail.text()) >= 200_000
    assert tail.text() == tail.text()
    tail.add(b"and on\n")
    assert tail.text().endswith("line 24999\nand on\n")


async def test_past_the_cap_output_is_not_kept_and_that_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "action", cap=10)
    for _ in range(3):
        bench.stdout.received(b"12345678\n")
    bench.end()
    assert (bench.folder / "stdout").read_bytes() == b"12345678\n"
    assert "the cap is reached" in bench.keeper.problem
    assert bench.stdout.tail() == "12345678\n" * 3


def put_in_place_of(path: str, descriptor: int) -> None:
    opened = os.open(path, os.O_WRONLY)
    os.dup2(opened, descriptor)
    os.close(opened)


async def test_a_full_disk_ends_the_keeping_and_not_the_action(bench: Bench) -> None:
    with bench.keeper._files["stdout"] as replaced:
        put_in_place_of("/dev/full", replaced.fileno())
        bench.stdout.received(b"lost\n")
        bench.stdout.received(b"lost too\n")
        put_in_place_of(os.devnull, replaced.fileno())
    bench.end()
    assert bench.keeper.problem == "output is not kept any more: No space left on device"
    assert bench.stdout.tail() == "lost\nlost too\n"
