"""The audit trail: whole after every kill, in one chain whoever writes, and proof of tampering."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions import trail
from orket_console.actions.trail import append
from orket_console.actions.verification import Verification, verify
from orket_console.actions.verification import trail as shown
from orket_console.base.state import State


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    return tmp_path / "state" / "audit.jsonl"


def written(path: Path, count: int) -> list[bytes]:
    for number in range(count):
        append(path, {"kind": "started", "number": number, "text": "a “quoted” \n line"})
    return path.read_bytes().splitlines(keepends=True)


def first_bad(path: Path) -> int | None:
    found = verify(path)
    assert (found.state is State.OK) is (found.bad is None)
    return found.bad


def test_each_record_is_bound_to_the_one_before(audit: Path) -> None:
    lines = [json.loads(line) for line in written(audit, 3)]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert lines[0]["previous"] == "0" * 64
    assert [line["previous"] for line in lines[1:]] == [line["hash"] for line in lines[:2]]
    assert verify(audit) == Verification(State.OK, 3, None, "every record is as it was written")
    assert audit.stat().st_mode & 0o777 == 0o600
    assert audit.with_suffix(".head").stat().st_mode & 0o777 == 0o600


def test_nothing_recorded_is_well(audit: Path) -> None:
    assert verify(audit).whole == 0
    assert first_bad(audit) is None
    assert shown(audit, 10).records == ()


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_an_edited_record_is_named(audit: Path, at: int) -> None:
    lines = written(audit, 4)
    lines[at] = lines[at].replace(b'"started"', b'"refused"')
    audit.write_bytes(b"".join(lines))
    assert first_bad(audit) == at + 1
    assert verify(audit).what == f"record {at + 1} was edited"
    assert verify(audit).whole == at


@given(st.data())
def test_any_changed_byte_is_named(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("state") / "audit.jsonl"
    raw = bytearray(b"".join(written(path, 3)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    line = bytes(raw[:at]).count(b"\n") + 1
    path.write_bytes(raw)
    bad = first_bad(path)
    assert bad is not None
    assert bad <= line


def test_an_edit_that_mends_its_own_hash_breaks_the_next_or_the_head(audit: Path) -> None:
    lines = written(audit, 3)
    for at, bad in ((0, 2), (2, 3)):
        body = lines[at].rstrip()[: -trail._ENDING].replace(b"quoted", b"edited") + b"}"
        own = trail.hashlib.sha256(body).hexdigest()
        changed = [*lines]
        changed[at] = trail._sealed(body, own) + b"\n"
        audit.write_bytes(b"".join(changed))
        assert first_bad(audit) == bad


def test_records_in_another_order_are_named(audit: Path) -> None:
    lines = written(audit, 4)
    lines[1], lines[2] = lines[2], lines[1]
    audit.write_bytes(b"".join(lines))
    assert verify(audit).what == "record 2 is not in its place: record 3 stands there"
    assert first_bad(audit) == 2


def test_one_taken_out_of_the_middle_is_named(audit: Path) -> None:
    lines = written(audit, 4)
    audit.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert first_bad(audit) == 2


@pytest.mark.parametrize("left", [0, 1, 3])
def test_what_is_cut_off_at_the_end_is_missed_also_after_more_was_added(
    audit: Path, left: int
) -> None:
    lines = written(audit, 4)
    audit.write_bytes(b"".join(lines[:left]))
    assert first_bad(audit) == left + 1
    assert verify(audit).what == (
        f"cut off: record {left + 1} is missing, {4 - left} at the end in all"
    )
    append(audit, {"kind": "started"})
    assert first_bad(audit) == left + 1


def test_a_trail_that_was_removed_is_missed(audit: Path) -> None:
    written(audit, 2)
    audit.unlink()
    assert first_bad(audit) == 1


def test_a_record_cut_in_two_is_named_and_stays_named(audit: Path) -> None:
    raw = b"".join(written(audit, 3))
    audit.write_bytes(raw[:-10])
    assert verify(audit).what == "record 3 is only half written"
    append(audit, {"kind": "started"})
    assert first_bad(audit) == 3
    assert audit.read_bytes().startswith(raw[:-10])


def test_half_a_record_of_a_writer_that_was_killed_is_taken_away_and_that_is_told(
    audit: Path,
) -> None:
    raw = b"".join(written(audit, 2))
    audit.write_bytes(raw + b'{"seq":3,"previ')
    append(audit, {"kind": "started"})
    assert first_bad(audit) is None
    last = json.loads(audit.read_bytes().splitlines()[-1])
    assert last["removed"] == "15 bytes of a record that was half written"


def test_without_its_head_the_end_cant_be_told(audit: Path) -> None:
    written(audit, 2)
    audit.with_suffix(".head").unlink()
    assert verify(audit).state is State.UNKNOWN
    append(audit, {"kind": "started"})
    assert first_bad(audit) is None


def test_a_head_that_fell_behind_is_no_fault(audit: Path) -> None:
    written(audit, 2)
    behind = audit.with_suffix(".head").read_bytes()
    written(audit, 1)
    audit.with_suffix(".head").write_bytes(behind)
    assert first_bad(audit) is None
    append(audit, {"kind": "started"})
    assert first_bad(audit) is None
    assert verify(audit).whole == 4


@pytest.mark.parametrize("content", [b"\n", b"[]\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n", b"x"])
def test_what_is_no_record_is_named_and_shown_as_such(audit: Path, content: bytes) -> None:
    lines = written(audit, 1)
    audit.write_bytes(lines[0] + content)
    assert first_bad(audit) == 2
    found = shown(audit, 10)
    assert [record["seq"] for record in found.records] == [1]
    assert found.unreadable == (2,)


def test_the_newest_are_shown_first_and_made_safe(audit: Path) -> None:
    for text in ("a", "b", "\x1b[2J"):
        append(audit, {"evidence": text})
    found = shown(audit, 2)
    assert [record["evidence"] for record in found.records] == ["␛[2J", "b"]
    assert found.older == 1


def test_a_full_disk_leaves_nothing_of_a_record(audit: Path) -> None:
    raw = b"".join(written(audit, 2))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(raw) + 20, hard))
    try:
        with pytest.raises(OSError, match="No space left"):
            append(audit, {"kind": "started"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert audit.read_bytes() == raw
    append(audit, {"kind": "started"})
    assert first_bad(audit) is None


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    folder, fifo = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    folder.mkdir()
    os.mkfifo(fifo)
    for path in (folder, fifo):
        with pytest.raises(OSError, match=r"directory|no regular file"):
            append(path, {"kind": "started"})


def test_a_writer_that_was_stopped_is_not_waited_for_for_ever(
    audit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "_PATIENCE", 0.05)
    raw = b"".join(written(audit, 1))
    with audit.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="another process holds its lock"):
            append(audit, {"kind": "started"})
    assert audit.read_bytes() == raw


def _many(path: Path, count: int) -> None:
    for number in range(count):
        append(path, {"pid": os.getpid(), "number": number})


def test_several_writers_make_one_chain(audit: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_many, args=(audit, 25)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert first_bad(audit) is None
    assert verify(audit).whole == 75
    records = [json.loads(line) for line in audit.read_bytes().splitlines()]
    for writer in writers:
        assert [r["number"] for r in records if r["pid"] == writer.pid] == list(range(25))


WRITER = """
import sys
from pathlib import Path
from orket_console.actions.trail import append
for number in range(1_000_000):
    append(Path(sys.argv[1]), {"number": number, "text": "x" * 3000})
    print(number, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_holds_all_that_was_acknowledged(
    audit: Path, seed: int, run_until: Callable[[int], int]
) -> None:
    acknowledged = run_until(random.Random(seed).randrange(1, 40))
    found = verify(audit)
    assert found.state is State.OK, found
    assert found.whole >= acknowledged + 1
    append(audit, {"kind": "started"})
    assert first_bad(audit) is None


@pytest.fixture
def run_until(audit: Path) -> Callable[[int], int]:
    """Run a writer and kill it after so many records; the number of the last one it told of."""

    def ran(count: int) -> int:
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(audit)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            for _ in range(count):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            return max((int(line) for line in process.stdout), default=count - 1)

    return ran


def test_a_trail_put_in_its_place_while_a_writer_waits_is_the_one_that_counts(
    audit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(audit, 2)
    held = audit.open("rb")
    fcntl.flock(held, fcntl.LOCK_EX)

    def replaced_meanwhile(seconds: float) -> None:
        audit.rename(audit.with_name("taken-away"))
        audit.touch()
        held.close()

    monkeypatch.setattr(trail.time, "sleep", replaced_meanwhile)
    append(audit, {"kind": "started"})
    assert first_bad(audit) == 1
    assert [json.loads(line)["seq"] for line in audit.read_bytes().splitlines()] == [3]
    assert audit.with_name("taken-away").read_bytes().count(b"\n") == 2


def test_where_its_head_cant_be_opened_nothing_is_recorded(audit: Path) -> None:
    written(audit, 1)
    audit.with_suffix(".head").unlink()
    audit.with_suffix(".head").mkdir()
    with pytest.raises(OSError, match="directory"):
        append(audit, {"kind": "started"})
    assert verify(audit).whole == 1


@pytest.mark.parametrize("length", [20_000, 900_000])
def test_a_record_longer_than_what_is_read_first_is_found(audit: Path, length: int) -> None:
    append(audit, {"text": "x" * length})
    append(audit, {"kind": "started"})
    append(audit, {"text": "x" * length})
    audit.with_suffix(".head").unlink()
    append(audit, {"kind": "started"})
    assert verify(audit).state is State.OK
    assert verify(audit).whole == 4
