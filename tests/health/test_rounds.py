"""A round: together, each within its deadline, and no failure spoils another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.base.state import State
from orket_console.health.look import Look, Memory
from orket_console.health.probes import PROBES
from orket_console.health.reading import Probe, Reading, Round
from orket_console.health.rounds import run_round
from orket_console.health.threads import Threads
from orket_console.target.target import Target

Run = Callable[..., Awaitable[Round]]


def probe(name: str, run: Callable[[Look], Awaitable[Reading]], **more: object) -> Probe:
    return Probe(name, name.title(), "nothing", run, **more)  # type: ignore[arg-type]


async def well(_look: Look) -> Reading:
    return Reading(State.OK, "ok", "fine")


@pytest.fixture
def run(lived_root: Path, target_of: Callable[..., Target]) -> Run:
    async def go(*probes: Probe, memory: Memory | None = None, **more: object) -> Round:
        target = target_of(lived_root, {"health.deadline": 0.3})
        return await run_round(
            target,
            SystemClock(),
            memory or Memory(),
            probes=probes,
            **more,  # type: ignore[arg-type]
        )

    return go


async def test_a_probe_past_its_deadline_is_a_timeout(run: Run) -> None:
    async def hang(_look: Look) -> Reading:
        await asyncio.Event().wait()
        raise AssertionError

    done = await run(probe("a", hang), probe("b", well), probe("c", hang, overdue=State.FAILING))
    assert [(r.probe, r.state, r.word) for r in done.readings] == [
        ("a", State.UNKNOWN, "timeout"),
        ("b", State.OK, "ok"),
        ("c", State.FAILING, "timeout"),
    ]
    assert done.readings[0].seen == "no answer within 0.3 s"


async def test_a_thread_that_hangs_is_left_behind_and_not_started_again(run: Run) -> None:
    release, started = threading.Event(), []

    async def hang(look: Look) -> Reading:
        def block() -> Reading:
            started.append(1)
            release.wait(20)
            return Reading(State.OK, "ok", "at last")

        return await look.in_thread("block", block)

    memory = Memory()
    for _ in range(3):
        done = await run(probe("a", hang), memory=memory)
        assert done.readings[0].word == "timeout"
    assert done.readings[0].seen == "block: the last look has not come back"
    assert started == [1]
    release.set()


async def test_a_fault_in_a_probe_is_its_reading(run: Run) -> None:
    async def broken(_look: Look) -> Reading:
        raise KeyError("k-canary-0001 \x1b[2J")

    done = await run(probe("a", broken), probe("b", well))
    first = done.readings[0]
    assert (first.state, first.word) == (State.UNKNOWN, "error")
    assert "KeyError" in first.seen
    assert "canary" not in first.seen
    assert "\x1b" not in first.seen
    assert done.readings[1].state is State.OK


async def test_a_probe_waits_for_the_one_it_follows(run: Run) -> None:
    order: list[str] = []

    async def first(_look: Look) -> Reading:
        await asyncio.sleep(0.05)
        order.append("first")
        return Reading(State.FAILING, "refused", "")

    async def second(look: Look) -> Reading:
        before = await look.reading("a")
        order.append(f"second after {before.word if before else None}")
        return Reading(State.INFO, "follows", "", follows="a")

    await run(probe("b", second, after="a"), probe("a", first))
    assert order == ["first", "second after refused"]


async def test_readings_are_told_as_they_come_sanitised_and_redacted(run: Run) -> None:
    async def telling(_look: Look) -> Reading:
        return Reading(
            State.OK, "ok", "key k-canary-0001\x07", ("s-canary-0002",), remedy="p-canary-0003"
        )

    heard: list[Reading] = []
    done = await run(probe("a", telling), heard=heard.append)
    assert heard == list(done.readings)
    assert done.readings[0].seen == "key •••␇"
    assert "canary" not in repr(done)


async def test_what_is_shared_is_read_once_a_round(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    reread = Target.reread_env

    def counted(target: Target) -> object:
        reads.append(1)
        return reread(target)

    monkeypatch.setattr(Target, "reread_env", counted)

    async def reader(look: Look) -> Reading:
        env = await look.env()
        return Reading(State.OK, "ok", str(len(env.values)))

    done = await run(probe("a", reader), probe("b", reader))
    assert [reading.seen for reading in done.readings] == ["3", "3"]
    # Once for the probes, once for the redactor.
    assert len(reads) == 2


async def test_a_cancelled_round_leaves_no_task(run: Run) -> None:
    hanging = asyncio.Event()

    async def hang(_look: Look) -> Reading:
        hanging.set()
        await asyncio.Event().wait()
        raise AssertionError

    before = asyncio.all_tasks()
    task = asyncio.create_task(run(probe("a", hang)))  # type: ignore[arg-type]
    await hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_nothing_in_the_installation_changes(
    lived_root: Path, round_of: Callable[..., Awaitable[dict[str, Reading]]]
) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.stat().st_mtime_ns, path.stat().st_size)
            for path in sorted(lived_root.rglob("*"))
        }

    before = state()
    await round_of(lived_root)
    assert state() == before


def test_probes_are_named_once_and_follow_and_point_at_known_ones() -> None:
    names = [probe.name for probe in PROBES]
    assert len(set(names)) == len(names)
    for one in PROBES:
        assert not one.after or names.index(one.after) < names.index(one.name)
        assert not one.log or one.log in names


async def test_a_threads_error_is_raised_where_it_is_awaited() -> None:
    def fail() -> int:
        raise ValueError("no")

    threads = Threads()
    with pytest.raises(ValueError, match="no"):
        await threads.run("x", fail)
    assert await threads.run("x", lambda: 3) == 3
