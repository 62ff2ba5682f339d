"""What a turn remembered, where it kept a trace of it; and what a later version left beside.

Source: `memory_trace.json`, `memory_retrieval_trace.json` and the files that no other part
of a turn is made of.
"""

from __future__ import annotations

from orket_console.runs.parts.absent import document
from orket_console.runs.parts.block import Block, folded, note
from orket_console.runs.turn import TurnDetail

_MEMORY = "memory_"


def has_memory(detail: TurnDetail) -> bool:
    return any(other.name.startswith(_MEMORY) for other in detail.others)


def memory_blocks(detail: TurnDetail) -> tuple[Block, ...]:
    traces = [other for other in detail.others if other.name.startswith(_MEMORY)]
    if not traces:
        return (note("none", "this turn has no memory trace"),)
    titles = {"memory_trace.json": "memory trace", "memory_retrieval_trace.json": "retrieved"}
    return folded(document(titles.get(trace.name, trace.name), trace) for trace in traces)
