"""Why a key of the Actions tab does nothing now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from orket_console.ui.widgets.action_views import OUTPUT

if TYPE_CHECKING:
    from orket_console.ui.panes.actions.pane import ActionsPane


def obstacle(pane: ActionsPane, action: str) -> str:
    """Empty when the key does something.

    What is not known yet, since the plan is still being read, is no obstacle: the key may have
    been typed ahead.
    """
    if not pane.selected:
        return "the installation is being looked at"
    looks = _OBSTACLES.get(action)
    return looks(pane) if looks is not None else ""


def _choose(pane: ActionsPane) -> str:
    return _running(pane) or pane.planning.blocked(pane.selected)


def _cancel(pane: ActionsPane) -> str:
    return "" if _running(pane) or pane.left_alive else "it is not running"


def _parameters(pane: ActionsPane) -> str:
    return "" if pane.actions[pane.selected].parameters else "it has none"


def _other(pane: ActionsPane) -> str:
    return "" if len(pane.running.runs.running()) > 1 else "no two actions run"


def _next(pane: ActionsPane) -> str:
    follows = pane.planning.after(pane.selected)
    return "" if follows is not None and follows.action else "nothing follows from it"


def _bundle(pane: ActionsPane) -> str:
    return "" if pane.bundle else "it belongs to no bundle"


def _again(pane: ActionsPane) -> str:
    return _running(pane) or ("" if pane.record_looked_at else "it was never run")


def _output(pane: ActionsPane) -> str:
    if pane.views.view == OUTPUT:
        return "it is in view"
    known = pane.running.runs.of(pane.selected) or pane.last_record
    return "" if known else "it was never run"


def _running(pane: ActionsPane) -> str:
    return "it is running" if pane.running.runs.is_running(pane.selected) else ""


_OBSTACLES: Final[dict[str, Callable[[ActionsPane], str]]] = {
    "choose": _choose,
    "cancel": _cancel,
    "parameters": _parameters,
    "other": _other,
    "next": _next,
    "bundle": _bundle,
    "again": _again,
    "evidence": _again,
    "output": _output,
}
