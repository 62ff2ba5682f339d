"""`orket-console log --follow`: records as they are written, as lines that a pipe can read."""

from __future__ import annotations

import select as polling
import sys
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from orket_console.base.text import clean, clean_json
from orket_console.cli.invocation import Invocation, for_terminal, put
from orket_console.cli.log_lines import Columns, plain
from orket_console.logs.alarm import Alarm
from orket_console.logs.filter import Filter
from orket_console.logs.pipe import Piped
from orket_console.logs.records import Item
from orket_console.logs.select import Span, last_items, wants
from orket_console.logs.sources import Sources, SourceStatus
from orket_console.logs.stream import Stream

_RESTLESS: Final = 0.05
_IDLE: Final = 0.5
"""Seconds after which it is looked whether anybody still reads, though nothing was written."""
_SOON: Final = 0.02


def follow(
    invocation: Invocation,
    find: Callable[[], Sources],
    piped: Piped | None,
    wanted: Filter,
    span: Span,
    limit: int,
) -> None:
    """Print until interrupted, until the reader of the output leaves, or `--until` is over.

    Where standard input alone is read, until that ends. Raises `ConsoleError` where standard
    input can't be read, or stdout takes no more.
    """
    stream = Stream(find, invocation.clock)
    printer = _Printer(invocation)
    try:
        stream.open()
        history = stream.past()
        try:
            printer.print(last_items(history, wanted, span, limit).items)
        finally:
            history.close()
        for state in stream.states():
            if state.status in (SourceStatus.WAITING, SourceStatus.UNREADABLE):
                invocation.narrate(state.sentence())
        with Alarm() as alarm:
            while not reader_left() and not (span.until and invocation.clock.now() > span.until):
                items = stream.poll() + (piped.poll() if piped else [])
                printer.print([item for item in items if _fits(item, wanted, span)])
                if piped and piped.ended and not stream.sources:
                    return
                if items:
                    alarm.wait(_SOON)
                elif piped and not piped.ended:
                    alarm.wait(_RESTLESS if stream.sources else _IDLE, piped.descriptor)
                else:
                    stream.wait(alarm, _RESTLESS, _IDLE)
    finally:
        stream.close()


def _fits(item: Item, wanted: Filter, span: Span) -> bool:
    # What has no time was written now, which is inside.
    return wants(wanted, item) and (item.at is None or span.holds(item.at))


def reader_left() -> bool:
    """Whether a pipe that we write to has nobody at its other end any more."""
    try:
        poll = polling.poll()
        poll.register(sys.stdout.fileno(), 0)
        return any(event & polling.POLLERR for _, event in poll.poll(0))
    except (OSError, ValueError):
        return False


class _Printer:
    """Prints items as lines of text or of JSON, sanitised and redacted, at once."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._columns = Columns(invocation.target)

    def print(self, items: Iterable[Item]) -> None:
        batch = list(items)
        if not batch:
            return
        redactor = self._invocation.target.redactor()
        for item in batch:
            if self._invocation.as_json:
                safe = redactor.redact_json(clean_json(plain(item)))
                put(msgspec.json.encode(safe).decode())
                continue
            for line in self._columns.lines(item):
                put(for_terminal(redactor.redact(clean(line)), sys.stdout))
        sys.stdout.flush()
