"""The keys of the Webhooks tab, most used first; those of its queries are `QueriesView`'s.

Those of its views come last: the line above the lists shows them already.
"""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("l", "log_line", "log line", tooltip="its log line", id="webhooks.log-line"),
    Binding("slash", "filter", "filter", key_display="/", id="webhooks.filter"),
    Binding("p", "cycle", "its cycle", tooltip="its review cycle", id="webhooks.cycle"),
    Binding("g", "run", "its run", tooltip="the run that it started", id="webhooks.run"),
    Binding("s", "send", "send test", tooltip="send a signed test delivery", id="webhooks.send"),
    Binding("m", "more", "older", tooltip="older ones", id="webhooks.more"),
    Binding("r", "read_again", "read again", id="webhooks.read-again"),
    Binding("d", "view('deliveries')", "deliveries", id="webhooks.deliveries"),
    Binding("c", "view('cycles')", "cycles", tooltip="review cycles", id="webhooks.cycles"),
    Binding("x", "view('failures')", "failures", tooltip="review failures", id="webhooks.failures"),
    Binding(
        "u",
        "view('queries')",
        "queries",
        tooltip="queries, and your own SQL",
        id="webhooks.queries",
    ),
    Binding("escape", "to_list", "back to the list", show=False, id="webhooks.to-list"),
]
"""`q` quits everywhere: so the queries have `u`."""
