"""The escalation record: read, edited here or in $EDITOR, written to a file, filed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from orket_console.base.errors import ConsoleError
from orket_console.incidents.escalation.draft import Draft
from orket_console.incidents.escalation.markdown import as_markdown, from_markdown
from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.detail import Detail

_READING: Final = "e edit  v $EDITOR  w write file  f file issue  d draft anew  esc close"
_EDITING: Final = "esc takes it over (the title and all four headings must stay)  ctrl+z undoes"


class Doors(Protocol):
    """What the screen asks for: each does its work behind it, and says how it ended."""

    def keep(self, made: Draft) -> None: ...
    def write(self, made: Draft) -> None: ...
    def file(self, made: Draft) -> None: ...
    def draft(self) -> None: ...
    def edit(self, text: str) -> str: ...


class EscalationScreen(Dialog[None]):
    """Shows one draft; `show` replaces it. `why_off` tells why nothing may be written."""

    DEFAULT_CSS = """
    EscalationScreen TextArea { height: 1fr; border: none; padding: 0 1; }
    EscalationScreen #escalation-head, EscalationScreen #escalation-hint { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "edit", id="escalation.edit"),
        Binding("v", "editor", "$EDITOR", id="escalation.editor"),
        Binding("w", "write", "write", id="escalation.write"),
        Binding("f", "file", "file", id="escalation.file"),
        Binding("d", "draft", "draft anew", id="escalation.draft"),
        Binding("escape", "leave", "close", id="escalation.close"),
    ]

    def __init__(self, heading: str, doors: Doors, why_off: str) -> None:
        super().__init__()
        self._heading = heading
        self._doors = doors
        self._why_off = why_off
        self._made: Draft | None = None
        self._said = "drafting …"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static(literal(self._heading, "bold"), id="escalation-head")
            yield Detail()
            area = TextArea(tab_behavior="focus", highlight_cursor_line=False)
            area.cursor_blink = False
            area.display = False
            yield area
            yield Static(id="escalation-hint", markup=False)

    def on_mount(self) -> None:
        self._show()
        self.query_one(Detail).focus()

    @property
    def _area(self) -> TextArea:
        return self.query_one(TextArea)

    def show(self, made: Draft, said: str) -> None:
        """The draft as it is kept now, and what happened to it."""
        self._made, self._said = made, said
        self._show()

    def say(self, problem: str) -> None:
        """Why something was not done; the draft stays."""
        self._said = problem
        self._show()

    def _show(self) -> None:
        editing = self._area.display
        hint = literal(_EDITING if editing else _READING, "bold")
        if self._why_off and not editing:
            hint.append_text(literal(f"\n{self._why_off}: it is only shown", "yellow"))
        if self._said:
            hint.append_text(literal(f"\n{self._said}", "yellow"))
        hint.overflow, hint.end = "fold", "\n"
        self.query_one("#escalation-hint", Static).update(hint)
        if self._made is not None and not editing:
            self.query_one(Detail).show(literal(as_markdown(self._made)), keep_place=True)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave" or not self.is_mounted:
            return True
        if action not in ("edit", "editor", "write", "file", "draft"):
            return True
        return None if self._why_off or self._made is None or self._area.display else True

    # -- editing

    def action_edit(self) -> None:
        if self._made is None:
            return
        self._area.text = as_markdown(self._made)
        self._turn(editing=True)

    def action_editor(self) -> None:
        if self._made is None:
            return
        try:
            text = self._doors.edit(as_markdown(self._made))
        except ConsoleError as error:
            self.say(str(error))
            return
        if not self._take(text):
            # What was written there is not lost: it can be mended here.
            self._area.text = text
            self._turn(editing=True)

    def action_leave(self) -> None:
        """Take what was edited over; out of the screen, where nothing is."""
        if not self._area.display:
            self.dismiss()
        elif self._take(self._area.text):
            self._turn(editing=False)

    def _turn(self, *, editing: bool) -> None:
        self._area.display = editing
        self.query_one(Detail).display = not editing
        (self._area if editing else self.query_one(Detail)).focus()
        self._show()

    def _take(self, text: str) -> bool:
        try:
            made = from_markdown(text)
        except ConsoleError as error:
            self.say(str(error))
            return False
        if made != self._made:
            self._made, self._said = made, "keeping it …"
            self._doors.keep(made)
        self._show()
        return True

    # -- where it goes

    def action_write(self) -> None:
        self._with(self._doors.write)

    def action_file(self) -> None:
        self._with(self._doors.file)

    def action_draft(self) -> None:
        self._said = "drafting …"
        self._show()
        self._doors.draft()

    def _with(self, door: Callable[[Draft], None]) -> None:
        if self._made is not None:
            door(self._made)
