"""The parameters of an action as a small form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from orket_console.actions.catalogue import Action
from orket_console.actions.parameters import Kind, Parameter, ParameterError, check
from orket_console.ui.literal import literal
from orket_console.ui.widgets.yes_no import YesNo

_HINT: Final = "enter take these   tab next   space yes or no   esc leave as they were"


class ParametersScreen(ModalScreen[dict[str, str] | None]):
    """Ends with every parameter's value, checked; None when left as they were."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="parameters.cancel"),
        Binding("enter", "take", "take", id="parameters.take", priority=True),
    ]
    AUTO_FOCUS = "Input, YesNo"
    DEFAULT_CSS = """
    ParametersScreen VerticalScroll { height: auto; max-height: 14; }
    ParametersScreen Static { width: 1fr; }
    """

    def __init__(self, action: Action, values: Mapping[str, str], root: Path) -> None:
        super().__init__()
        self._action = action
        self._values = values
        self._root = root
        self._inputs: dict[str, Input | YesNo] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(f"{self._action.title}: parameters", "bold"), markup=False)
            with VerticalScroll(can_focus=False):
                for parameter in self._action.parameters:
                    needed = ", needed" if parameter.required else ""
                    label = f"{parameter.name}: {parameter.help} ({parameter.kind}{needed})"
                    yield Static(literal(label), markup=False)
                    self._inputs[parameter.name] = self._field(parameter)
                    yield self._inputs[parameter.name]
            yield Static(literal(_HINT, "dim"), id="parameters-hint", markup=False)

    def _field(self, parameter: Parameter) -> Input | YesNo:
        value = self._values.get(parameter.name, parameter.default)
        field_id = f"field-{parameter.name}"
        if parameter.kind is Kind.FLAG:
            return YesNo(value or "no", field_id)
        return Input(value, placeholder=str(parameter.kind), compact=True, id=field_id)

    def action_take(self) -> None:
        """Check all; the first that is refused says why and gets the focus."""
        taken: dict[str, str] = {}
        for parameter in self._action.parameters:
            field = self._inputs[parameter.name]
            raw = field.value
            try:
                taken[parameter.name] = check(parameter, raw, self._root)
                if parameter.required and not raw:
                    raise ParameterError(parameter.name, raw, f"it is needed: {parameter.kind}")
            except ParameterError as error:
                self.query_one("#parameters-hint", Static).update(literal(str(error), "yellow"))
                field.focus()
                return
        self.dismiss(taken)
