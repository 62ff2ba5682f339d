"""`log` and `report` on what a log must not hold, and while it is written in pieces and rotated."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.logs.odd_lines import FINE, ODD

Console = Callable[..., Any]
_MAIN = "from orket_console.cli.main import main; main()"


@pytest.fixture
def run_log(bare_root: Path) -> Path:
    return bare_root / "workspace" / "default" / "orket.log"


def test_every_odd_line_is_one_record_in_its_place(
    console: Console, bare_root: Path, run_log: Path
) -> None:
    lines = [*ODD.values(), *FINE.values()]
    run_log.write_bytes(b"".join(line + b"\n" for line in lines))
    run = console("log", "--json", "--root", str(bare_root))
    records = run.document["data"]["records"]
    assert [record["line"] for record in records] == list(range(1, len(lines) + 1))
    assert [bool(record["problem"]) for record in records] == [
        *[True] * len(ODD),
        *[False] * len(FINE),
    ]
    printed = console("log", "--root", str(bare_root)).out
    assert len(printed.split("\n")) == len(lines) + 1
    for text in (run.out, printed):
        assert {unicodedata.category(c) for c in text} & {"Cc", "Cs", "Zl", "Zp"} <= {"Cc"}
        assert {c for c in text if unicodedata.category(c) == "Cc"} <= {"\n"}


def test_a_lone_surrogate_is_replaced(console: Console, bare_root: Path, run_log: Path) -> None:
    run_log.write_bytes(rb'{"event": "\ud83d", "data": {"\ud83d": ["\udc00"]}}' + b"\n")
    run = console("log", "--json", "--root", str(bare_root))
    (record,) = run.document["data"]["records"]
    assert record["record"] == {"event": "\ufffd", "data": {"\ufffd": ["\ufffd"]}}


def test_the_report_counts_every_odd_line(console: Console, bare_root: Path, run_log: Path) -> None:
    run_log.write_bytes(b"".join(line + b"\n" for line in (*ODD.values(), *FINE.values())))
    data = console("report", "--json", "--root", str(bare_root)).document["data"]
    assert data["lines"] == len(ODD) + len(FINE)
    assert data["malformed_count"] == len(ODD)


def test_a_packed_log_that_was_cut_off_is_read_as_far_as_it_goes_and_said_to_be(
    console: Console, tmp_path: Path
) -> None:
    rng = random.Random(1)
    lines = [json.dumps({"event": "x", "role": f"n{n}", "data": rng.random()}) for n in range(2000)]
    path = tmp_path / "cut.gz"
    packed = gzip.compress("\n".join(lines).encode())
    path.write_bytes(packed[: len(packed) // 2])
    run = console("log", "--json", str(path), here=tmp_path)
    roles = [record["role"] for record in run.document["data"]["records"]]
    assert run.status == 3
    assert "cut.gz: cut off or damaged" in run.err
    assert len(roles) > 500
    assert roles == [f"n{n}" for n in range(2000)][: int(roles[-1][1:]) + 1][-len(roles) :]
    counted = console("log", "--count", "--json", str(path), here=tmp_path)
    assert counted.document["data"]["matched"] == int(roles[-1][1:]) + 1
    path.write_bytes(packed)
    assert console("log", "--json", str(path), here=tmp_path).status == 0


@contextlib.contextmanager
def following(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-c", _MAIN, "--root", str(root), "log", "--follow", "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("seed", range(3))
def test_a_pipe_gets_each_line_once_however_it_is_written(
    bare_root: Path, run_log: Path, seed: int
) -> None:
    rng = random.Random(seed)
    odd = list(ODD.values())
    run_log.write_bytes(b'{"role": "0"}\n')
    with following(bare_root) as process:
        assert process.stdout is not None
        assert msgspec.json.decode(process.stdout.readline())["role"] == "0"
        for number in range(1, 200):
            line = json.dumps({"role": str(number), "data": {"text": "x" * rng.randrange(900)}})
            _write_in_pieces(run_log, line.encode() + b"\n", rng)
            if rng.random() < 0.2:
                _write_in_pieces(run_log, rng.choice(odd) + b"\n", rng)
            if number % 50 == 0:
                run_log.rename(run_log.with_name(f"orket.log.{4 - number // 50}"))
        seen = []
        while "199" not in seen:
            item = msgspec.json.decode(process.stdout.readline())
            if item["type"] == "record" and item["role"]:
                seen.append(item["role"])
    assert seen == [str(number) for number in range(1, 200)]


def _write_in_pieces(log: Path, content: bytes, rng: random.Random) -> None:
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while content:
        length = rng.randrange(1, 4000)
        os.write(fd, content[:length])
        content = content[length:]
    os.close(fd)
