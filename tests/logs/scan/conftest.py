"""Logs large enough for worker processes, without being large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orket_console.logs.scan import scan as scanning
from orket_console.logs.scan.spans import Log, open_log

Opened = Callable[[bytes], Log]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A log that holds some bytes, open until the test ends."""
    with ExitStack() as stack:

        def open_one(content: bytes) -> Log:
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.log"
            path.write_bytes(content)
            return stack.enter_context(open_log(path, path.name))

        yield open_one


@pytest.fixture
def in_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes for logs of any size."""
    monkeypatch.setattr(scanning, "SMALL", -1)
