"""The Runs tab. `pane.py` arranges; a controller a subject holds its state and does its work."""

from orket_console.ui.panes.runs.pane import RunsPane

__all__ = ["RunsPane"]
