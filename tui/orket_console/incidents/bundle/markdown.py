"""The report of an incident as Markdown. Text from outside is escaped: it is never markup."""

from __future__ import annotations

from collections.abc import Iterator

from orket_console.base.state import GLYPHS
from orket_console.base.text import clean
from orket_console.incidents.bundle.escaping import escaped
from orket_console.incidents.bundle.story import Story, facts, judged, moment
from orket_console.incidents.overview import closed_by


def as_markdown(story: Story) -> Iterator[str]:
    """Its lines."""
    one = story.incident
    yield f"# {one.name}: {escaped(one.title)}"
    yield ""
    yield from (f"- {name}: {escaped(value)}" for name, value in facts(story))
    found = (f"{rule}: {escaped(said)}" for rule, said in story.findings)
    yield from _section("Findings when it was exported", found)
    for each, steps in story.passes:
        rows = [
            f"{step.position} {escaped(step.title)}: {step.state}, {escaped(closed_by(step))}"
            for step in steps
        ]
        title = f"Pass {each.number}: {escaped(judged(each))}"
        yield from _section(title, iter(rows or ["it has no steps"]))
    runs = (f"{moment(run.at)} {run.action}: {run.verdict} ({run.record})" for run in story.gates)
    yield from _section("Actions and gates", map(escaped, runs))
    told = (f"{moment(note.at)} {note.by}: {note.text}" for note in story.notes)
    yield from _section("Notes", map(escaped, told))
    yield from _escalation(story)
    entries = (
        f"{moment(entry.at)} {GLYPHS[entry.state]} {entry.kind}: {escaped(entry.what)}"
        for entry in story.entries
    )
    yield from _section("Timeline", entries)
    if story.left_out:
        yield ""
        yield "What happened before the first of these was left out."


def _escalation(story: Story) -> Iterator[str]:
    """Each field as it was written, indented, which is how Markdown leaves a text alone."""
    if story.escalation:
        yield from ("", "## Escalation")
    for name, value in story.escalation:
        yield from ("", f"### {escaped(name)}", "")
        yield from (f"    {line}" for line in clean(value).splitlines())


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", f"## {title}", "", *(f"- {line}" for line in found))
