"""The Webhooks tab. `pane.py` arranges; a controller a subject does its work."""

from orket_console.ui.panes.webhooks.pane import WebhooksPane

__all__ = ["WebhooksPane"]
