"""What a query is, what is wrong with it, and what an answer came with, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.text import Text

from orket_console.ui.literal import literal
from orket_console.webhooks.queries.model import Query, QueryAnswer

_CONTEXT: Final = 60
"""Characters before a mistake that are shown with it."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why there is no answer; `column` of the statement, from 1, where it is known."""

    said: str
    column: int | None = None


def query_text(query: Query) -> Text:
    """What it asks, what it takes, where it comes from, and its statement."""
    text = literal(query.title, "bold").append("  ").append_text(literal(query.purpose))
    for parameter in query.parameters:
        default = f", by itself {parameter.default}" if parameter.default else ", needed"
        text.append("\n  ").append_text(literal(f"{parameter.name}: {parameter.help}{default}"))
    if query.origin:
        text.append("\n  ").append_text(literal(f"from {query.origin}", "dim"))
    if query.statement:
        text.append("\n\n").append_text(literal(query.statement, "dim"))
    return text


def mistake_text(query: Query, mistake: Mistake) -> Text:
    """What was refused, and of its statement the line that is wrong with a sign below it."""
    text = literal(mistake.said, "yellow").append("\n\n")
    if mistake.column is None:
        text.append_text(literal(query.statement, "dim"))
    else:
        text.append_text(_pointed(query.statement, mistake.column - 1))
    if query.origin:
        text.append("\n\n").append_text(literal(f"from {query.origin}", "dim"))
    return text


def _pointed(statement: str, at: int) -> Text:
    """The line that has the character `at`, and a sign below that."""
    begin = statement.rfind("\n", 0, at) + 1
    end = statement.find("\n", at)
    place = at - begin
    cut = max(place - _CONTEXT, 0)
    line = statement[begin + cut : None if end < 0 else end]
    where = f"line {statement.count(chr(10), 0, at) + 1}, column {place + 1}"
    text = literal(f"{where}\n", "dim").append_text(literal(line, "bold"))
    return text.append("\n" + " " * (place - cut)).append("^", "bold yellow")


def notes_text(answer: QueryAnswer) -> Text:
    """What could not be read and what else one should know of an answer, a line each."""
    text = Text(end="")
    for problem in answer.problems:
        text.append_text(literal(f"▲ {problem}", "yellow")).append("\n")
    for note in answer.notes:
        text.append_text(literal(note, "dim")).append("\n")
    return text
