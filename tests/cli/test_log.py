"""`log` prints records of all logs, once or going on."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

Console = Callable[..., Any]
CANARY = "canary-7f3a91"
_MAIN = "from orket_console.cli.main import main; main()"


def line(event: str, second: int, **data: Any) -> bytes:
    at = f"2026-11-23T05:17:{second:02}+00:00"
    record = {"timestamp": at, "role": "system", "event": event, "data": data}
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def root(bare_root: Path) -> Path:
    (bare_root / "workspace" / "default" / "orket.log").write_bytes(
        line("session_start", 1, run_id="34a2b001")
        + line("turn_failed", 3, type="E", error="\x1b]0;x\x07 [bold]", session_id="34a2b001")
    )
    (bare_root / "orket.log").write_bytes(
        line("webhook", 2, message="Invalid webhook signature", level="error") + b"not json\n"
    )
    return bare_root


def test_text_has_the_columns_of_the_screen(console: Console, root: Path) -> None:
    run = console("log", "--root", str(root))
    assert (run.status, run.err) == (0, "")
    why = "Expecting value: line 1 column 1 (char 0)"
    assert run.out.splitlines() == [
        "━━ 2026-11-23 ━━",
        "05:17:01 · system         session_start      34a2b001",
        "05:17:02 ✖ system         webhook            401: invalid signature",
        f"--:--:-- ▲                malformed          not json [{why}]",
        "05:17:03 ✖ system         turn_failed        E: ␛]0;x␇ [bold]",
    ]


def test_names_are_whole_where_a_program_reads(console: Console, root: Path) -> None:
    (root / "orket.log").write_bytes(line("extension_runtime_model_catalog_unavailable", 9))
    run = console("log", "--limit", "1", "--root", str(root))
    assert "extension_runtime_model_catalog_unavailable" in run.out


def test_json_holds_the_whole_record_and_where_it_is(console: Console, root: Path) -> None:
    run = console("log", "--json", "--filter", "event:turn_failed", "--root", str(root))
    data = run.document["data"]
    (record,) = data["records"]
    assert run.document["schema"] == "orket-console/log/v1"
    assert (data["filter"], data["scanned"], data["more"]) == ("event:turn_failed", 4, False)
    assert [s["name"] for s in data["sources"]] == ["workspace/default/orket.log", "root/orket.log"]
    assert (record["source"], record["line"]) == ("workspace/default/orket.log", 2)
    assert (record["severity"], record["at"]) == ("error", "2026-11-23T05:17:03.000000Z")
    assert record["record"]["data"]["error"] == "␛]0;x␇ [bold]"


def test_limit_says_that_there_is_more(console: Console, root: Path) -> None:
    run = console("log", "--limit", "1", "--root", str(root))
    assert [text.split()[0] for text in run.out.splitlines()] == ["━━", "05:17:03"]
    assert "older ones match too" in run.err


def test_nothing_that_matches_is_said(console: Console, root: Path) -> None:
    run = console("log", "--filter", "absent", "--root", str(root))
    assert (run.status, run.out) == (0, "")
    assert run.err == "none of 4 records matches\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--filter", "evnt:x"), "filter, column 1"),
        (("--since", "never"), "is no time"),
        (("--since", "-1m", "--until", "-1h"), "--since is later than --until"),
        (("--limit", "0"), "limit"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(
    console: Console, root: Path, arguments: tuple[str, ...], said: str
) -> None:
    run = console("log", *arguments, "--root", str(root))
    assert (run.status, run.out) == (2, "")
    assert said in run.err
    assert run.err.count("\n") == 1


def test_missing_and_unreadable_logs_are_exit_3(console: Console, bare_root: Path) -> None:
    run = console("log", "--root", str(bare_root))
    assert run.status == 3
    assert "workspace/default/orket.log is not there" in run.err
    (bare_root / "workspace" / "default" / "orket.log").write_bytes(line("a", 1))
    assert console("log", "--root", str(bare_root)).status == 0
    (bare_root / "orket.log").mkdir()
    run = console("log", "--root", str(bare_root))
    assert (run.status, len(run.out.splitlines())) == (3, 2)
    assert "root/orket.log: not a regular file" in run.err


def test_no_secret_of_env_is_printed(console: Console, root: Path) -> None:
    (root / ".env").write_text(f"ORKET_API_KEY={CANARY}\n")
    (root / "orket.log").write_bytes(line("webhook", 1, message=f"key {CANARY}"))
    for arguments in ((), ("--json",)):
        run = console("log", *arguments, "--root", str(root))
        assert CANARY not in run.out + run.err
        assert "•••" in run.out


Following = subprocess.Popen[bytes]


@pytest.fixture
def follow(root: Path) -> Iterator[Callable[..., Following]]:
    """`log --follow` on the installation, ended at the end."""
    started: list[Following] = []

    def start(*arguments: str) -> Following:
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "log", "--follow", "--root", str(root), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def read(process: Following) -> Any:
    assert process.stdout is not None
    return msgspec.json.decode(process.stdout.readline())


def test_following_as_json_is_a_stream_of_lines(
    follow: Callable[..., Following], root: Path
) -> None:
    process = follow("--json", "--filter", "level>=error")
    assert [read(process)["event"] for _ in range(2)] == ["webhook", "turn_failed"]
    with (root / "workspace" / "default" / "orket.log").open("ab") as file:
        file.write(line("turn_start", 5) + line("turn_failed", 6))
    assert read(process)["at"] == "2026-11-23T05:17:06.000000Z"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_following_ends_when_its_reader_leaves(follow: Callable[..., Following]) -> None:
    process = follow()
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=20) == 0
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()


# -- files by hand, and standard input ----------------------------------------------------


@pytest.fixture
def piped(tmp_path: Path) -> Iterator[Callable[..., Following]]:
    """`log` with something on its standard input, in a folder that is no installation."""
    started: list[Following] = []

    def start(*arguments: str) -> Following:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "log", *arguments],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            cwd=tmp_path,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def test_files_by_hand_need_no_installation(console: Console, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(line("a", 1) + line("c", 3))
    (tmp_path / "b.log.1.gz").write_bytes(gzip.compress(line("b", 2)))
    run = console("log", "a.log", "b.log.1.gz", "--json", here=tmp_path)
    data = run.document["data"]
    assert run.status == 0
    assert [record["event"] for record in data["records"]] == ["a", "b", "c"]
    assert [source["name"] for source in data["sources"]] == ["a.log", "b.log.1.gz"]


def test_a_file_by_hand_is_read_alone(console: Console, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(line("new", 9))
    (tmp_path / "a.log.1").write_bytes(line("old", 1))
    assert "old" not in console("log", "a.log", here=tmp_path).out
    assert "new" not in console("log", "a.log.1", here=tmp_path).out


def test_a_file_that_is_not_there_is_exit_3(console: Console, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(line("a", 1))
    run = console("log", "a.log", "b\x1b[2J.log", here=tmp_path)
    assert (run.status, len(run.out.splitlines())) == (3, 2)
    assert run.err == "b␛[2J.log is not there\n"


def test_standard_input_is_a_log_like_another(piped: Callable[..., Following]) -> None:
    out, err = piped("-", "--filter", "event:b").communicate(
        line("a", 1) + line("b", 2).rstrip(), timeout=30
    )
    assert out.decode().splitlines()[-1].split()[:2] == ["05:17:02", "·"]
    assert err == b""


def test_text_keeps_its_order_and_says_nothing_of_malformed(
    piped: Callable[..., Following],
) -> None:
    out, _ = piped("-", "--json").communicate(b"one\n\x1b[2Jtwo\n\nthree", timeout=30)
    records = msgspec.json.decode(out)["data"]["records"]
    assert [record["what"] for record in records] == ["one", "␛[2Jtwo", "", "three"]
    assert {record["problem"] for record in records} == {""}


def test_following_standard_input_prints_as_it_comes_and_ends_with_it(
    piped: Callable[..., Following],
) -> None:
    process = piped("-", "--follow", "--json")
    assert process.stdin is not None
    for number in range(3):
        process.stdin.write(line(f"e{number}", number))
        process.stdin.flush()
        assert read(process)["event"] == f"e{number}"
    process.stdin.write(line("last", 4).rstrip())
    process.stdin.close()
    assert read(process)["event"] == "last"
    assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("arguments", [("-",), ("-", "--follow")])
def test_standard_input_that_is_closed_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", _MAIN, "log", *arguments]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command],
        stderr=subprocess.PIPE,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )
    said = b"it is closed (standard input): pipe something in, or name a file\n"
    assert (done.returncode, done.stderr) == (3, b"orket-console: " + said)


def test_a_terminal_without_utf8_is_followed_in_ascii(root: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _MAIN, "log", "--follow", "--root", str(root)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        env=os.environ | {"LC_ALL": "C", "COLUMNS": "80"},
    )
    os.close(theirs)
    try:
        seen = b""
        while b"05:17:03" not in seen or not seen.endswith(b"\n"):
            seen += os.read(ours, 4096)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"05:17:02 x system" in seen
    assert seen.isascii()


def test_what_takes_no_more_is_told_while_following(root: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", _MAIN, "log", "--follow", "--root", str(root)],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert done.returncode == 3
    assert b"the answer can't be written: No space left on device (stdout)" in done.stderr


def test_following_goes_on_through_a_rotation(follow: Callable[..., Following], root: Path) -> None:
    process = follow("--json", "--limit", "1")
    assert read(process)["event"] == "turn_failed"
    log = root / "workspace" / "default" / "orket.log"
    log.rename(log.with_name("orket.log.1"))
    log.write_bytes(line("after", 8))
    assert read(process)["kind"] == "rotated"
    assert read(process)["event"] == "after"


def test_crashes_are_among_the_records(console: Console, root: Path) -> None:
    (root / "workspace" / "default" / "orket_crash.log").write_bytes(
        b"2026-11-23 05:17:05,000 - ERROR - CRITICAL CRASH: ValueError\n"
        b"Traceback (most recent call last):\nValueError: no luck\n\n"
    )
    run = console("log", "--filter", "event:crash", "--root", str(root), TZ="UTC")
    assert run.out.splitlines()[1:] == [
        "05:17:05 ✖ system         crash              ValueError: no luck"
    ]
