"""The report of an incident as Markdown. Text from outside is escaped: it is never markup."""

from __future__ import annotations

from collections.abc import Iterator

from orket_console.base.clock import stamp
from orket_console.base.state import GLYPHS
from orket_console.incidents.bundle.escaping import escaped
from orket_console.incidents.bundle.story import Story, facts, judged
from orket_console.incidents.overview import closed_by


def as_markdown(story: Story) -> Iterator[str]:
    """Its lines."""
    one = story.incident
    yield f"# {one.name}: {escaped(one.title)}"
    yield ""
    yield from (f"- {name}: {escaped(value)}" for name, value in facts(story))
    yield from _section("Findings when it was exported", map(escaped, story.findings))
    for each, steps in story.passes:
        rows = [
            f"{step.position} {escaped(step.title)}: {step.state}, {escaped(closed_by(step))}"
            for step in steps
        ]
        title = f"Pass {each.number}: {escaped(judged(each))}"
        yield from _section(title, iter(rows or ["it has no steps"]))
    runs = (f"{stamp(run.at)} {run.action}: {run.verdict} ({run.record})" for run in story.gates)
    yield from _section("Actions and gates", map(escaped, runs))
    told = (f"{stamp(note.at)} {note.by}: {note.text}" for note in story.notes)
    yield from _section("Notes", map(escaped, told))
    if story.escalation:
        fields = (
            f"{escaped(str(name))}: {escaped(str(value))}"
            for name, value in story.escalation.fields.items()
        )
        yield from _section("Escalation", fields)
    entries = (
        f"{entry.at:%Y-%m-%d %H:%M:%S} {GLYPHS[entry.state]} {entry.kind}: {escaped(entry.what)}"
        for entry in story.entries
    )
    yield from _section("Timeline", entries)
    if story.left_out:
        yield ""
        yield "What happened before the first of these was left out."


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", f"## {title}", "", *(f"- {line}" for line in found))
