"""The report of an incident as one HTML page that needs nothing else.

No script, no address outside it: its policy forbids the browser to load anything at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from orket_console.base.state import GLYPHS
from orket_console.base.text import clean, one_line
from orket_console.incidents.bundle.charts import error_chart, latency_chart
from orket_console.incidents.bundle.story import Story, facts, judged, moment
from orket_console.incidents.overview import closed_by

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1f24; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: .9rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
  border-bottom: 1px solid #d8dee4; overflow-wrap: anywhere; }
td.at { white-space: nowrap; font-variant-numeric: tabular-nums; }
.failing { color: #b3261e; fill: #b3261e; } .degraded { color: #8a5a00; fill: #d99a1c; }
.ok { color: #1a6b34; } .line { fill: none; stroke: #2f6fb5; stroke-width: 1.5; }
pre { white-space: pre-wrap; } svg { max-width: 100%; height: auto; } text { font-size: 11px; }
@media (prefers-color-scheme: dark) { body { color: #dce2e8; background: #14181d; }
  text { fill: #dce2e8; } th, td { border-color: #343b44; } .failing { color: #ff8a80; }
  .degraded { color: #f0c060; } .ok { color: #7bd394; } }
"""


def as_page(story: Story) -> Iterator[str]:
    """Its lines."""
    one = story.incident
    title = _text(f"{one.name}: {one.title}")
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1>"
    yield from _table(("", ""), (("", each) for each in facts(story)))
    yield "<h2>Errors over time</h2>"
    yield from error_chart(story.rate)
    if story.latencies:
        yield "<h2>Probe latency</h2>"
        for latency in story.latencies:
            yield from latency_chart(latency)
    yield from _findings(story)
    yield from _recovery(story)
    yield from _escalation(story)
    yield from _timeline(story)
    yield "</body></html>"


def _findings(story: Story) -> Iterator[str]:
    if story.findings:
        yield "<h2>Findings when it was exported</h2><ul>"
        yield from (f"<li><b>{_text(rule)}</b> {_text(said)}</li>" for rule, said in story.findings)
        yield "</ul>"


def _recovery(story: Story) -> Iterator[str]:
    for each, steps in story.passes:
        yield f"<h2>Pass {each.number}: {_text(judged(each))}</h2>"
        rows = (("", (str(s.position), s.title, str(s.state), closed_by(s))) for s in steps)
        yield from _table(("", "step", "state", "closed by"), rows)
    if story.gates:
        yield "<h2>Actions and gates</h2>"
        runs = (("", (moment(r.at), r.action, r.verdict, r.record)) for r in story.gates)
        yield from _table(("at", "action", "verdict", "record"), runs)
    if story.notes:
        yield "<h2>Notes</h2>"
        notes = (("", (moment(note.at), str(note.by), note.text)) for note in story.notes)
        yield from _table(("at", "by", "note"), notes)


def _escalation(story: Story) -> Iterator[str]:
    if story.escalation:
        yield "<h2>Escalation</h2>"
        for name, value in story.escalation:
            yield f"<h3>{_text(name)}</h3><pre>{escape(clean(value))}</pre>"


def _timeline(story: Story) -> Iterator[str]:
    yield "<h2>Timeline</h2>"
    rows = (
        (
            entry.state.value,
            (
                moment(entry.at),
                f"{GLYPHS[entry.state]} {entry.kind}",
                entry.what,
                str(entry.ref or "").replace(f"{story.root}/", ""),
            ),
        )
        for entry in story.entries
    )
    yield from _table(("at", "kind", "what", "where"), rows)
    if story.left_out:
        yield "<p>What happened before the first of these was left out.</p>"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    yield "<table>"
    if any(heads):
        yield f"<tr>{''.join(f'<th>{_text(head)}</th>' for head in heads)}</tr>"
    for kind, (first, *others) in rows:
        cells = "".join(f"<td>{_text(cell)}</td>" for cell in others)
        yield f'<tr class="{kind}"><td class="at">{_text(first)}</td>{cells}</tr>'
    yield "</table>"


def _text(text: str) -> str:
    return escape(one_line(text))
