"""What turns say in their prompts and answers: looked for some turns at a time, told again
without reading until a file of the turn changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from orket_console.base.decoding import decode_json
from orket_console.base.files import UnreadableError, read_bytes
from orket_console.runs.model import Turn

TEXT_KEYS: Final = ("prompt", "response", "text")
"""`text` is either of the others."""
_LARGEST: Final = 4 << 20
"""Bytes of a file that is searched; one that is larger is counted as not searched."""
_MOST_SOUGHT: Final = 8
"""Things that were looked for last, whose answers are kept."""


class Sought(NamedTuple):
    """A text, in lower case, and one of `TEXT_KEYS`."""

    key: str
    text: str


class Texts:
    """One run's. Read in a thread, asked on any."""

    def __init__(self) -> None:
        self._known: dict[Sought, dict[str, tuple[str, bool]]] = {}
        self._unsearched: dict[str, str] = {}

    def says(self, turn: Turn, sought: Sought) -> bool | None:
        """None while that was not looked for in this turn as it is now."""
        mark, said = self._known.get(sought, {}).get(turn.path, ("", False))
        return said if mark and mark == turn.mark else None

    def unsearched(self, turns: Iterable[Turn]) -> int:
        """Of how many of `turns` a file could not be searched."""
        return sum(self._unsearched.get(turn.path) == turn.mark for turn in turns)

    def read(self, turns: Iterable[Turn], sought: Sequence[Sought]) -> None:
        """Look for each of `sought` in each turn that is judged. A missing file says nothing."""
        kept = [self._known.pop(each, {}) for each in sought]
        for each, answers in zip(sought, kept, strict=True):
            self._known[each] = answers
        for old in list(self._known)[:-_MOST_SOUGHT]:
            del self._known[old]
        keys = {each.key for each in sought}
        for turn in turns:
            if not turn.judged:
                continue
            said = self._read_turn(turn, keys)
            for each, answers in zip(sought, kept, strict=True):
                there = said.values() if each.key == "text" else [said[each.key]]
                answers[turn.path] = (turn.mark, any(each.text in text for text in there))

    def _read_turn(self, turn: Turn, keys: set[str]) -> dict[str, str]:
        """The texts of a turn that `keys` ask for, in lower case."""
        said = {}
        self._unsearched.pop(turn.path, None)
        for key, name, told in (
            ("prompt", "messages.json", prompt_text),
            ("response", "model_response.txt", _plain),
        ):
            if key not in keys and "text" not in keys:
                continue
            said[key] = ""
            if name in turn.missing:
                continue
            try:
                said[key] = told(read_bytes(f"{turn.path}/{name}", _LARGEST)).casefold()
            except (UnreadableError, ValueError, RecursionError):
                self._unsearched[turn.path] = turn.mark
        return said


def prompt_text(raw: bytes) -> str:
    """What the messages of `messages.json` say. Raises `ValueError`."""
    messages = decode_json(raw)
    if not isinstance(messages, list):
        raise ValueError("not a list of messages")
    return "\n".join(_content(message) for message in messages)


def _plain(raw: bytes) -> str:
    # Never shown, so not made safe to show either, which costs more than reading it.
    return raw.decode("utf-8", "replace")


def _content(message: object) -> str:
    content = message.get("content") if isinstance(message, dict) else message
    return content if isinstance(content, str) else str(content)
