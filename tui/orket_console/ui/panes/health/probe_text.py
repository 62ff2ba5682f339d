"""One probe in full, as the Health tab shows it."""

from __future__ import annotations

from rich.text import Text

from orket_console.health.history import Past
from orket_console.health.probes import probe_named
from orket_console.health.rows import Row as ProbeRow
from orket_console.health.rows import latency_line, past_lines
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.widgets.listing import Column, Row


def describe_probe(past: Past, context: UiContext) -> Text:
    """What a probe saw last and what came of it, and its past."""
    reading = past.reading
    text = Text(end="").append_text(glyph(reading.state))
    text.append_text(literal(f" {reading.title}  ", "bold"))
    text.append_text(literal(reading.word, STATE_STYLES[reading.state]))
    if reading.seen:
        text.append_text(literal(f"  {reading.seen}"))
    if reading.remedy:
        text.append("\nnext ", "bold").append_text(literal(reading.remedy))
        if reading.action:
            text.append_text(literal(f" (a: {reading.action})"))
    for line in reading.details:
        text.append("\n  ").append_text(literal(line))
    if latencies := latency_line(past):
        text.append(f"\n  latency {latencies}")
    now, when = context.clock.monotonic(), context.day_and_time
    text.append("\n  " + "; ".join(past_lines(past, now, when)))
    probe = probe_named(reading.probe)
    text.append(f"\nread {probe.reads if probe else ''}", "dim")
    if reading.evidence:
        shown = ", ".join(str(ref) for ref in reading.evidence[:4])
        more = f" and {len(reading.evidence) - 4} more" if len(reading.evidence) > 4 else ""
        text.append("\ne ", "bold").append_text(literal(shown + more, "dim"))
    return text


def probe_columns(*, paused: bool) -> list[Column]:
    return [
        Column("", 1),
        Column("probe", 14),
        Column("state", 13),
        Column("seen (paused: p)" if paused else "seen"),
        Column("ms", 5, right=True),
        Column("last ok", 7, right=True),
        Column("change", 7, right=True),
    ]


def probe_row(row: ProbeRow) -> Row:
    return Row(
        row.probe,
        (
            glyph(row.state),
            cell(row.title),
            cell(row.word, STATE_STYLES[row.state]),
            cell(row.seen),
            cell(row.ms),
            cell(row.last_ok),
            cell(row.change),
        ),
    )
