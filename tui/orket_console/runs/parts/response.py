"""The model's answer: its prose, each block of code by its language, and the raw response."""

from __future__ import annotations

from collections.abc import Iterator

from orket_console.runs.artifact import Artifact
from orket_console.runs.parts.absent import absent, document
from orket_console.runs.parts.block import Block, folded, measure, note
from orket_console.runs.parts.prose import passages


def response_blocks(response: Artifact, raw: Artifact) -> tuple[Block, ...]:
    return folded([*_answer(response), document("raw response", raw)])


def _answer(response: Artifact) -> Iterator[Block]:
    if not response.there:
        yield from absent(response)
        return
    shown = passages(str(response.value))
    if not shown:
        yield note("answer", "the answer is empty")
    for number, passage in enumerate(shown, 1):
        if passage.language:
            title = f"{passage.language} block"
            yield Block(f"block {number}", title, (passage,), measure(passage.text))
        elif passage.lines > 40:
            yield Block(f"block {number}", "text", (passage,), measure(passage.text))
        else:
            yield Block(f"block {number}", "", (passage,))
