"""The Incident tab. `pane.py` arranges; a controller a subject holds its state and works."""

from orket_console.ui.panes.incident.pane import IncidentPane

__all__ = ["IncidentPane"]
