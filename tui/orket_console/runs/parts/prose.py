"""What a model was told or answered, cut into passages: prose, code by its language, JSON.

JSON that stands in a text on a line of its own is laid out, so that it can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from orket_console.base.text import clean_json
from orket_console.runs.parts.block import Passage

_FENCE: Final = re.compile(r"\s{0,3}(`{3,}|~{3,})\s*([\w+#.-]*)")
_SHORTEST: Final = 40
"""Characters below which a line of JSON is as good as it is."""
_LONGEST: Final = 2_000_000
"""Characters of JSON that are laid out; longer ones stay as they are."""


def passages(text: str) -> tuple[Passage, ...]:
    """All of `text`, in order. Fences themselves are left out: the language tells of them."""
    whole = json_in(text.strip(), shortest=2)
    if whole is not None:
        return (Passage(laid_out(whole), "json"),)
    return tuple(_joined(_cut(text.split("\n"))))


def laid_out(value: object) -> str:
    """A JSON value, indented by two."""
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        return f"(can't be written as JSON: {error})"


def json_in(text: str, *, shortest: int = _SHORTEST) -> object:
    """The JSON object or list that a text is; None for anything else.

    Made safe once more: an escape such as `\\u009b` in a safe text is a control in its value.
    """
    if not shortest <= len(text) <= _LONGEST or text[0] not in "{[":
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return clean_json(value) if isinstance(value, dict | list) else None


def _cut(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Lines by their language, empty for prose; a fence that is not closed goes to the end."""
    prose: list[str] = []
    code: list[str] | None = None
    fence = language = ""
    for line in lines:
        opening = _FENCE.match(line) if code is None or line.lstrip().startswith(fence) else None
        if code is not None and opening and not opening[2]:
            yield language or "text", code
            code = None
        elif code is not None:
            code.append(line)
        elif opening:
            yield "", prose
            prose, code = [], []
            fence, language = opening[1], opening[2].lower()
        elif (value := json_in(line)) is not None:
            yield "", prose
            yield "json", laid_out(value).split("\n")
            prose = []
        else:
            prose.append(line)
    yield ("", prose) if code is None else (language or "text", code)


def _joined(cut: Iterator[tuple[str, list[str]]]) -> Iterator[Passage]:
    for language, lines in cut:
        text = "\n".join(lines) if language else "\n".join(lines).strip("\n")
        if language == "json" and (value := json_in(text.strip())) is not None:
            text = laid_out(value)
        if text:
            yield Passage(text, language)
