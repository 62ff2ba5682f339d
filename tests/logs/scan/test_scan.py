"""A scan by worker processes: the same result as without, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from tests.logs.scan.conftest import Opened
from tests.logs.scan.jobs import Broken, Collect, Count, Dying, Endless

from orket_console.base.errors import ConsoleError
from orket_console.logs.scan import scan as scanning
from orket_console.logs.scan.pool import Pool, StoppedError
from orket_console.logs.scan.scan import each, scan
from orket_console.logs.scan.spans import Log, spans_of

LINES = b"".join(b'{"event": "e%d"}\n' % number for number in range(50_000))
"""Some 900 KB."""


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "spans_of", lambda log: spans_of(log, size=10_000))


def descriptors_open() -> int:
    return psutil.Process().num_fds()


def children() -> list[psutil.Process]:
    """The scan's own: other tests of this process may have left theirs."""
    found = psutil.Process().children(recursive=True)
    return [child for child in found if _is_worker(child)]


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "orket_console.logs.scan.worker" in process.cmdline()
    except psutil.Error:
        return False


@pytest.mark.usefixtures("in_workers", "small_spans")
def test_workers_find_what_one_pass_finds(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = [opened(LINES + b"rest"), opened(b""), opened(LINES[:100])]
    told: list[tuple[int, int]] = []
    found = scan(logs, Collect(), progress=lambda done, total: told.append((done, total)))
    monkeypatch.setattr(scanning, "SMALL", 1 << 30)
    assert [(each.result, each.problem) for each in found] == [
        (each.result, each.problem) for each in scan(logs, Collect())
    ]
    assert found[0].result.lines[49_999] == (49_999, LINES.rindex(b"{"), b'{"event": "e49999"}')
    assert found[0].result.rest == b"rest"
    total = sum(log.size for log in logs)
    assert told == sorted(told)
    assert told[-1] == (total, total)
    assert children() == []


@pytest.mark.usefixtures("in_workers")
def test_results_come_in_the_order_of_the_spans(opened: Opened) -> None:
    spans = spans_of(opened(LINES), size=100_000)
    forwards = [outcome.result for outcome in each(spans, Collect())]
    backwards = [outcome.result for outcome in each(spans[::-1], Collect())]
    assert backwards == forwards[::-1]
    assert [seen.lines[0][1] for seen in forwards] == [span.start for span in spans]


@pytest.mark.usefixtures("in_workers")
def test_whoever_has_enough_leaves(opened: Opened) -> None:
    with closing(each(spans_of(opened(LINES), size=1_000), Count())) as found:
        next(found)
        assert children()
    assert children() == []


@pytest.mark.usefixtures("in_workers", "small_spans")
def test_stopped_in_the_midst_of_a_span_it_leaves_no_process(
    opened: Opened, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    before = descriptors_open()
    log = opened(LINES)
    stop = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            scan([log], Endless(str(pids)), stop=stop.is_set)
        except StoppedError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    stop.set()
    thread.join(20)
    assert [type(error) for error in raised] == [StoppedError]
    assert children() == []
    assert descriptors_open() == before + 1  # the log's own


def test_stopped_without_workers(opened: Opened) -> None:
    with pytest.raises(StoppedError):
        scan([opened(LINES)], Count(), stop=lambda: True)


@pytest.mark.usefixtures("in_workers")
def test_a_worker_that_dies_is_an_error(opened: Opened) -> None:
    with pytest.raises(ConsoleError, match="killed by signal 9"):
        scan([opened(LINES)], Dying())
    assert children() == []


@pytest.mark.parametrize("small", [-1, 1 << 30])
def test_what_a_job_raises_is_told_with_its_log(
    opened: Opened, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SMALL", small)
    with pytest.raises(ConsoleError) as raised:
        scan([opened(LINES)], Broken())
    assert "KeyError: 'no such thing'" in raised.value.what
    assert raised.value.where == "0.log"
    assert children() == []


def test_without_a_process_to_be_had_it_is_done_here(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, in_workers: None
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    log = opened(LINES)
    with pytest.raises(OSError, match="nowhere"):
        Pool(Count(), spans_of(log))
    assert [found.result for found in scan([log], Count())] == [50_000]


def test_nothing_to_scan() -> None:
    assert scan([], Count()) == []


_CALLER = """
import sys
from pathlib import Path
from orket_console.logs.scan import scan as scanning
from orket_console.logs.scan.spans import open_log
from tests.logs.scan.jobs import Slow
scanning.SMALL = -1
with open_log(Path(sys.argv[1]), "log") as log:
    scanning.scan([log], Slow(sys.argv[2]))
"""


def test_workers_end_when_their_caller_is_killed(tmp_path: Path) -> None:
    log, pids = tmp_path / "log", tmp_path / "pids"
    log.write_bytes(LINES * 40)
    root = Path(__file__).parents[3]
    caller = subprocess.Popen(
        [sys.executable, "-c", _CALLER, str(log), str(pids)],
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    until(lambda: pids.exists() and len(pids.read_text().split()) >= 2)
    workers = [psutil.Process(int(pid)) for pid in set(pids.read_text().split())]
    caller.kill()
    caller.wait()
    until(lambda: not any(worker.is_running() for worker in workers))


@pytest.mark.usefixtures("in_workers")
def test_a_log_given_twice_is_scanned_twice(opened: Opened) -> None:
    log = opened(LINES)
    again = Log("again", log.fd, log.size)
    assert [found.result for found in scan([log, again], Count())] == [50_000, 50_000]
