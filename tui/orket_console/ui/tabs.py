"""The tabs, in the order of their digits."""

from __future__ import annotations

from typing import Final

TABS: Final = ("Health", "Log", "Webhooks", "Runs", "Actions", "Incident")
"""Each has its pane in `panes/<name>.py` as `<Name>Pane`, imported when it is first shown."""
