"""One line: how much of the logs a survey counted, and which key counts the rest."""

from __future__ import annotations

from rich.text import Text

from orket_console.base.clock import size
from orket_console.logs.survey.live import Survey
from orket_console.ui.literal import literal


def survey_line(survey: Survey | None) -> Text:
    """`77 of 713 lines · all 490 KB`, or how far it is."""
    if survey is None:
        return literal("counting …", "dim")
    if survey.problem:
        return literal(survey.problem, "bold red")
    filtered = survey.wish.wanted.expression
    text = literal(f"{survey.matched:,} of {survey.lines:,} lines" if filtered else "")
    if not filtered:
        text.append(f"{survey.lines:,} lines")
    extent = survey.extent
    if survey.progress is not None:
        done, total = survey.progress
        text.append(f" · reading the rest, {100 * done // max(total, 1)} %", "yellow")
    elif extent.whole:
        text.append(f" · all {size(extent.total)}", "dim")
    else:
        text.append(f" · the last {size(extent.done)} of {size(extent.total)}", "yellow")
        text.append("   w counts all", "bold")
    for problem in extent.problems:
        text.append_text(literal(f" · {problem}", "yellow"))
    return text


def why_nothing(survey: Survey | None) -> Text:
    """Why there is no row, and which key helps."""
    if survey is None or survey.progress is not None:
        return literal("counting …")
    if survey.wish.wanted.expression:
        return literal("No line matches the filter. esc, then c clears it.")
    return literal("Nothing was written yet.")
