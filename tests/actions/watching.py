"""Runs of a test with all that they print, and what is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psutil

from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan
from orket_console.actions.records import Record
from orket_console.actions.runner import Run, start
from orket_console.target.target import Target

LIMIT = 30.0


class Watched:
    """A run with all that its listener got."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.pieces: list[Piece] = []
        self.runs: list[Run] = []

    async def start(self, made: Plan) -> Run:
        run = await start(self.target, made, self.pieces.append)
        self.runs.append(run)
        return run

    async def ended(self, made: Plan) -> Record:
        run = await self.start(made)
        return await asyncio.wait_for(run.ended(), LIMIT)

    def text(self, stream: str = "stdout") -> str:
        return "".join(piece.text for piece in self.pieces if piece.stream == stream)

    async def until_said(self, text: str) -> None:
        await until(lambda: text in self.text())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
