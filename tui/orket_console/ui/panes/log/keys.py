"""The keys of the Log tab, most used first."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("slash", "find", "find", key_display="/", tooltip="find text", id="log.find"),
    Binding(
        "f", "filter", "filter", tooltip="filter: events, values, times, words", id="log.filter"
    ),
    Binding("e", "error(1)", "error", key_display="e/E", tooltip="next error", id="log.next-error"),
    Binding("E", "error(-1)", "previous error", show=False, id="log.previous-error"),
    Binding(
        "equals_sign",
        "only",
        "only this",
        key_display="=",
        tooltip="only this value, or all of its session, turn, issue, minute",
        id="log.only",
    ),
    Binding("x", "except", "all but this value", show=False, id="log.except"),
    Binding(
        "at",
        "named",
        "filters that are kept under a name",
        show=False,
        key_display="@",
        id="log.named",
    ),
    Binding(
        "t",
        "there",
        "turn",
        tooltip="to the place it names: turn, pull request, session",
        id="log.turn",
    ),
    Binding("T", "theres", "all places that it names", show=False, id="log.leads"),
    Binding("c", "clear", "clear", tooltip="clear the filter", id="log.clear"),
    Binding("y", "copy", "copy", tooltip="copy as indented JSON", id="log.copy"),
    Binding("Y", "copy_raw", "copy as written", show=False, id="log.copy-raw"),
    Binding(
        "d", "compare", "what differs from the one before of its kind", show=False, id="log.compare"
    ),
    Binding(
        "space",
        "pause",
        "pause",
        key_display="space",
        tooltip="pause, and follow again",
        id="log.pause",
    ),
    Binding("n", "found(1)", "next", key_display="n/N", tooltip="next place found", id="log.next"),
    Binding("N", "found(-1)", "previous place found", show=False, id="log.previous"),
    Binding("g", "go_to", "go to", tooltip="go to a line, a share or a time", id="log.go-to"),
    Binding(
        "p",
        "patterns",
        "patterns",
        tooltip="patterns: what all lines come down to",
        id="log.patterns",
    ),
    Binding("r", "report", "report", tooltip="failure report", id="log.report"),
    Binding("s", "sources", "logs that are read", show=False, id="log.sources"),
    Binding("a", "facets", "counts by level, event, role, session …", show=False, id="log.facets"),
    Binding("h", "walk", "walk the bars over time", show=False, id="log.walk"),
    Binding("m", "mark", "bookmark, with a note", show=False, id="log.mark"),
    Binding("M", "marks", "bookmarks", show=False, id="log.marks"),
    Binding("o", "columns", "columns that are shown", show=False, id="log.columns"),
    Binding("w", "wrap", "wrap long lines", show=False, id="log.wrap"),
    Binding("z", "clock", "time as UTC, local, or how long ago", show=False, id="log.clock"),
    Binding("escape", "out", "back", show=False, id="log.back"),
]
