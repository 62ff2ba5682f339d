"""The Actions tab. `pane.py` arranges; a controller a subject holds its state and does its work."""

from orket_console.ui.panes.actions.pane import ActionsPane

__all__ = ["ActionsPane"]
