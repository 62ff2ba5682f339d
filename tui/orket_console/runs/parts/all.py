"""The parts of a turn by their names, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.jsontext import printed
from orket_console.base.state import State
from orket_console.runs.parts.block import Block, Passage, note, plain
from orket_console.runs.parts.files import file_blocks
from orket_console.runs.parts.log import log_blocks
from orket_console.runs.parts.memory import has_memory, memory_blocks
from orket_console.runs.parts.news import turn_before
from orket_console.runs.parts.outcome import guard_blocks, state_blocks
from orket_console.runs.parts.prompt import conversation, prompt_blocks
from orket_console.runs.parts.response import response_blocks
from orket_console.runs.parts.tools import tool_blocks
from orket_console.runs.replay import replay_turn
from orket_console.runs.summary import summarise
from orket_console.runs.turn import TurnDetail
from orket_console.runs.turn_log import TurnLog
from orket_console.runs.words import turn_outcome
from orket_console.target.target import Target

PARTS: Final = (
    "Summary",
    "Prompt",
    "Response",
    "Tools",
    "State",
    "Guard",
    "Memory",
    "Log",
    "Files",
    "Replay",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A turn that was read. `log` is None until its log lines were looked for; `good` says
    where its run first differs from a good one, empty while that is not known."""

    target: Target
    detail: TurnDetail
    log: TurnLog | None
    clock: Callable[[datetime], str]
    """Shows a time of day in the operator's zone."""
    good: str = ""


def part_names(detail: TurnDetail, chosen: str) -> tuple[str, ...]:
    """The parts that this turn has, and the `chosen` one."""
    return tuple(name for name in PARTS if name != "Memory" or name == chosen or has_memory(detail))


def part_labels(reading: Reading, chosen: str) -> Sequence[tuple[str, str]]:
    """Each part's name and its label, with a count where one helps to choose."""
    detail, log = reading.detail, reading.log
    messages = detail.messages.value
    counts = {
        "Prompt": len(messages) if isinstance(messages, list) else 0,
        "Tools": len(detail.calls),
        "Log": len(log.lines) if log else 0,
        "Files": len(detail.files),
    }
    names = part_names(detail, chosen)
    return [(name, f"{name} {counts[name]}" if counts.get(name) else name) for name in names]


def part_blocks(name: str, reading: Reading) -> tuple[Block, ...]:
    """One part. May take a while for megabytes: call it in a thread."""
    detail = reading.detail
    match name:
        case "Prompt":
            return prompt_blocks(detail.messages, turn_before(detail.turn.path))
        case "Response":
            return response_blocks(detail.response, detail.raw_response)
        case "Tools":
            return tool_blocks(detail)
        case "State":
            return state_blocks(detail, reading.clock)
        case "Guard":
            return guard_blocks(detail, reading.log, reading.clock)
        case "Memory":
            return memory_blocks(detail)
        case "Log":
            return log_blocks(reading.log, reading.clock) if reading.log else _LOOKING
        case "Files":
            return file_blocks(detail)
        case "Replay":
            return tuple(_replay(reading))
        case _:
            return tuple(_summary(reading))


def part_text(name: str, reading: Reading, blocks: Sequence[Block]) -> str:
    """A part in full, to be taken away: what was said and answered letter by letter."""
    messages, response = reading.detail.messages.value, reading.detail.response.value
    if name == "Response" and isinstance(response, str):
        return response
    if name == "Prompt" and isinstance(messages, list):
        return conversation(messages)
    return plain([block for block in blocks if block.key != _BESIDE.key])


_BESIDE: Final = note(
    "beside",
    "What upstream's --replay-turn prints, read here: nothing is written. u runs its own command,"
    " which starts Orket and writes lines in the run log.",
)
_LOOKING: Final = (note("looking", "looking through the log …"),)


def _summary(reading: Reading) -> Iterator[Block]:
    detail, turn = reading.detail, reading.detail.turn
    points = [("good run", reading.good)] if reading.good else []
    points += [(point.label, point.text) for point in summarise(detail, reading.log)]
    points += [("problem", problem) for problem in detail.problems]
    yield Block("verdict", turn_outcome(turn), state=turn.state)
    yield Block("points", "", tuple(Passage(text, label=label) for label, text in points))


def _replay(reading: Reading) -> Iterator[Block]:
    """What upstream's replay command prints, which is long and not laid out further."""
    try:
        text = printed(replay_turn(reading.target, reading.detail.turn.ref).document)
    except ConsoleError as error:
        yield note("replay", str(error), State.DEGRADED)
        return
    yield _BESIDE
    yield Block("replay", "", (Passage(text, "json"),))
