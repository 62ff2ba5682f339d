"""Ways in which an installation is broken, and the words by which the console tells of each."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.pictures.stage import until
from textual.pilot import Pilot

from orket_console.ui.widgets.listing import Listing

RUNTIME = Path(".orket/durable/db/orket_persistence.db")
WEBHOOK = Path(".orket/durable/db/webhook.db")
RUN_LOG = Path("workspace/default/orket.log")


@dataclass(frozen=True)
class Breaking:
    """`words` stand on the Health tab once `break_it` was done to a root."""

    break_it: Callable[[Path], None]
    words: tuple[str, str]


def _delete(path: Path) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


def _empty(path: Path) -> Callable[[Path], None]:
    def empty(root: Path) -> None:
        (root / path).write_bytes(b"")

    return empty


def _corrupt(path: Path) -> Callable[[Path], None]:
    def corrupt(root: Path) -> None:
        whole = bytearray((root / path).read_bytes())
        noise = random.Random(7).randbytes(len(whole) - 4096)
        whole[4096:] = noise
        (root / path).write_bytes(whole)

    return corrupt


def _garbage(path: Path) -> Callable[[Path], None]:
    def fill(root: Path) -> None:
        (root / path).write_bytes(random.Random(3).randbytes(200_000))

    return fill


def _no_workspace(root: Path) -> None:
    shutil.rmtree(root / "workspace")


def _nothing(_root: Path) -> None: ...


BREAKINGS = {
    "no-runtime-db": Breaking(_delete(RUNTIME), ("Runtime DB", "missing")),
    "no-webhook-db": Breaking(_delete(WEBHOOK), ("Webhook DB", "missing")),
    "empty-runtime-db": Breaking(_empty(RUNTIME), ("Runtime DB", "empty")),
    "empty-webhook-db": Breaking(_empty(WEBHOOK), ("Webhook DB", "empty")),
    "corrupt-runtime-db": Breaking(_corrupt(RUNTIME), ("Runtime DB", "corrupt")),
    "corrupt-webhook-db": Breaking(_corrupt(WEBHOOK), ("Webhook DB", "corrupt")),
    "runtime-db-of-garbage": Breaking(_garbage(RUNTIME), ("Runtime DB", "not a database")),
    "log-of-random-bytes": Breaking(_garbage(RUN_LOG), ("Log default", "malformed")),
    "no-workspace": Breaking(_no_workspace, ("Log default", "missing")),
    "locked-runtime-db": Breaking(_nothing, ("Runtime DB", "locked")),
}


@contextmanager
def broken(names: str, root: Path) -> Iterator[list[Breaking]]:
    """`root` broken in each of the ways `a+b`, for as long as the block lasts where by a lock."""
    breakings = [BREAKINGS[name] for name in names.split("+")]
    for breaking in breakings:
        breaking.break_it(root)
    if "locked" not in names:
        yield breakings
        return
    writer = sqlite3.connect(root / RUNTIME, isolation_level=None)
    try:
        writer.execute("BEGIN EXCLUSIVE")
        yield breakings
    finally:
        writer.close()


async def every_tab_works(pilot: Pilot[int], breakings: list[Breaking]) -> None:
    """Health says what is wrong; each tab opens, can be moved in, and shows something."""
    await _told(pilot, breakings)
    for key, title in (("2", "Log"), ("3", "Webhooks"), ("4", "Runs"), ("5", "Actions")):
        await pilot.press(key)
        await until(pilot, f"[{key} {title}]")
        await until(pilot, lambda text: len("".join(text.splitlines()[3:-1]).strip()) > 40)
        await pilot.press("down", "enter", "escape", "up")
        await pilot.pause()
    await pilot.press("1")
    await until(pilot, "[1 Health]")
    await _told(pilot, breakings)


async def _told(pilot: Pilot[int], breakings: list[Breaking]) -> None:
    """On screen, or some pages further down."""
    for breaking in breakings:

        def tells(line: str, words: tuple[str, str] = breaking.words) -> bool:
            return all(word in line for word in words)

        def rows() -> list[str]:
            shown = [row for listing in pilot.app.query(Listing) for row in listing.rows]
            return [row.key for row in shown if tells(" ".join(one.plain for one in row.cells))]

        await until(pilot, lambda _text: bool(rows()))
        probes = pilot.app.query_one("#probes", Listing)
        await pilot.press("home")
        for _ in probes.rows:
            if rows()[0] in probes.in_view:
                break
            await pilot.press("pagedown")
        await until(pilot, lambda text: any(map(tells, text.splitlines())))
