"""The Log tab. `pane.py` arranges; a controller a subject holds its state and does its work.

What is opened by a key (screens, the report, the survey) is imported when it is: the first line
is on screen the sooner for it.
"""

from orket_console.ui.panes.log.pane import LogPane

__all__ = ["LogPane"]
