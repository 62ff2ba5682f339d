"""The Health tab: `pane.py` arranges, `watching.py` looks round after round."""

from orket_console.ui.panes.health.pane import HealthPane

__all__ = ["HealthPane"]
