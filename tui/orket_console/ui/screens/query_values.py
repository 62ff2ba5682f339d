"""The values that a query takes, as a small form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from orket_console.base.clock import Clock
from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.webhooks.queries.ask import wrong_value
from orket_console.webhooks.queries.model import Query

_HINT: Final = "enter ask   tab next   esc don't ask"
_FRAME: Final = 6


class QueryValuesScreen(Dialog[dict[str, str] | None]):
    """Ends with every value, checked; None when nothing is to be asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="query-values.cancel"),
        Binding("enter", "take", "ask", id="query-values.take", priority=True),
    ]
    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    QueryValuesScreen VerticalScroll { height: auto; }
    QueryValuesScreen Static { width: 1fr; }
    QueryValuesScreen .problem { display: none; }
    QueryValuesScreen .problem.-told { display: block; }
    """

    def __init__(self, query: Query, values: Mapping[str, str], clock: Clock) -> None:
        super().__init__()
        self._asked = query
        self._given = values
        self._ui_clock = clock

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(f"{self._asked.title}: {self._asked.purpose}", "bold"))
            with VerticalScroll(can_focus=False):
                for parameter in self._asked.parameters:
                    yield Static(literal(f"{parameter.name}: {parameter.help}"))
                    yield Input(
                        self._given.get(parameter.name) or parameter.default,
                        placeholder=parameter.default,
                        compact=True,
                        id=f"value-{parameter.name}",
                    )
                    yield Static(id=f"problem-{parameter.name}", classes="problem", markup=False)
            yield Static(literal(_HINT, "dim"))

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(VerticalScroll).styles.max_height = max(event.size.height - _FRAME, 3)

    def action_take(self) -> None:
        """Check all; each that is refused says why below its field, and the first has the keys."""
        refused: list[Input] = []
        taken: dict[str, str] = {}
        for parameter in self._asked.parameters:
            field = self.query_one(f"#value-{parameter.name}", Input)
            problem = wrong_value(parameter, field.value, self._ui_clock)
            said = self.query_one(f"#problem-{parameter.name}", Static)
            said.update(literal(problem, "yellow"))
            said.set_class(bool(problem), "-told")
            taken[parameter.name] = field.value
            if problem:
                refused.append(field)
        if refused:
            refused[0].focus()
        else:
            self.dismiss(taken)
