"""The keys of the Webhooks tab, most used first; those of its queries are `QueriesView`'s."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("l", "log_line", "log line", id="webhooks.log-line"),
    Binding("slash", "filter", "filter", key_display="/", id="webhooks.filter"),
    Binding("d", "view('deliveries')", "deliveries", id="webhooks.deliveries"),
    Binding("c", "view('cycles')", "cycles", id="webhooks.cycles"),
    Binding("x", "view('failures')", "failures", id="webhooks.failures"),
    Binding("u", "view('queries')", "queries", id="webhooks.queries"),
    Binding("p", "cycle", "its cycle", id="webhooks.cycle"),
    Binding("g", "run", "its run", id="webhooks.run"),
    Binding("s", "send", "send test", id="webhooks.send"),
    Binding("m", "more", "older", id="webhooks.more"),
    Binding("r", "read_again", "read again", id="webhooks.read-again"),
    Binding("escape", "to_list", "list", show=False, id="webhooks.to-list"),
]
"""`q` quits everywhere: so the queries have `u`."""
