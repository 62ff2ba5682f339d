"""The parameters of an action as a small form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from orket_console.actions.catalogue import Action
from orket_console.actions.offers import Offer
from orket_console.actions.parameters import Kind, Parameter, ParameterError, check
from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.choice import Choice
from orket_console.ui.widgets.yes_no import YesNo

_HINT: Final = "enter take these   tab next   space turn   esc leave as they were"
_FRAME: Final = 6
_OFFERS: Final = 5


class ParametersScreen(Dialog[dict[str, str] | None]):
    """Ends with every parameter's value, checked; None when left as they were."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="parameters.cancel"),
        Binding("enter", "take", "take", id="parameters.take", priority=True),
    ]
    AUTO_FOCUS = "Input, YesNo, Choice"
    DEFAULT_CSS = """
    ParametersScreen VerticalScroll { height: auto; }
    ParametersScreen Static { width: 1fr; }
    ParametersScreen .problem { display: none; }
    ParametersScreen .problem.-told { display: block; }
    """

    def __init__(
        self,
        action: Action,
        values: Mapping[str, str],
        root: Path,
        offers: Mapping[str, Sequence[Offer]] | None = None,
    ) -> None:
        """`offers` are values that are known of, by parameter: the first stands there to begin."""
        super().__init__()
        self._offers = offers or {}
        self._action = action
        self._values = values
        self._root = root
        self._inputs: dict[str, Input | YesNo | Choice] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(f"{self._action.title}: parameters", "bold"), markup=False)
            with VerticalScroll(can_focus=False):
                for parameter in self._action.parameters:
                    yield Static(literal(_label(parameter)), markup=False)
                    for offer in self._offers.get(parameter.name, ())[:_OFFERS]:
                        yield Static(literal(f"  {offer.value}  {offer.text}", "dim"), markup=False)
                    self._inputs[parameter.name] = self._field(parameter)
                    yield self._inputs[parameter.name]
                    yield Static(id=f"problem-{parameter.name}", classes="problem", markup=False)
            yield Static(literal(_HINT, "dim"), id="parameters-hint", markup=False)

    def _field(self, parameter: Parameter) -> Input | YesNo | Choice:
        value = self._values.get(parameter.name, parameter.default)
        field_id = f"field-{parameter.name}"
        if parameter.kind is Kind.FLAG:
            return YesNo(value or "no", field_id)
        if parameter.kind is Kind.CHOICE:
            empty = () if parameter.required else ("",)
            return Choice(value, (*empty, *parameter.choices), field_id)
        offered = [offer.value for offer in self._offers.get(parameter.name, ())]
        return Input(
            value or next(iter(offered), ""),
            placeholder=str(parameter.kind),
            suggester=SuggestFromList(offered) if offered else None,
            compact=True,
            id=field_id,
        )

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(VerticalScroll).styles.max_height = max(event.size.height - _FRAME, 3)

    def action_take(self) -> None:
        """Check all; each that is refused says why below its field, and the first has the keys."""
        taken: dict[str, str] = {}
        refused: list[str] = []
        for parameter in self._action.parameters:
            raw = self._inputs[parameter.name].value
            problem = ""
            try:
                taken[parameter.name] = check(parameter, raw, self._root)
                if parameter.required and not raw:
                    raise ParameterError(parameter.name, raw, f"it is needed: {parameter.kind}")
            except ParameterError as error:
                problem = str(error)
                refused.append(parameter.name)
            said = self.query_one(f"#problem-{parameter.name}", Static)
            said.update(literal(problem, "yellow"))
            said.set_class(bool(problem), "-told")
        if refused:
            self._inputs[refused[0]].focus()
        else:
            self.dismiss(taken)


def _label(parameter: Parameter) -> str:
    """Its name, what it is for, of which type, and what it is when nothing is given."""
    kind = parameter.kind.value
    needed = ", needed" if parameter.required else ""
    default = f", by itself {parameter.default}" if parameter.default else ""
    return f"{parameter.name}: {parameter.help} ({kind}{needed}{default})"
