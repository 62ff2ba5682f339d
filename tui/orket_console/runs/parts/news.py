"""What a prompt says that the prompt of the turn before it, of the same issue, did not.

Source: `messages.json` of the turn folder beside this one that has the next lower index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.text import clean
from orket_console.runs.artifact import Artifact, list_files, read_json_artifact
from orket_console.runs.compare.rules import Names, plain_by
from orket_console.runs.traces import split_turn, turn_folders

_MOST_PLAIN: Final = 20_000
"""Lines that are compared again without their times and hashes."""


@dataclass(frozen=True, slots=True)
class Before:
    """The turn before of the same issue: its folder's name, and what it was told."""

    name: str
    messages: Artifact

    @property
    def label(self) -> str:
        index, role = split_turn(self.name)
        return f"#{index} {role}"


def turn_before(folder: str) -> Before | None:
    """The turn of the same issue before the one in `folder`; None where it is the first."""
    path = Path(folder)
    own = split_turn(path.name)
    earlier = [
        each for each in turn_folders(str(path.parent)).folders if split_turn(each.name) < own
    ]
    if not earlier:
        return None
    before = max(earlier, key=lambda each: split_turn(each.name))
    messages = read_json_artifact(before.path, list_files(before.path), "messages.json")
    return Before(clean(before.name), messages)


def new_lines(texts: Sequence[str], before: Iterable[str]) -> list[frozenset[int]]:
    """For each text the lines, by number from 0, that none of the texts `before` has.

    Lines that differ only in times, durations or hashes count as the same; blank ones and
    brackets are never new.
    """
    had = {line for text in before for line in text.split("\n")}
    now = [text.split("\n") for text in texts]
    candidates = {line for lines in now for line in lines if line.strip(" {}[](),`")} - had
    if len(candidates) <= _MOST_PLAIN:
        plain = plain_by(Names())
        known = {plain(line) for line in sorted(had)[:_MOST_PLAIN]} if candidates else set()
        candidates = {line for line in candidates if plain(line) not in known}
    return [frozenset(n for n, line in enumerate(lines) if line in candidates) for lines in now]
