"""An artifact that can't be shown as what it is: missing, malformed, unreadable, too large."""

from __future__ import annotations

from orket_console.base.state import State
from orket_console.runs.artifact import Artifact, Found
from orket_console.runs.parts.block import Block, Passage, note
from orket_console.runs.parts.prose import laid_out, passages


def absent(artifact: Artifact) -> tuple[Block, ...]:
    """What stands in its way; its bytes are to be seen among the files."""
    if artifact.found is Found.MISSING:
        return (note(artifact.name, artifact.problem),)
    seen = "" if artifact.found is Found.UNREADABLE else "\nFiles shows how it begins"
    return (note(artifact.name, f"{artifact.problem}{seen}", State.DEGRADED),)


def document(title: str, artifact: Artifact, *, opened: bool = True) -> Block:
    """An artifact as one block, or what stands in its way."""
    if not artifact.there:
        state = None if artifact.found is Found.MISSING else State.DEGRADED
        return Block(artifact.name, title, remark=artifact.problem, state=state)
    shown = (
        passages(artifact.value)
        if isinstance(artifact.value, str)
        else (Passage(laid_out(artifact.value), "json"),)
    )
    return Block(artifact.name, title, shown, artifact.name, opened=opened)
