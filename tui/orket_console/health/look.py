"""What the probes of one round share, so that each thing is read once a round."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from orket_console.base.clock import Clock
from orket_console.base.secret import Redactor
from orket_console.base.text import shorten
from orket_console.health.http import Heard, Place, Question, Trouble, ask, resolve, warm
from orket_console.health.reading import Reading
from orket_console.health.threads import Threads
from orket_console.target.dotenv import EnvFile
from orket_console.target.processes import Listeners, listeners
from orket_console.target.target import Target

T = TypeVar("T")


@dataclass(slots=True)
class Memory:
    """What is kept from round to round: threads that hang, answers not asked for each time."""

    threads: Threads = field(default_factory=Threads)
    _answers: dict[str, tuple[float, object]] = field(default_factory=dict)

    def recall(self, name: str, now: float, longest: float) -> object | None:
        """What was kept under `name` at most `longest` seconds ago."""
        kept = self._answers.get(name)
        return kept[1] if kept is not None and now - kept[0] <= longest else None

    def keep(self, name: str, now: float, answer: object) -> None:
        self._answers[name] = (now, answer)


class Look:
    """One round's view of the target. `seconds` is the deadline of each probe."""

    def __init__(self, target: Target, clock: Clock, seconds: float, memory: Memory) -> None:
        self.target = target
        self.clock = clock
        self.seconds = seconds
        self.memory = memory
        self.answered: dict[str, str] = {}
        """Addresses whose `/health` was the service's own in this round, by the service's word."""
        self._shared: dict[str, asyncio.Task[Any]] = {}
        self._readings: dict[str, asyncio.Task[Reading]] = {}

    async def in_thread(self, name: str, function: Callable[[], T]) -> T:
        return await self.memory.threads.run(name, function)

    async def env(self) -> EnvFile:
        """`.env` as it is now."""
        return await self._once("env", lambda: self.in_thread("read .env", self.target.reread_env))

    async def redactor(self) -> Redactor:
        return await self._once(
            "redactor", lambda: self.in_thread("read secrets", self.target.redactor)
        )

    async def listeners(self) -> Listeners:
        """Every listening TCP socket of this host with its process, where it may be seen."""
        root = self.target.path
        return await self._once(
            "listeners", lambda: self.in_thread("list sockets", lambda: listeners(root))
        )

    async def ask(
        self,
        place: Place,
        path: str,
        headers: Mapping[str, str] | None = None,
        post: bytes | None = None,
    ) -> list[Heard]:
        """One GET, or a POST of `post`, at every address of the place; an outcome each, at
        least one."""
        threads = self.memory.threads
        await self._once("client", lambda: warm(threads))
        try:
            addresses = await self._once(
                f"addresses of {place.host}", lambda: resolve(place.host, threads)
            )
        except OSError as error:
            what = f"{place.host} has no address: {shorten(str(error), 60)}"
            return [Trouble(place.host, 0.0, "unreachable", what)]
        return await ask(
            Question(place, path, headers or {}, post),
            addresses,
            seconds=self.seconds,
            clock=self.clock,
        )

    def expect(self, name: str, reading: asyncio.Task[Reading]) -> None:
        self._readings[name] = reading

    async def reading(self, name: str) -> Reading | None:
        """What another probe of this round saw; None where it is not in this round."""
        task = self._readings.get(name)
        return await asyncio.shield(task) if task is not None else None

    async def _once(self, name: str, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if name not in self._shared:
            self._shared[name] = asyncio.create_task(start())
        # Shielded: a probe that runs out of time must not take the answer from the others.
        result: T = await asyncio.shield(self._shared[name])
        return result

    def close(self) -> None:
        """Give up what is still being waited for at the end of the round."""
        for task in self._shared.values():
            task.cancel()
