"""The prompt as a conversation: what is new in it first, then every message with its role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.runs.artifact import Artifact
from orket_console.runs.parts.absent import absent
from orket_console.runs.parts.block import Block, Passage, folded, measure, note
from orket_console.runs.parts.news import Before, new_lines
from orket_console.runs.parts.prose import laid_out, passages

_MOST: Final = 20_000
"""Messages that are shown."""
_SHORT: Final = 60
"""New lines that are unfolded at first."""
_MOST_NEW: Final = 2_000
"""New lines that are listed by themselves; all of them are marked where they stand."""


def prompt_blocks(messages: Artifact, before: Before | None) -> tuple[Block, ...]:
    """`before` is the turn before of the same issue, None where this is its first."""
    if not messages.there:
        return absent(messages)
    if not isinstance(messages.value, list):
        shown = Passage(laid_out(messages.value), "json")
        return (Block("odd", "not a list of messages", (shown,), state=State.DEGRADED),)
    told = [_told(message) for message in messages.value[:_MOST]]
    marked = _marked(told, before)
    blocks = [
        _message(number, role, shown, before)
        for number, ((role, _), shown) in enumerate(zip(told, marked, strict=True), 1)
    ]
    if len(messages.value) > _MOST:
        blocks.append(note("more", f"… {len(messages.value) - _MOST} more messages: see Files"))
    return (*_news(told, marked, before), *folded(blocks))


def conversation(messages: Sequence[object]) -> str:
    """All messages as they were written, each below its number and role."""
    said: list[str] = []
    for number, message in enumerate(messages, 1):
        role = message.get("role") if isinstance(message, dict) else "no role"
        content = message.get("content") if isinstance(message, dict) else None
        text = content if isinstance(content, str) else laid_out(message)
        said.append(f"── {number} {role}\n{text}\n")
    return "\n".join(said)


def _told(message: object) -> tuple[str, tuple[Passage, ...]]:
    """A message's role and what it says; for one of another shape, all of it as JSON."""
    if not isinstance(message, dict):
        return "no role", (Passage(laid_out(message), "json"),)
    role, content = message.get("role"), message.get("content")
    named = shorten(str(role), 40) if role is not None else "no role"
    rest = {key: value for key, value in message.items() if key not in ("role", "content")}
    said = passages(content) if isinstance(content, str) else ()
    if content is not None and not isinstance(content, str):
        said = (Passage(laid_out(content), "json"),)
    beside = (Passage(laid_out(rest), "json", heading="beside it"),) if rest else ()
    return named, (*said, *beside)


def _marked(
    told: Sequence[tuple[str, tuple[Passage, ...]]], before: Before | None
) -> list[tuple[Passage, ...]]:
    """The passages of each message with those lines marked that are new."""
    if before is None or not isinstance(before.messages.value, list):
        return [shown for _, shown in told]
    earlier = [
        passage.text for message in before.messages.value[:_MOST] for passage in _told(message)[1]
    ]
    flat = [passage for _, shown in told for passage in shown]
    new = iter(new_lines([passage.text for passage in flat], earlier))
    return [tuple(replace(passage, new=next(new)) for passage in shown) for _, shown in told]


def _message(number: int, role: str, shown: tuple[Passage, ...], before: Before | None) -> Block:
    count = sum(len(passage.new) for passage in shown)
    lines = sum(passage.text.count("\n") + 1 for passage in shown)
    if before is not None and before.messages.there:
        newly = "nothing new" if not count else f"{count} of {lines} lines new"
    else:
        newly = ""
    first = shorten(shown[0].text[:200].lstrip().split("\n", 1)[0], 60) if shown else "(empty)"
    length = measure("\n".join(passage.text for passage in shown)) if shown else ""
    remark = " · ".join(part for part in (length, newly, first) if part)
    return Block(f"message {number}", f"{number} {role}", shown, remark)


def _news(
    told: Sequence[tuple[str, tuple[Passage, ...]]],
    marked: Sequence[tuple[Passage, ...]],
    before: Before | None,
) -> Iterator[Block]:
    """The new lines by themselves; or why nothing can be told to be new."""
    if before is None:
        yield note("news", "the first turn of its issue: there is none before to compare with")
        return
    if not isinstance(before.messages.value, list):
        why = before.messages.problem or "messages.json is not a list"
        yield note("news", f"what is new since {before.label} can't be told, its {why}")
        return
    shown: list[Passage] = []
    left = _MOST_NEW
    total = 0
    for number, ((role, _), passages_) in enumerate(zip(told, marked, strict=True), 1):
        lines = [line for passage in passages_ for line in _new_of(passage)]
        total += len(lines)
        if lines[:left]:
            shown.append(Passage("\n".join(lines[:left]), heading=f"in {number} {role}"))
        left = max(left - len(lines), 0)
    counted = f"{total} line{'' if total == 1 else 's'}" if total else "nothing"
    earlier, now = len(before.messages.value), len(told)
    remark = "" if earlier == now else f"{now} messages, {earlier} before"
    title = f"new since {before.label}: {counted}"
    opened = total <= _SHORT
    yield Block("news", title, tuple(shown), remark, State.INFO, opened=opened)


def _new_of(passage: Passage) -> list[str]:
    if not passage.new:
        return []
    return [line for number, line in enumerate(passage.text.split("\n")) if number in passage.new]
