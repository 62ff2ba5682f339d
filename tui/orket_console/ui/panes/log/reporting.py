"""The failure report of the Log tab, and what its rows lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orket_console.base.refs import LogFilterRef, LogRef

if TYPE_CHECKING:
    from orket_console.logs.report.model import FailureReport
    from orket_console.logs.scan.scan import ProgressOf, Stop
    from orket_console.ui.panes.log.pane import LogPane
    from orket_console.ui.screens.report import Kept


class Reporting:
    """Opens the report where it was left; `r` on it reads the logs again."""

    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._kept: Kept | None = None

    def open(self) -> None:
        from orket_console.ui.screens.report import Kept, ReportScreen

        pane = self._pane
        self._kept = self._kept or Kept()
        screen = ReportScreen(pane.context, self._build, self._kept, pane.redact)
        pane.app.push_screen(screen, self._lead)

    def _build(self, progress: ProgressOf, stop: Stop) -> FailureReport:
        """Called in a thread."""
        from orket_console.logs.report.build import build_report

        layout = self._pane.context.target.layout
        return build_report(layout, progress=progress, stop=stop)

    def _lead(self, ref: LogFilterRef | LogRef | None) -> None:
        if ref is not None:
            self._pane.open_ref(ref)
