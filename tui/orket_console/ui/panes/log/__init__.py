"""The Log tab. `pane.py` arranges; a controller a subject holds its state and does its work."""

from orket_console.ui.panes.log.pane import LogPane

__all__ = ["LogPane"]
