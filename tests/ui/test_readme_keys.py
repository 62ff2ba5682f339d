"""The README's table of keys names the keys that there are, each at its tab, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import format_key

from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.actions.pane import ActionsPane
from orket_console.ui.panes.health.pane import HealthPane
from orket_console.ui.panes.incident.pane import IncidentPane
from orket_console.ui.panes.incident.step_list import StepList
from orket_console.ui.panes.log.pane import LogPane
from orket_console.ui.panes.runs.pane import RunsPane
from orket_console.ui.panes.webhooks.pane import WebhooksPane
from orket_console.ui.widgets.log_view import LogView
from orket_console.ui.widgets.output_lines import OutputLines
from orket_console.ui.widgets.output_view import OutputView
from orket_console.ui.widgets.queries_view import QueriesView
from orket_console.ui.widgets.sql_field import SqlField

README = Path(__file__).parents[2] / "README.md"
SPOKEN = {"enter": "Enter", "escape": "Escape", "space": "Space", "tab": "Tab", "end": "End"}
SPOKEN |= {"home": "Home", "ctrl+o": "Ctrl+O", "pageup": "PgUp", "pagedown": "PgDn"}
WHERE = {
    "everywhere": [ConsoleApp],
    "Health": [HealthPane],
    "Log": [LogPane, LogView],
    "Webhooks": [WebhooksPane],
    "its queries": [QueriesView, SqlField],
    "Runs": [RunsPane],
    "Actions": [ActionsPane],
    "its output": [OutputView, OutputLines],
    "Incident": [IncidentPane, StepList],
}
MOVES = {*"↑↓←→jk", "PgUp", "PgDn", "Home", "End", "Enter", "Escape", "Tab", "shift+tab"}
"""Keys of lists and dialogs, told once for all tabs; and what tabs say of them besides."""


def told() -> dict[str, set[str]]:
    """The keys of each part of the table."""
    found: dict[str, set[str]] = {}
    where = ""
    table = README.read_text().split("| where | key | does |")[1].split("\n\n")[0]
    for line in table.splitlines()[2:]:
        first, keys = line.split("|")[1:3]
        where = first.strip() or where
        words = " ".join(re.findall(r"`([^`]*)`", keys)).split()
        found.setdefault(where, set()).update(words)
    found["everywhere"] |= set("2345")
    return found


def bound(owner: type[DOMNode]) -> set[str]:
    bindings = Binding.make_bindings(owner.BINDINGS)
    return {SPOKEN.get(binding.key) or format_key(binding.key) for binding in bindings}


def test_the_table_has_a_part_for_each_place() -> None:
    assert set(told()) == {*WHERE, "lists"}


@pytest.mark.parametrize("where", WHERE)
def test_the_table_names_the_keys_there_are_and_no_other(where: str) -> None:
    keys = set().union(*(bound(owner) for owner in WHERE[where]))
    assert told()[where] - MOVES == keys - MOVES
