"""The turn's log lines, each folded to what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from orket_console.base.state import State
from orket_console.runs.parts.block import Block, Passage, note
from orket_console.runs.parts.prose import laid_out
from orket_console.runs.turn_log import TurnLine, TurnLog


def log_blocks(log: TurnLog, clock: Callable[[datetime], str]) -> tuple[Block, ...]:
    searched = ", ".join(log.searched) or "no log"
    blocks = [line_block(line, clock) for line in log.lines]
    if not blocks:
        blocks = [note("none", f"no line of this turn in {searched}")]
    else:
        blocks.append(note("searched", f"looked through {searched}"))
    problems = (note(problem, problem, State.DEGRADED) for problem in log.problems)
    return (*blocks, *problems)


def line_block(line: TurnLine, clock: Callable[[datetime], str]) -> Block:
    """One line, folded."""
    at = f"{clock(line.at)}.{line.at:%f}"[:-3] if line.at else "?"
    shown = (Passage(laid_out(line.value), "json"),)
    return Block(
        key=f"{line.log} {line.offset}",
        title=f"{at} {line.event}",
        passages=shown,
        remark=line.text,
        state=line.state,
        opened=False,
        at=(line.path, line.offset),
    )
